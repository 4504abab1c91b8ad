"""The analyst: what it finds out, in which order, and how it ends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

import game
from agent.play.cancel import check
from agent.play.qfunction import ConstantQ, QFunction
from arena.truth.oracle import Solved, oracle_of
from arena.view.analysis.analyst import Analyst
from arena.view.analysis.insight import Insight
from game.notation import parse_moves

RULES = game.make("tictactoe")
FIRST_LOSES = "a1b1c3b2"  # c2 or a2 would have to be played at b3; X to move: O threatens b3


class OfQ(ConstantQ):
    """Calls `during` before it answers."""

    def __init__(self, during: Any) -> None:
        super().__init__(RULES)
        self.during = during
        self.asked = 0

    def q(self, state: Any) -> Tensor:
        self.asked += 1
        self.during()
        return super().q(state)


@pytest.fixture
def made() -> Iterator[list[Analyst]]:
    """Analysts to close at the end."""
    found: list[Analyst] = []
    yield found
    for one in found:
        assert one.close(10)


def analyst(made: list[Analyst], q: QFunction, **settings: Any) -> Analyst:
    made.append(Analyst(RULES, lambda: q, **settings))
    return made[-1]


def known(one: Analyst, place: int) -> Insight:
    found = one.of(place)
    assert found is not None
    return found


def test_knows_the_truth_of_every_position_of_a_game(made: list[Analyst]) -> None:
    """X a1, O b1?? loses; X c3?? throws it away; O b2 draws. By hand: see test_timeline."""
    history = parse_moves(RULES, FIRST_LOSES)
    one = analyst(made, ConstantQ(RULES), oracle=Solved(RULES))
    one.follow(history.states, 0)
    assert one.wait(30)
    assert [known(one, place).outcome for place in range(5)] == [0, 0, 1, 0, 0]
    last = known(one, 4)
    b3 = RULES.parse_move("b3", history.state)
    assert last.truth == {action: 0 if action == b3 else -1 for action in last.q}
    assert last.best == b3
    assert last.truth_by == "solved"


def test_search_goes_on_where_the_position_is_shown(made: list[Analyst]) -> None:
    history = parse_moves(RULES, "a1b2")
    one = analyst(made, ConstantQ(RULES), budgets=(1, 4, 16, 64, 1024))
    one.follow(history.states, 2)
    assert one.wait(30)
    assert known(one, 2).proven  # 1,024 nodes are enough for seven plies
    assert known(one, 2).looks > known(one, 0).looks == 3
    assert known(one, 0).nodes <= 16


def test_going_back_and_forth_costs_nothing(made: list[Analyst]) -> None:
    history = parse_moves(RULES, "a1b2c3")
    q = OfQ(lambda: None)
    one = analyst(made, q, budgets=(1, 8))
    for shown in (3, 0, 3):
        one.follow(history.states, shown)
        assert one.wait(30)
    asked = q.asked
    for shown in (0, 1, 2, 3):
        one.follow(history.states, shown)
        assert one.wait(30)
    assert q.asked == asked
    again = parse_moves(RULES, "c3b2a1")  # another order, the same positions at the end
    one.follow([*again.states[:1], again.states[3]], 1)
    assert known(one, 1) is not None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("the weights are gone"), "the analysis stopped: the weights are gone"),
        (MemoryError(), "the analysis stopped: out of memory: ask for fewer --games or a smaller network"),
        (SystemExit(3), "the analysis stopped: 3"),
    ],
)
def test_an_agent_that_raises_is_a_sentence(made: list[Analyst], error: BaseException, said: str) -> None:
    def fail() -> None:
        raise error

    q = OfQ(fail)
    one = analyst(made, q)
    one.follow([RULES.initial(1)], 0)
    assert one.wait(10)
    assert one.trouble == said
    assert one.of(0) is None
    q.during = lambda: None
    one.retry()
    assert one.wait(30)
    assert one.trouble is None
    assert one.of(0) is not None


def test_a_q_function_that_cannot_be_loaded_is_a_sentence(made: list[Analyst]) -> None:
    def make() -> QFunction:
        raise FileNotFoundError(2, "No such file or directory", "gone.safetensors")

    made.append(Analyst(RULES, make))
    made[0].follow([RULES.initial(1)], 0)
    assert made[0].wait(10)
    assert made[0].trouble == "the analysis stopped: gone.safetensors: No such file or directory"


def test_values_that_are_no_numbers_are_a_sentence(made: list[Analyst]) -> None:
    class Diverged(ConstantQ):
        def q(self, state: Any) -> Tensor:
            return torch.full((len(state), 9), torch.nan)

    one = analyst(made, Diverged(RULES))
    one.follow([RULES.initial(1)], 0)
    assert one.wait(10)
    assert one.trouble == "the analysis stopped: the Q-values are not numbers"


class Endless:
    """Thinks until it is cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)

    def __call__(self) -> None:
        self.begun.release()
        while True:
            check()
            time.sleep(0.001)


def test_another_position_cancels_the_thought_about_the_last(made: list[Analyst]) -> None:
    history, endless = parse_moves(RULES, "a1b2"), Endless()
    one = analyst(made, OfQ(endless))
    one.follow(history.states, 2)
    assert endless.begun.acquire(timeout=10)
    one.follow(history.states, 1)
    assert endless.begun.acquire(timeout=10)  # it thinks about the other one now
    assert one.thinking
    assert one.trouble is None


def test_holding_frees_the_core_and_goes_on_later(made: list[Analyst]) -> None:
    endless = Endless()
    q = OfQ(endless)
    one = analyst(made, q)
    one.follow([RULES.initial(1)], 0)
    assert endless.begun.acquire(timeout=10)
    one.hold(True)
    assert one.wait(10)
    assert not one.thinking
    q.during = lambda: None
    one.hold(False)
    assert one.wait(30)
    assert one.of(0) is not None


def test_closed_in_the_middle_of_a_thought(made: list[Analyst]) -> None:
    endless = Endless()
    one = analyst(made, OfQ(endless), oracle=oracle_of(RULES))
    one.follow([RULES.initial(1)], 0)
    assert endless.begun.acquire(timeout=10)
    assert one.close(10)
    one.follow([RULES.initial(1)], 0)  # a late frame of the window
    assert not one.thinking


_LEFT_ALONE = """
import game
from agent.play.qfunction import ConstantQ
from arena.view.analysis.analyst import Analyst

rules = game.make("tictactoe")
analyst = Analyst(rules, lambda: ConstantQ(rules))
analyst.follow(game.parse_moves(rules, "a1b2").states, 2)
if FINISHED:
    assert analyst.wait(30)
"""


@pytest.mark.parametrize("finished", [True, False])
def test_a_program_ends_though_nobody_has_closed_its_analyst(finished: bool) -> None:
    code = _LEFT_ALONE.replace("FINISHED", str(finished))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
