"""The values of all moves of one position by n-tuple tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from agent.search.connect4.board import COLUMN, key_of
from game.compiled.jit import njit
from game.connect4 import WIDTH

if TYPE_CHECKING:
    from agent.ntuple.q import NTupleQ

_CODES = 1 << COLUMN
_CODE = np.uint64(_CODES - 1)


class Leaf(NamedTuple):
    """The n-tuples of `NTuples`, laid out for one position at a time.

    parts:  `[S, T, M]` uint32, as of `NTuples`; and reads: `[T]` uint32, how many of them.
    number: `[T, M, 128]` uint32, what a column adds to the row number; and change: what the next stone there changes.
    first:  `[2, T]` uint32, where the rows begin, by side to move.
    table:  `[R]` float32.
    """

    parts: npt.NDArray[np.uint32]
    reads: npt.NDArray[np.uint32]
    number: npt.NDArray[np.uint32]
    change: npt.NDArray[np.uint32]
    first: npt.NDArray[np.uint32]
    table: npt.NDArray[np.float32]


def leaf_of(q: NTupleQ) -> Leaf:
    """The tables of a Q-function of Connect Four, shared with it."""
    from agent.ntuple.connect4 import next_stone

    parts, count, number, first, rows, table = q.arguments()
    change = next_stone(number)
    return Leaf(
        parts.astype(np.uint32),
        count.astype(np.uint32),
        number[:, :, :_CODES].copy(),
        change[:, :, :_CODES].copy(),
        np.stack((first, first + rows)),
        table,
    )


@njit(cache=True, nogil=True)
def value_moves(own, mask, ply, leaf, code, value):
    """Write what the n-tuples add up to after a stone in each column, for the side then to move, into `value` `[7]`.

    The columns' bits in the key, seen by that side, are their codes (`agent.ntuple.columns`). code: `[7]` uint32, for
    use inside. Columns that are full get any value.
    """
    parts, reads, number, change, first, table = leaf
    key = key_of(own ^ mask, mask)
    for column in range(WIDTH):
        code[column] = np.uint32(key >> np.uint64(COLUMN * column) & _CODE)
        value[column] = 0
    side = (ply + 1) & 1
    still = np.float32(0)
    for t in range(len(reads)):
        add, more = number[t], change[t]
        for s in range(len(parts)):
            part = parts[s, t]
            row = first[side, t]
            for m in range(reads[t]):
                row += add[m, code[part[m]]]
            base = table[row]
            still += base
            for m in range(reads[t]):
                column = part[m]
                value[column] += table[np.uint32(row + more[m, code[column]])] - base
    for column in range(WIDTH):
        value[column] += still
