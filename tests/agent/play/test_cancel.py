"""Calling thoughts off: the mechanism, and how soon a search follows."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from agent.play.cancel import Cancelled, cancelled_by, check
from agent.search.negamax import NegamaxQ
from game import State, make
from game.core import field_names


def test_a_thought_that_nobody_can_call_off_goes_on() -> None:
    check()
    with cancelled_by(threading.Event().is_set):
        check()


def test_it_ends_once_it_is_called_off_and_others_go_on() -> None:
    outer, inner = threading.Event(), threading.Event()
    with cancelled_by(outer.is_set):
        with cancelled_by(inner.is_set):
            inner.set()
            with pytest.raises(Cancelled):
                check()
        check()
        outer.set()
        with pytest.raises(Cancelled):
            check()
    check()


def test_other_threads_go_on() -> None:
    called_off, went_on = threading.Event(), threading.Event()
    called_off.set()

    def elsewhere() -> None:
        check()
        went_on.set()

    with cancelled_by(called_off.is_set):
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
    assert went_on.is_set()


def test_what_handles_failures_does_not_take_it_for_one() -> None:
    assert not issubclass(Cancelled, Exception)


@pytest.mark.parametrize("after", [1, 2, 5, 40])
def test_a_search_makes_no_more_than_one_step_once_it_is_called_off(
    after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = make("gomoku:9x9x5")
    called_off, steps, original = threading.Event(), 0, game.step

    def counting(state: Any, action: Any) -> Any:
        nonlocal steps
        steps += 1
        if steps == after:
            called_off.set()
        assert steps <= after + 1, "the search goes on"
        return original(state, action)

    monkeypatch.setattr(game, "step", counting)
    with cancelled_by(called_off.is_set), pytest.raises(Cancelled):
        NegamaxQ(game, 6).q(game.initial(1))


@pytest.mark.parametrize(("name", "depth"), [("gomoku:9x9x5", 4), ("hex:9", 4)])
def test_a_search_takes_small_steps(name: str, depth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that it is asked often whether it has been called off."""
    game, original, largest = make(name), make(name).step, 0

    def measuring(state: State, action: Any) -> Any:
        nonlocal largest
        largest = max(largest, sum(getattr(state, field).nbytes for field in field_names(type(state))))
        return original(state, action)

    monkeypatch.setattr(game, "step", measuring)
    NegamaxQ(game, depth).q(game.initial(1))
    assert largest <= 5_000_000
