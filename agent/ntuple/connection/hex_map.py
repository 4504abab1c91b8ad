"""Neighbours and edges of hex boards, as compiled loops look them up."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

RING = ((-1, 0), (-1, 1), (0, 1), (1, 0), (1, -1), (0, -1))  # neighbours, each beside the next


class HexMap(NamedTuple):
    """What does not change on a board of P cells.

    near:    `[P, 6]` uint16, the neighbours of each cell in a ring; P beyond the edge.
    at_edge: `[2, P + 1]` uint8, by side: 1 for cells at its first edge (top, left), 2 for those at its second.
    """

    near: Any
    at_edge: Any


def hex_map(size: int) -> HexMap:
    cells = size * size
    near = np.full((cells, 6), cells, np.uint16)
    at_edge = np.zeros((2, cells + 1), np.uint8)
    for cell in range(cells):
        row, column = divmod(cell, size)
        for way, (down, right) in enumerate(RING):
            if 0 <= row + down < size and 0 <= column + right < size:
                near[cell, way] = (row + down) * size + column + right
        for side, along in enumerate((row, column)):
            at_edge[side, cell] = (along == 0) + 2 * (along == size - 1)
    return HexMap(near, at_edge)
