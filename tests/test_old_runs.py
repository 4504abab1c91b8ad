"""Runs of the first version, one of each kind of Q, cut off on the way: they load, play, tell of themselves and go on.

Made by qzero 0.1.0 as it was before kinds of Q had their names of today (`patterns`, `--ema`, `--averaging`,
`--forgetting`): 600 moves of tic-tac-toe, stopped after two generations of 16 games.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from agent.run import train
from agent.store.checkpoint import load
from arena.match.match import play_match
from arena.players.specs import player
from game.registry import make
from tests.conftest import Qzero

OLD = Path(__file__).resolve().parent / "data" / "first-version"
TICTACTOE = make("tictactoe")
# Q of the empty board, as the first version gave it.
Q = {
    "network": [0.0945, 0.0803, 0.2544, 0.0353, 0.3665, 0.0009, 0.1119, 0.0043, 0.0624],
    "table": [0.5243, -0.2704, 0.5836, -0.3000, 0.5053, 0.5836, 0.2550, 0.2648, 0.0],
    "ntuple": [0.8675, -0.5245, 0.8675, -0.5245, 0.7089, -0.5245, 0.8675, -0.5245, 0.8675],
    "ntuple-layer": [-0.0009, 0.0021, 0.0148, 0.0008, 0.0099, 0.0140, 0.0148, 0.0012, 0.0063],
}
SAID = {
    "network": "mlp 1 x 4 relu",
    "table": "table",
    "ntuple": "n-tuples 3 x 3 cells",
    "ntuple-layer": "ntuple 3 x 3 cells, on afterstates, ensemble of 2",
}


@pytest.mark.parametrize("kind", Q)
def test_old_weights_mean_what_they_meant(kind: str) -> None:
    found = load(OLD / kind, TICTACTOE).q_function.q(TICTACTOE.initial(1))
    torch.testing.assert_close(found, torch.tensor([Q[kind]]), atol=1e-3, rtol=0)


@pytest.mark.parametrize("kind", Q)
def test_old_checkpoints_play(kind: str) -> None:
    random = player("random", TICTACTOE)
    old = player(str(OLD / kind), TICTACTOE)
    assert play_match(TICTACTOE, old, random, games=20, seed=1).total.games == 20


@pytest.mark.parametrize("kind", Q)
def test_old_runs_tell_how_they_were_made(kind: str, qzero: Qzero) -> None:
    told = qzero("info", OLD / kind)
    assert told.out.startswith(f"tictactoe (rules version 1), {SAID[kind]}, seed 0")
    assert "evaluations=0" in told.out


@pytest.mark.parametrize("kind", Q)
def test_old_runs_go_on(kind: str, tmp_path: Path) -> None:
    shutil.copytree(OLD / kind, tmp_path / "run")
    run = train.resume(tmp_path / "run")
    assert run.generation == 2
    run.run(lambda _: None)
    assert run.finished
    record = json.loads((tmp_path / "run" / "config.json").read_text())
    assert record["moves"] >= 600
    assert record["q"] == run.kind.name
    load(tmp_path / "run", TICTACTOE)


def test_old_names_of_settings_still_count(tmp_path: Path, qzero: Qzero) -> None:
    """On the command line, which shows today's names alone."""
    options = ("--moves", 300, "--games", 16, "--threads", 1, "--evaluations", 0)
    ntuples = ("--q", "patterns", "--tuples", 3, "--averaging", 0.2, "--forgetting", 0.01)
    assert qzero("train", "tictactoe", "--run", tmp_path / "a", *ntuples, *options).code == 0
    config = json.loads((tmp_path / "a" / "config.json").read_text())["config"]
    assert (config["q"], config["weight_averaging"], config["tc_forgetting"]) == ("ntuple", 0.2, 0.01)
    assert qzero("train", "tictactoe", "--run", tmp_path / "b", "--q", "network", "--ema", 0.5, *options).code == 0
    assert json.loads((tmp_path / "b" / "config.json").read_text())["config"]["target_ema"] == 0.5
    assert "--ema" not in qzero("train", "--help").out
