"""The family "connections" for Hex: what an action does to the connections of both sides, read cell by cell.

Every other family values the board after a move. Here Q(s, a) is the tanh of the sum of READS rows that belong to the
action's empty cell in the position before the move, so that the two-distances of all cells, four passes over the
board, are found once for all moves. Tables are shared by all cells and both sides, and by the two ways round the board:

    window    the 6 neighbours and the 6 cells a bridge away; edges are stones of who joins them
    ring      the 6 neighbours, detours, lead
    detours   both detours and both sides' shortest lengths
    width     both detours, how many cells are on the shortest ways of each side, lead
    race      both sides' shortest lengths, how many cells are on them
    neck      both detours, how many cells share this cell's step on the shortest ways of each side, lead

A cell's length is the sum of its two-distances from a side's two edges. The shortest of all cells is how far the side
is from joining them, a cell's detour is what its own length is beyond that, and the lead is whose is shorter.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agent.ntuple.connection.hex_map import RING, hex_map
from agent.ntuple.incremental.shapes import OFF, Shape

CONNECTIONS = "connections"
READS = 6
LONGEST = 12  # shortest lengths that are told apart
DETOURS = 8
FEW_DETOURS = 4
LEADS = 5
COUNTS = 8
NECKS = 4
_RING_ROWS = 3**6
_WINDOW_ROWS = 3**12
SIZES = (
    _WINDOW_ROWS,
    _RING_ROWS * FEW_DETOURS**2 * LEADS,
    (DETOURS * LONGEST) ** 2,
    (DETOURS * COUNTS) ** 2 * LEADS,
    (LONGEST * COUNTS) ** 2,
    (DETOURS * NECKS) ** 2 * LEADS,
)


class ConnectionLayout(NamedTuple):
    """The fields of `features.Layout`, for the windows of all cells as places, and:

    base:   `[READS]` int32, the first row of each table.
    centre: `[2, P]` int32, the place whose window is around each cell, by view.
    near, at_edge: of HexMap.
    """

    empty: Any
    digit: Any
    first: Any
    place: Any
    weight: Any
    of_first: Any
    of_cell: Any
    of_weight: Any
    row_of: Any
    stage_of: Any
    lazy: Any
    tally: Any
    base: Any
    centre: Any
    near: Any
    at_edge: Any


def window(size: int, cell: int) -> list[int]:
    """The 12 cells of a window by digit; beyond the board -1 for an edge of who joins top and bottom, -2 for others."""
    bridges = [
        (down + down_next, right + right_next)
        for (down, right), (down_next, right_next) in zip(RING, (*RING[1:], RING[0]), strict=True)
    ]
    row, column = divmod(cell, size)
    found = []
    for down, right in (*RING, *bridges):
        r, c = row + down, column + right
        if 0 <= r < size and 0 <= c < size:
            found.append(r * size + c)
        else:
            found.append(-2 if 0 <= r < size else -1)
    return found


def turned_half() -> npt.NDArray[np.int32]:
    """For each row of all tables the least that means the same: a window seen from the other end of the board."""
    number = np.arange(_WINDOW_ROWS)
    digits = [number // 3**k % 3 for k in range(12)]
    other = sum(digits[k - 3 if k % 6 >= 3 else k + 3] * 3**k for k in range(12))
    ring = other[:_RING_ROWS] % _RING_ROWS
    rest = np.arange(SIZES[1])
    ring_rows = np.minimum(rest, ring[rest % _RING_ROWS] + rest // _RING_ROWS * _RING_ROWS)
    others = np.arange(SIZES[0] + SIZES[1], sum(SIZES))
    return np.concatenate((np.minimum(number, other), SIZES[0] + ring_rows, others)).astype(np.int32)


def connection_shape(size: int) -> Shape:
    """The windows of all cells of a board."""
    places = tuple(tuple(cell if cell >= 0 else OFF for cell in window(size, cell)) for cell in range(size * size))
    return Shape(places, (tuple(range(12)),), 3)


def connection_layout(size: int, windows: Any, turned: npt.NDArray[Any]) -> ConnectionLayout:
    """`windows`: the Layout of `connection_shape`. turned: `[P]`, the cell that the second player sees at each."""
    edges = [sum(-cell * 3**k for k, cell in enumerate(window(size, at)) if cell < 0) for at in range(size * size)]
    base = np.concatenate(([0], np.cumsum(SIZES)[:-1])).astype(np.int32)
    centre = np.stack((np.arange(size * size), turned)).astype(np.int32)
    fields: dict[str, Any] = windows._replace(empty=np.array(edges, np.int32), row_of=turned_half())._asdict()
    board = hex_map(size)
    return ConnectionLayout(**fields, base=base, centre=centre, near=board.near, at_edge=board.at_edge)
