"""Whether tensors are the weights of a Q-function: names, shapes, dtypes and sizes, before anything is made of them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from agent.config import most
from agent.learn.divergence import MOST_WEIGHT, largest
from agent.network.net import Architecture, skeleton
from agent.table.table_q import most_states
from game.core import Game

MOST_VALUE = 1.001  # of a table, whose numbers are Q-values
_FLOATS = (torch.float32, torch.float16)  # 16 bits after `qzero export`


def check_weights(game: Game[Any], q: str, architecture: Architecture | None, tensors: dict[str, Tensor]) -> None:
    """Raises ValueError, saying what does not fit; `q` and the architecture as in a checkpoint's record."""
    if q == "table":
        _check_table(game, tensors)
    elif q == "patterns":
        _check_patterns(game, tensors)
    elif architecture is None:
        raise ValueError("a network of no architecture")
    else:
        _check_network(game, architecture, tensors)


def check_numbers(q: str, tensors: Iterable[Tensor]) -> None:
    """Raises ValueError for weights that are not finite, or so large that only a training that diverged has them."""
    numbers = [tensor for tensor in tensors if tensor.is_floating_point() and tensor.numel()]
    found = largest(numbers) if numbers else 0.0
    bound = MOST_VALUE if q == "table" else MOST_WEIGHT
    if not math.isfinite(found):
        raise ValueError("are not finite numbers")
    if found > bound:
        raise ValueError(f"go up to {found:.3g}, expected at most {bound:g}")


def _check_network(game: Game[Any], architecture: Architecture, tensors: dict[str, Tensor]) -> None:
    expected = skeleton(game, architecture)
    if names := sorted(expected.keys() ^ tensors.keys()):
        raise ValueError(f"{names[0]} is {'missing' if names[0] in expected else 'of another architecture'}")
    _, height, width = game.observation_shape
    for name, tensor in tensors.items():
        _check(name, tensor, tuple(expected[name].shape), expected[name].dtype)
        if not tensor.is_floating_point():  # the cells of patterns
            _check_cells(name, tensor, height * width)


def _check_table(game: Game[Any], tensors: dict[str, Tensor]) -> None:
    keys, states = tensors["keys"], len(tensors["values"])
    if states > most_states(game):
        raise ValueError(f"{states:,} states, and {most_states(game):,} are the most")
    _check("values", tensors["values"], (states, game.num_actions), torch.float32)
    _check("keys", keys, (states,), torch.int64)
    if not bool((keys[1:] > keys[:-1]).all()):
        raise ValueError("keys are not in order")


def _check_patterns(game: Game[Any], tensors: dict[str, Tensor]) -> None:
    cells, table = tensors["cells"], tensors["table"]
    tuples, size = cells.shape if cells.dim() == 2 else (0, 0)
    if not 1 <= tuples <= most("tuples") or not 1 <= size <= most("tuple_cells"):
        raise ValueError(f"cells is of shape {tuple(cells.shape)}")
    _check("cells", cells, (tuples, size), torch.int64)
    _, height, width = game.observation_shape
    _check_cells("cells", cells, height * width)
    _check("table", table, (len(table),), torch.float32)


def _check(name: str, tensor: Tensor, shape: tuple[int, ...], dtype: torch.dtype) -> None:
    if tuple(tensor.shape) != shape:
        raise ValueError(f"{name} is of shape {tuple(tensor.shape)}, expected {shape}")
    if tensor.dtype != dtype and not (dtype == torch.float32 and tensor.dtype in _FLOATS):
        raise ValueError(f"{name} is {_named(tensor.dtype)}, expected {_named(dtype)}")


def _check_cells(name: str, cells: Tensor, board: int) -> None:
    low, high = (int(end) for end in cells.aminmax())
    if low < 0 or high >= board:
        raise ValueError(f"{name} names cells from {low} to {high}, expected 0 to {board - 1}")


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
