"""Strength floors: what the README promises of the presets, trained from scratch. Minutes each, so marked slow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import game
from agent import train
from agent.config import preset
from agent.player import QPlayer
from agent.rehearsal import moves_in
from arena.judge import StrengthJudge
from arena.solve import against_every_reply, solve

pytestmark = pytest.mark.slow


def trained(folder: Path, name: str, minutes: float | None = None, **settings: Any) -> train.Training:
    config = train.resolved(preset(name, **settings))
    if minutes is not None:
        config = train.resolved(preset(name, **settings, moves=moves_in(config, 60 * minutes)))
    run = train.start(folder, config)
    run.run(lambda _: None)
    return run


@pytest.mark.parametrize("q", ["network", "table"])
@pytest.mark.parametrize("seed", range(5))
def test_tictactoe_becomes_perfect(q: str, seed: int, tmp_path: Path) -> None:
    run = trained(tmp_path / "run", "tictactoe", q=q, seed=seed)
    player = QPlayer("learner", run.learner.judged)
    truth = solve(game.make("tictactoe")).decisive()
    assert float(truth.mistakes(player.best(truth.state)).sum()) == 0
    assert all(against_every_reply(player, seat)[2] == 0 for seat in (0, 1))
    assert run.seconds < 60


@pytest.mark.parametrize("target", ["r_T", "q", "sarsa", "expected-sarsa"])
@pytest.mark.parametrize("seed", range(3))
def test_the_table_becomes_perfect_by_every_target(target: str, seed: int, tmp_path: Path) -> None:
    run = trained(tmp_path / "run", "tictactoe", q="table", target=target, seed=seed)
    player = QPlayer("learner", run.learner.judged)
    truth = solve(game.make("tictactoe")).decisive()
    assert float(truth.mistakes(player.best(truth.state)).sum()) == 0


def test_connect4_after_three_minutes(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", "connect4", minutes=3)
    strength = StrengthJudge(run.game)(run.learner.judged, final=True)
    assert strength["score vs random"].value > 0.99
    assert strength["score vs one-ply"].value > 0.85
    assert strength["score vs negamax:4"].value > 0.70
    assert strength["mistakes on random"].value <= 0.15
    assert strength["mistakes on noisy"].value <= 0.25


@pytest.mark.parametrize("name", ["othello:6", "hex:5", "gomoku:7x7x4", "breakthrough:5x5"])
def test_small_boards_after_two_minutes(name: str, tmp_path: Path) -> None:
    run = trained(tmp_path / "run", name, minutes=2)
    strength = StrengthJudge(run.game)(run.learner.judged, final=True)
    assert strength["score vs random"].value > 0.95
    assert strength["score vs one-ply"].value > 0.70
