"""The driver that all commands share: begun, gone on with, finished; and what its seconds are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.presets import preset
from agent.run.drive import drive, opened
from agent.run.gate import Verdict
from agent.run.strength import Evidence, Strength
from agent.run.train import Judge
from game.errors import UsageError

CONFIG = preset("tictactoe", q="network", moves=600, games=32, width=8, depth=1, threads=1, evaluations=1)


class Ticking:
    """A clock that goes on by one second whenever somebody looks."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


class SlowJudge:
    """Takes a hundred seconds of this clock for each measurement."""

    def __init__(self, clock: Ticking) -> None:
        self.clock = clock
        self.asked = 0

    def __call__(self, q: Any, final: bool) -> Strength:
        del q
        self.asked += 1
        self.clock.now += 100
        return {"score vs nobody": Evidence(0.5 + final / 2)}

    def watch(self, q: Any) -> float:
        raise AssertionError(f"nothing stops early: {q}")

    def stronger(self, q: Any, best: Any, number: int) -> Verdict:
        raise AssertionError(f"no gate: {q} {best} {number}")


def test_a_run_is_begun_stopped_and_gone_on_with(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    lines: list[dict[str, Any]] = []

    def no_judge(_: object) -> Judge | None:
        return None

    first = opened(folder, CONFIG, no_judge)
    drive(first, lines.append, lambda: bool(lines))
    assert not first.finished
    again = opened(folder, CONFIG, no_judge)
    assert (again.moves, again.generation) == (first.moves, 1)
    drive(again, lines.append, lambda: False)
    assert again.finished
    assert [line["generation"] for line in lines] == list(range(1, len(lines) + 1))
    finished = opened(folder, CONFIG, no_judge)
    assert drive(finished, lines.append, lambda: False) == 0
    assert finished.record() == again.record()


def test_seconds_of_saving_are_those_of_neither_learning_nor_judging(tmp_path: Path) -> None:
    clock = Ticking()
    judge = SlowJudge(clock)
    training = opened(tmp_path / "run", CONFIG, lambda _: judge, clock=clock)
    began = clock.now
    saving = drive(training, lambda _: None, lambda: False)
    assert judge.asked == 2
    # All that the clock went on by, less learning, less a hundred seconds and a look each of the two measurements.
    assert saving == clock.now - began - 1 - training.seconds - 2 * 101


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="already exists"):
        opened(tmp_path, CONFIG, lambda _: None)
