"""Runs of so many minutes: the number of moves, and of games at once, follow the speed that the machine shows."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from agent.config import TrainConfig
from agent.network.network_learner import NetworkLearner
from agent.presets import preset
from agent.run import train
from agent.run.gate import Verdict
from agent.run.plan import MARKS, Plan, is_due, planned_again
from agent.run.rehearsal import fitted, moves_in
from game.errors import UsageError

TINY = {"q": "network", "width": 4, "depth": 1, "threads": 1, "evaluations": 0, "precision": "float32"}


class Machine:
    """A clock that tells seconds by what has been played: so many moves a second, whatever this machine does."""

    def __init__(self, speed: float, monkeypatch: pytest.MonkeyPatch, slower: float = 1.0, overhead: float = 0.0):
        self.now = 0.0
        self.speed = speed
        self.generations: list[float] = []

        def timed(*arguments: Any) -> Any:
            found = whole(*arguments)
            spent = overhead + len(found) / self.speed
            self.now += spent
            self.generations.append(spent)
            self.speed *= slower
            return found

        whole = NetworkLearner.self_play
        monkeypatch.setattr(NetworkLearner, "self_play", timed)

    def __call__(self) -> float:
        return self.now


def test_a_plan_is_written_and_read() -> None:
    plan = Plan.parse("100@0,80@30,90@60")
    assert str(plan) == "100@0,80@30,90@60"
    assert [plan.total(moves) for moves in (0, 29, 30, 59, 60, 1000)] == [100, 100, 80, 80, 90, 90]
    assert plan.last == 90
    assert plan.again(70, 75) == Plan(((0, 100), (30, 80), (60, 90), (70, 75)))
    assert plan.again(60, 75) == Plan(((0, 100), (30, 80), (60, 75)))


@pytest.mark.parametrize("text", ["x", "100", "100@1", "100@0,90@0", "100@0,90@50,80@40", "0@0", "100@0,", "-5@0"])
def test_no_plan(text: str) -> None:
    with pytest.raises(UsageError, match="--plan"):
        Plan.parse(text)


def test_planning_again_by_hand() -> None:
    plan = Plan(((0, 1000),))
    assert planned_again(plan, 300, 30.0, 100.0, 10.0) is plan  # 300 + 70 * 10: as planned
    assert planned_again(plan, 300, 30.0, 100.0, 10.2) is plan  # 1014: close enough
    assert planned_again(plan, 300, 30.0, 100.0, 5.0) == Plan(((0, 1000), (300, 650)))
    assert planned_again(plan, 300, 120.0, 100.0, 5.0) == Plan(((0, 1000), (300, 300)))  # time is over
    assert is_due(MARKS[0] * 10 - 0.1, MARKS[0] * 10, 10.0)
    assert not is_due(MARKS[0] * 10, MARKS[0] * 10 + 0.1, 10.0)


@pytest.mark.parametrize(("speed", "slower"), [(400.0, 1.0), (1000.0, 0.99), (300.0, 1.01)])
def test_a_run_keeps_its_minutes_however_the_speed_changes(
    speed: float, slower: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The speed falls, or grows, by 1 % a generation: by the rehearsal alone the run would end far off."""
    clock = Machine(speed, monkeypatch, slower)
    config = fitted(train.resolved(preset("tictactoe", **TINY, games=64)), 0.5, clock=clock)
    run = train.start(tmp_path / "run", config, clock=clock)
    run.run(lambda _: None)
    assert run.finished
    assert run.seconds == pytest.approx(30, rel=0.1)


def test_what_was_planned_again_is_repeated_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Machine(1000.0, monkeypatch, slower=0.99)
    config = fitted(train.resolved(preset("tictactoe", **TINY, games=64)), 0.3, clock=clock)
    run = train.start(tmp_path / "run", config, clock=clock)
    lines: list[train.Metrics] = []
    run.run(lines.append)
    assert "," in run.config.plan
    kept = json.loads((tmp_path / "run" / "config.json").read_text())["config"]
    assert kept["plan"] == run.config.plan
    settings = {**TINY, "games": kept["games"], "plan": kept["plan"]}
    again = train.start(tmp_path / "again", train.resolved(preset("tictactoe", **settings)))
    other: list[train.Metrics] = []
    again.run(other.append)
    assert [line["loss"] for line in lines] == [line["loss"] for line in other]
    assert [line["step_size"] for line in lines] == [line["step_size"] for line in other]
    assert (again.moves, again.finished) == (run.moves, True)


def test_a_run_that_was_planned_again_goes_on_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new plan is saved at once, so that a killed run knows it."""
    clock = Machine(1000.0, monkeypatch, slower=0.99)
    config = fitted(train.resolved(preset("tictactoe", **TINY, games=64)), 0.3, clock=clock)
    run = train.start(tmp_path / "run", dataclasses.replace(config, save_every=1e9), clock=clock)
    run.run(lambda _: None, should_stop=lambda: "," in run.config.plan)
    resumed = train.resume(tmp_path / "run", clock=clock)
    assert resumed.config.plan == run.config.plan
    assert resumed.total == run.total
    resumed.run(lambda _: None)
    assert resumed.seconds == pytest.approx(18, rel=0.1)


def test_generations_are_short_in_a_short_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Gomoku with many patterns: 300 moves a second, 4,096 games at once would take more than the run."""
    clock = Machine(300.0, monkeypatch)
    config = train.resolved(preset("tictactoe", **TINY, games=4096))
    found = fitted(config, 1.0, clock=clock)
    assert max(clock.generations) < 8  # of the rehearsal itself
    clock.generations.clear()
    run = train.Training(Path("/dev/null"), found, clock=clock)
    run.step()
    assert clock.generations[0] <= 2.5
    assert found.moves == pytest.approx(60 * 300, rel=0.1)
    assert fitted(config, 1.0, fix_games=True, clock=clock).games == 4096


def test_generations_are_as_large_as_the_preset_where_the_machine_is_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Machine(1e5, monkeypatch)
    assert fitted(train.resolved(preset("tictactoe", **TINY, games=200)), 0.05, clock=clock).games == 200


def test_moves_in_some_seconds_leave_the_games_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Machine(5000.0, monkeypatch)
    config = train.resolved(preset("tictactoe", **TINY, games=512))
    assert moves_in(config, 10.0, clock) == pytest.approx(50_000, rel=0.01)


def test_plan_and_moves_belong_together() -> None:
    assert preset("tictactoe", plan="900@0,700@300").moves == 700
    with pytest.raises(UsageError, match="differ"):
        preset("tictactoe", plan="900@0,700@300", moves=900)
    with pytest.raises(UsageError, match="--plan"):
        TrainConfig(plan="lots")


class Judge:
    """Counts how often strength is asked for."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, q: object, final: bool) -> Any:
        del q, final
        self.calls += 1
        return {}

    def watch(self, q: object) -> float:
        del q
        return 0.5

    def stronger(self, q: object, best: object, number: int) -> Verdict:
        raise AssertionError(f"no gate: {q} {best} {number}")


@pytest.mark.parametrize("slower", [0.97, 1.03])
def test_strength_is_measured_and_models_are_kept_as_often_as_asked_whatever_the_plan(
    slower: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also in a run that is stopped and goes on: here every time that half a second was learned."""
    clock, judge = Machine(1000.0, monkeypatch, slower), Judge()
    settings = {**TINY, "evaluations": 4, "keep": 3, "games": 64}
    config = fitted(train.resolved(preset("tictactoe", **settings)), 0.1, clock=clock)
    train.start(tmp_path / "run", config)
    finished = False
    while not finished:
        until = clock() + 0.5
        run = train.resume(tmp_path / "run", judge, clock)
        run.run(lambda _: None, lambda until=until: clock() > until)  # type: ignore[misc] # binds the loop's value
        finished = run.finished
    assert judge.calls == 5  # and at the end
    assert len(list((tmp_path / "run" / train.KEPT).iterdir())) == 3
