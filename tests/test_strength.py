"""Strength floors: what the README promises of the presets, trained from scratch. Minutes each, so marked slow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import game
from agent.play.player import QPlayer
from agent.presets import preset
from agent.run import train
from arena.sweep.objective import less_is_better
from arena.training.judge import StrengthJudge
from arena.truth.every_reply import against_every_reply
from arena.truth.solve import solution

pytestmark = pytest.mark.slow


def trained(folder: Path, name: str, **settings: Any) -> train.Training:
    run = train.start(folder, train.resolved(preset(name, **settings)))
    run.run(lambda _: None)
    return run


@pytest.mark.parametrize("q", ["network", "table"])
@pytest.mark.parametrize("seed", range(5))
def test_tictactoe_becomes_perfect(q: str, seed: int, tmp_path: Path) -> None:
    run = trained(tmp_path / "run", "tictactoe", q=q, seed=seed)
    player = QPlayer("learner", run.learner.judged)
    solved = solution(game.make("tictactoe"))
    truth = solved.all_states().decisive()
    assert float(truth.mistakes(player.best(truth.state)).sum()) == 0
    assert all(against_every_reply(player, solved, seat).lost == 0 for seat in (0, 1))
    assert run.seconds < 60


@pytest.mark.parametrize("target", ["r_T", "q", "sarsa", "expected-sarsa"])
@pytest.mark.parametrize("seed", range(3))
def test_the_table_becomes_perfect_by_every_target(target: str, seed: int, tmp_path: Path) -> None:
    run = trained(tmp_path / "run", "tictactoe", q="table", target=target, seed=seed)
    player = QPlayer("learner", run.learner.judged)
    solved = solution(game.make("tictactoe"))
    truth = solved.all_states().decisive()
    assert float(truth.mistakes(player.best(truth.state)).sum()) == 0


# Moves learned, and the floors. What was measured at this length with seed 0 and one thread, November 2026, is beside
# them: a floor leaves room for another CPU's rounding, and not for half as many points lost or mistakes made again.
FLOORS: dict[str, tuple[int, dict[str, float]]] = {
    "connect4": (
        24_000_000,
        {
            "score vs random": 0.995,  # 1.000
            "score vs one-ply": 0.965,  # 0.9805
            "score vs negamax:4": 0.875,  # 0.9155
            "mistakes on random": 0.062,  # 0.0429
            "mistakes on noisy": 0.1,  # 0.0711
        },
    ),
    "othello:6": (
        4_000_000,
        {
            "score vs random": 0.935,  # 0.958
            "score vs one-ply": 0.945,  # 0.9675
            "score vs negamax:4": 0.915,  # 0.9485
        },
    ),
    "hex:5": (
        4_000_000,
        {
            "score vs random": 0.99,  # 1.000
            "score vs one-ply": 0.985,  # 0.998
            "score vs negamax:4": 0.955,  # 0.986
        },
    ),
    "breakthrough:5x5": (
        3_000_000,
        {
            "score vs random": 0.99,  # 1.000
            "score vs one-ply": 0.985,  # 0.999
            "score vs negamax:4": 0.945,  # 0.971
        },
    ),
    "gomoku:7x7x4": (
        6_000_000,
        {
            "score vs random": 0.99,  # 1.000
            "score vs one-ply": 0.63,  # 0.736
        },
    ),
}


@pytest.mark.parametrize("name", FLOORS)
def test_strength_after_so_many_moves(name: str, tmp_path: Path) -> None:
    """By moves and not by minutes, so that a slow machine is no weak player: 1 to 4 minutes of one core each."""
    moves, floors = FLOORS[name]
    run = trained(tmp_path / "run", name, moves=moves, seed=0, threads=1)
    strength = StrengthJudge(run.game)(run.learner.judged, final=True)
    assert floors.keys() == strength.keys()
    for measure, floor in floors.items():
        value = strength[measure].value
        assert value <= floor if less_is_better(measure) else value >= floor, f"{measure}: {strength[measure]}"
