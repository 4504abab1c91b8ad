"""The symmetries of rectangular boards, as permutations of cells in row-major order."""

from __future__ import annotations

import torch
from torch import Tensor


def square_symmetries(size: int) -> list[Tensor]:
    """The eight turns and reflections of a square, identity first: `[size * size]` int64 each."""
    cells = torch.arange(size * size).view(size, size)
    turned = [torch.rot90(cells, quarter) for quarter in range(4)]
    return [image.flatten() for image in (*turned, *(image.flip(1) for image in turned))]


def rectangle_symmetries(rows: int, columns: int) -> list[Tensor]:
    """The symmetries of a board of `rows` by `columns`: eight if it is square, else four."""
    if rows == columns:
        return square_symmetries(rows)
    cells = torch.arange(rows * columns).view(rows, columns)
    return [image.flatten() for image in (cells, cells.flip(0, 1), cells.flip(1), cells.flip(0))]
