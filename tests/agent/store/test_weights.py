"""Weights that do not fit what their record names, or that no training leaves: refused before memory is taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.network import net
from agent.network.net import architecture_of, build, skeleton
from agent.presets import preset
from agent.store.checkpoint import MODEL, identity, load
from agent.store.files import CheckpointError, read_tensors, write_tensors
from game.registry import make

TICTACTOE = make("tictactoe")
SETTINGS: dict[str, dict[str, Any]] = {
    "mlp": {"width": 4, "depth": 1},
    "residual": {"architecture": "residual", "width": 4, "depth": 2},
    "conv": {"architecture": "conv", "width": 4, "depth": 1},
    "ntuple": {"architecture": "ntuple", "tuples": 3, "tuple_cells": 2},
    "symmetric": {"width": 4, "depth": 1, "symmetry": "average"},
    "symmetric ntuple": {"architecture": "ntuple", "tuples": 3, "tuple_cells": 2, "symmetry": "average", "members": 2},
    "ensemble": {"width": 4, "depth": 1, "members": 3},
    "wdl": {"width": 4, "depth": 1, "loss": "wdl", "head": "afterstate"},
    "table": {"q": "table"},
    "patterns": {"q": "ntuple", "tuples": 3, "tuple_cells": 2},
}
Change = Callable[[dict[str, Tensor], dict[str, Any]], None]


def config_of(kind: str) -> TrainConfig:
    return preset("tictactoe", threads=1, precision="float32", **SETTINGS[kind])


def saved(path: Path, kind: str, change: Change | None = None) -> Path:
    """An intact file with a checksum that fits, whatever was changed."""
    config = config_of(kind)
    tensors = KINDS[config.q].learner(TICTACTOE, config, torch.device("cpu")).model_tensors()
    if kind == "table":
        tensors = {"keys": torch.arange(5), "values": torch.zeros(5, 9)}
    tensors = {name: tensor.clone() for name, tensor in tensors.items()}
    record = identity(TICTACTOE, config.q, KINDS[config.q].architecture(config))
    if change:
        change(tensors, record)
    write_tensors(path / MODEL, tensors, record)
    return path / MODEL


def named(**values: Any) -> Change:
    """The record names another architecture."""

    def change(_: dict[str, Tensor], record: dict[str, Any]) -> None:
        record["architecture"] = {**record["architecture"], **values}

    return change


def filled(name: str, value: float) -> Change:
    def change(tensors: dict[str, Tensor], _: dict[str, Any]) -> None:
        tensors[name] = torch.full_like(tensors[name], value)

    return change


def cast(name: str, dtype: torch.dtype) -> Change:
    def change(tensors: dict[str, Tensor], _: dict[str, Any]) -> None:
        tensors[name] = tensors[name].to(dtype)

    return change


def replaced(name: str, tensor: Tensor) -> Change:
    def change(tensors: dict[str, Tensor], _: dict[str, Any]) -> None:
        tensors[name] = tensor

    return change


@pytest.mark.parametrize("kind", SETTINGS)
def test_what_training_saves_is_sound(kind: str, tmp_path: Path) -> None:
    assert load(saved(tmp_path, kind)).q_function.game.name == "tictactoe"


@pytest.mark.parametrize("kind", [kind for kind, settings in SETTINGS.items() if "q" not in settings])
def test_a_skeleton_is_the_network_without_its_numbers(kind: str) -> None:
    architecture = architecture_of(config_of(kind))
    network, bones = build(TICTACTOE, architecture).state_dict(), skeleton(TICTACTOE, architecture)
    assert {name: (t.shape, t.dtype) for name, t in bones.items()} == {
        name: (t.shape, t.dtype) for name, t in network.items()
    }
    assert all(tensor.is_meta for tensor in bones.values())


BEYOND = "expected a whole number from"
UNSOUND = {
    "members beyond reason": ("mlp", named(members=10**9), f"members 1000000000: {BEYOND} 1 to 64"),
    "depth beyond reason": ("mlp", named(depth=10**9), f"depth 1000000000: {BEYOND} 0 to 64"),
    "width beyond reason": ("residual", named(width=10**9), f"width 1000000000: {BEYOND} 1 to 4096"),
    "tuples beyond reason": ("ntuple", named(tuples=10**9), f"tuples 1000000000: {BEYOND} 1 to 1000"),
    "cells beyond reason": ("ntuple", named(tuple_cells=10**9), f"tuple_cells 1000000000: {BEYOND} 1 to 12"),
    "a fraction": ("mlp", named(width=4.0), f"width 4.0: {BEYOND} 1 to 4096"),
    "275 GB": ("mlp", named(members=64, width=4096, depth=64), "of another architecture"),
    "4 GB": ("mlp", named(width=4096, depth=64), "is missing"),
    "another width": ("mlp", named(width=4096), r"body.0.bias is of shape \(4,\), expected \(4096,\)"),
    "ints": ("mlp", cast("head.weight", torch.int32), "head.weight is int32, expected float32"),
    "doubles": ("conv", cast("stem.bias", torch.float64), "stem.bias is float64, expected float32"),
    "cells in floats": ("ntuple", cast("table.cells", torch.float32), "table.cells is float32, expected int64"),
    "cells of no board": ("ntuple", filled("table.cells", 9), "names cells from 9 to 9, expected 0 to 8"),
    "huge": ("mlp", filled("head.weight", 1e38), r"go up to 1e\+38, expected at most 1e\+06: the training diverged"),
    "huge rows": ("symmetric ntuple", filled("net.table.rows", -1e30), r"go up to 1e\+30"),
    "not a number": ("ensemble", filled("stacked.0", float("nan")), "not finite numbers"),
    "keys of 32 bits": ("table", cast("keys", torch.int32), "keys is int32, expected int64"),
    "values in ints": ("table", cast("values", torch.int32), "values is int32, expected float32"),
    "more keys than values": ("table", replaced("keys", torch.arange(6)), r"keys is of shape \(6,\), expected \(5,\)"),
    "values of another game": ("table", replaced("values", torch.zeros(5, 7)), r"\(5, 7\), expected \(5, 9\)"),
    "a number for values": ("table", replaced("values", torch.tensor(0.5)), "do not fit the architecture"),
    "keys in disorder": ("table", replaced("keys", torch.arange(5).flip(0)), "keys are not in order"),
    "a value of 1e38": ("table", filled("values", 1e38), r"go up to 1e\+38, expected at most 1.001"),
    "a value above 1": ("table", filled("values", 1.5), "go up to 1.5, expected at most 1.001"),
    "patterns of 32 bits": ("patterns", cast("cells", torch.int32), "cells is int32, expected int64"),
    "a table of ints": ("patterns", cast("table", torch.int32), "table is int32, expected float32"),
    "a table of 1e38": ("patterns", filled("table", 1e38), r"go up to 1e\+38, expected at most 1e\+06"),
    "a table of another length": ("patterns", replaced("table", torch.zeros(3)), "these n-tuples have 54 rows"),
    "a table in two dimensions": ("patterns", replaced("table", torch.zeros(9, 6)), r"\(9, 6\), expected \(9,\)"),
    "a million patterns": ("patterns", replaced("cells", torch.zeros(10**6, 1).long()), r"of shape \(1000000, 1\)"),
    "no patterns": ("patterns", replaced("cells", torch.zeros(0, 2).long()), r"of shape \(0, 2\)"),
    "cells off the board": ("patterns", filled("cells", -1), "names cells from -1 to -1, expected 0 to 8"),
}


@pytest.mark.parametrize("case", UNSOUND)
def test_unsound_weights_are_refused(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("built before it was checked")

    monkeypatch.setattr(net, "build", never)
    kind, change, message = UNSOUND[case]
    with pytest.raises(CheckpointError, match=message):
        load(saved(tmp_path, kind, change))


def test_weights_of_16_bits_are_sound(tmp_path: Path) -> None:
    """As `qzero export` writes them."""
    file = saved(tmp_path, "mlp")
    tensors, record = read_tensors(file)
    write_tensors(file, {name: tensor.half() for name, tensor in tensors.items()}, record)
    q = load(file).q_function.q(TICTACTOE.initial(1))
    assert q.dtype == torch.float32
