"""Divergence is seen in every kind of Q, on every CPU: no test here leaves it to rounding whether weights blow up."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.learn.divergence import divergence, largest
from agent.presets import preset
from agent.run.train import Training, start
from agent.store.checkpoint import load
from game.errors import QzeroError

FINE = torch.tensor([[0.1, -1.0, 1.0]])
EXTREME = torch.tensor([[1.0, -1.0, 1.0]])
TINY = {"games": 32, "moves": 3000, "threads": 1, "batch_size": 64, "evaluations": 0, "precision": "float32"}
NETWORK = {"q": "network", "depth": 1, "width": 16}


@pytest.mark.parametrize(
    ("loss", "weight", "values", "found"),
    [
        (0.5, 3.0, FINE, None),
        (None, 3.0, FINE, None),
        (math.nan, 3.0, FINE, "loss is nan"),
        (math.inf, 3.0, FINE, "loss is inf"),
        (1.74, 1e28, FINE, r"largest weight is 1e\+28"),
        (None, 1e28, FINE, "largest weight"),
        (0.5, math.nan, FINE, "largest weight is nan"),
        (0.5, math.inf, FINE, "largest weight is inf"),
        (1.74, 50.0, EXTREME, "all values are 1 or -1, and the loss is 1.740"),
        (1.74, 50.0, torch.cat((FINE, EXTREME)), "all values"),  # one member of an ensemble is enough
        (0.001, 50.0, EXTREME, None),  # all wins and losses, and right about them
        (1.74, 50.0, torch.empty(1, 0), None),
    ],
)
def test_signs(loss: float | None, weight: float, values: torch.Tensor, found: str | None) -> None:
    said = divergence(loss, weight, values)
    if found is None:
        assert said is None
    else:
        assert re.search(found, said or "")


def test_largest_of_several_weights() -> None:
    weights = [torch.tensor([[1.0, -7.0]]), torch.zeros(3), torch.tensor([2.0]).bfloat16()]
    assert largest(weights) == 7
    assert math.isnan(largest([*weights, torch.tensor([math.nan])]))
    assert largest([*weights, torch.tensor([-math.inf])]) == math.inf


def trained(folder: Path, **settings: Any) -> Training:
    run = start(folder / "run", preset("tictactoe", **{**TINY, **settings}))
    run.run(lambda _: None)
    return run


@pytest.mark.parametrize(
    "settings",
    [
        {**NETWORK, "learning_rate": 1e30},
        {**NETWORK, "learning_rate": 1e30, "moves": 1, "batch_size": 0},  # in the very last step
        {**NETWORK, "learning_rate": 1e30, "activation": "tanh"},
        {**NETWORK, "learning_rate": 1e30, "loss": "wdl"},
        {**NETWORK, "learning_rate": 1e30, "head": "afterstate"},
        {**NETWORK, "learning_rate": 1e30, "members": 2},
        {**NETWORK, "learning_rate": 1e30, "optimizer": "adam"},
        {"q": "network", "architecture": "ntuple", "tuples": 3, "tuple_cells": 3, "learning_rate": 1e30},
        {"q": "ntuple", "tuples": 3, "tuple_cells": 3, "learning_rate": 1e30},
    ],
    ids=lambda settings: " ".join(f"{k}={v}" for k, v in settings.items() if k not in NETWORK or k == "q"),
)
def test_huge_steps_are_told_at_once(settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(
        QzeroError, match=r"training diverged in generation 1: .*smaller step size than --learning-rate"
    ):
        trained(tmp_path, **settings)


def test_slow_growth_is_told_when_it_is_beyond_reason(tmp_path: Path) -> None:
    """Weight decay of 1,000 times a step size of 0.003: every step turns and doubles all weights, whatever the data."""
    slow = {"learning_rate": 0.003, "weight_decay": 1000.0, "momentum": 0.0, "schedule": "constant"}
    with pytest.raises(QzeroError, match=r"generation [2-9]: (the largest weight|all values)"):
        trained(tmp_path, **NETWORK, **slow)


def test_saturated_outputs_are_told_while_all_weights_are_moderate(tmp_path: Path) -> None:
    """The head's bias alone saturates everything: no gradient is left, and the loss stays that of always saying 1."""
    run = start(tmp_path / "run", preset("tictactoe", **{**TINY, **NETWORK}))
    weights = run.learner.model_tensors()
    weights["head.bias"] = torch.full_like(weights["head.bias"], 50.0)
    run.learner.load_model_tensors(weights)
    with pytest.raises(QzeroError, match="all values are 1 or -1, and the loss is 1"):
        run.run(lambda _: None)


def test_a_run_that_diverged_leaves_the_last_good_save(tmp_path: Path) -> None:
    with pytest.raises(QzeroError, match="diverged"):
        trained(tmp_path, **NETWORK, learning_rate=1e30)
    assert load(tmp_path / "run").record["moves"] == 0


def test_small_boards_that_are_learned_to_perfection_are_no_trouble(tmp_path: Path) -> None:
    """Every move of this board wins or loses: values become extreme, and rightly so."""
    settings = {"q": "ntuple", "tuples": 4, "tuple_cells": 4, "games": 128, "moves": 20_000, "threads": 1}
    run = start(tmp_path / "run", preset("gomoku:4x4x1", **settings, evaluations=0))
    run.run(lambda _: None)
    assert run.finished
