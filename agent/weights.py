"""Checks of tensors that should be weights: shapes, dtypes and numbers, before they are used."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from agent.learn.divergence import MOST_WEIGHT, largest

_FLOATS = (torch.float32, torch.float16)  # 16 bits after `qzero export`


class BadNumbers(ValueError):
    """Weights that only a diverged training produces."""


def check_numbers(tensors: Iterable[Tensor], most: float = MOST_WEIGHT) -> None:
    """Raises BadNumbers for weights that are not finite, or larger than `most` in absolute value."""
    numbers = [tensor for tensor in tensors if tensor.is_floating_point() and tensor.numel()]
    found = largest(numbers) if numbers else 0.0
    if not math.isfinite(found):
        raise BadNumbers("are not finite numbers")
    if found > most:
        raise BadNumbers(f"go up to {found:.3g}, expected at most {most:g}")


def check_tensor(name: str, tensor: Tensor, shape: tuple[int, ...], dtype: torch.dtype, exact: bool = False) -> None:
    """Raises ValueError for another shape or dtype; float16 is accepted for float32."""
    if tuple(tensor.shape) != shape:
        raise ValueError(f"{name} is of shape {tuple(tensor.shape)}, expected {shape}")
    if tensor.dtype != dtype and (exact or not (dtype == torch.float32 and tensor.dtype in _FLOATS)):
        raise ValueError(f"{name} is {_named(tensor.dtype)}, expected {_named(dtype)}")


def check_cells(name: str, cells: Tensor, board: int) -> None:
    """Raises ValueError if a cell is not one of the `board` cells of the board."""
    low, high = (int(end) for end in cells.aminmax())
    if low < 0 or high >= board:
        raise ValueError(f"{name} names cells from {low} to {high}, expected 0 to {board - 1}")


def _named(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}.{name}": tensor for name, tensor in tensors.items()}


def under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The inverse of `prefixed`, among others."""
    start = f"{prefix}."
    return {name[len(start) :]: tensor for name, tensor in tensors.items() if name.startswith(start)}
