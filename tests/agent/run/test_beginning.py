"""Runs that begin with the weights of a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from agent.card import card
from agent.presets import preset
from agent.run import train
from agent.run.beginning import begin_from
from agent.store.checkpoint import load
from agent.store.export import export
from agent.store.files import read_tensors
from game.errors import QzeroError, UsageError
from tests.conftest import Qzero

SMALL: dict[str, dict[str, Any]] = {
    "ntuple": {"q": "ntuple", "tuples": 4, "tuple_cells": 4, "games": 64},
    "network": {
        "q": "network",
        "depth": 1,
        "width": 8,
        "games": 64,
        "batch_size": 64,
        "target_ema": 0.9,
        "target": "q",
    },
    "table": {"q": "table", "games": 32},
}


def settings(kind: str, **more: Any) -> Any:
    return preset("tictactoe", **{**SMALL[kind], "threads": 1, "moves": 1000, "precision": "float32", **more})


def trained(folder: Path, kind: str, **more: Any) -> Path:
    train.start(folder, settings(kind, **more)).run(lambda _: None)
    return folder


@pytest.mark.parametrize("kind", SMALL)
def test_a_run_begins_where_another_ended_and_resumes(kind: str, tmp_path: Path) -> None:
    first = trained(tmp_path / "first", kind)
    second = train.start(tmp_path / "second", settings(kind, seed=1, learning_rate=0.1), weights=first)
    wanted, found = (load(folder).q_function for folder in (first, tmp_path / "second"))
    assert found.identity() == wanted.identity()
    assert second.record()["moves"] == 0
    assert train.resume(tmp_path / "second").record()["from"] == {
        "weights": wanted.identity(),
        "moves": load(first).record["moves"],
    }
    second.run(lambda _: None)
    once = read_tensors(tmp_path / "second" / "model.safetensors")
    assert once[1]["from"]["weights"] == wanted.identity()
    assert load(tmp_path / "second").q_function.identity() != wanted.identity()


def test_the_target_network_begins_there_as_well(tmp_path: Path) -> None:
    run = train.start(tmp_path / "second", settings("network", seed=1), weights=trained(tmp_path / "first", "network"))
    tensors = run.learner.resume_tensors()
    names = [name.removeprefix("slow.") for name in tensors if name.startswith("slow.")]
    assert names
    assert all(torch.equal(tensors[f"slow.{name}"], tensors[f"net.{name}"]) for name in names)


def test_an_exported_file_is_enough(tmp_path: Path) -> None:
    export(trained(tmp_path / "first", "ntuple"), tmp_path / "small.safetensors")
    train.start(tmp_path / "second", settings("ntuple"), weights=tmp_path / "small.safetensors")
    assert load(tmp_path / "second").q_function.identity() == load(tmp_path / "small.safetensors").q_function.identity()


@pytest.mark.parametrize(
    ("kind", "more", "message"),
    [
        ("table", {}, "it holds a ntuple, and this run learns a table: give --q as well"),
        ("ntuple", {"tuples": 5}, "not of the shape that these settings make"),
        ("ntuple", {"tuple_cells": 5}, "not of the shape that these settings make"),
    ],
)
def test_other_weights_are_refused_and_leave_no_folder(
    kind: str, more: dict[str, Any], message: str, tmp_path: Path
) -> None:
    first = trained(tmp_path / "first", "ntuple")
    with pytest.raises(UsageError, match=message):
        train.start(tmp_path / "second", settings(kind, **more), weights=first)
    assert not (tmp_path / "second").exists()


def test_weights_of_another_game_are_refused(tmp_path: Path) -> None:
    first = trained(tmp_path / "first", "ntuple")
    config = preset("connect4", threads=1)
    run = train.Training(tmp_path, config)
    with pytest.raises(QzeroError, match="was trained for tictactoe, not for connect4"):
        begin_from(first, run.game, config, run.learner)


def test_the_command_and_its_card(tmp_path: Path, qzero: Qzero) -> None:
    first = trained(tmp_path / "first", "ntuple")
    shape = ("--q", "ntuple", "--tuples", 4, "--tuple-cells", 4, "--games", 64, "--moves", 500, "--threads", 1)
    made = qzero("train", "tictactoe", "--run", "second", "--from", "first", *shape, "--evaluations", 0)
    assert made.code == 0, made.err
    weights = load(first).q_function.identity()[:12]
    assert f"began with the weights {weights}" in qzero("info", "second").out
    text = card(load(tmp_path / "second"))
    assert "`qzero train tictactoe --from FILE --seed 0 --moves 500 " in text
    assert f"| began with | the weights {weights} of FILE, after {load(first).record['moves']:,} moves |" in text
    assert qzero("train", "tictactoe", "--run", "third", "--from", "nowhere").code == 1
    assert not (tmp_path / "third").exists()
