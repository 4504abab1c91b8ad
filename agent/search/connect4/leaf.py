"""The values of all moves of one position by n-tuple tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from agent.ntuple.connect4.read_threats import PARTS
from agent.ntuple.connect4.threats import write_codes
from agent.search.connect4.board import COLUMN, key_of, playable
from game.compiled.jit import njit
from game.connect4 import HEIGHT, WIDTH

if TYPE_CHECKING:
    from agent.ntuple.q import NTupleQ

_CODES = 1 << COLUMN
_CODE = np.uint64(_CODES - 1)
_STONES = np.uint64((1 << HEIGHT) - 1)


class Leaf(NamedTuple):
    """The n-tuples of `NTuples`, laid out for one position at a time: T of cells, and F others.

    parts:  `[S, T, M]` uint32, as of `NTuples`; and reads: `[T]` uint32, how many of them.
    number: `[T, M, 128]` uint32, what a column adds to the row number; and change: what the next stone there changes.
    first:  `[2, T + F]` uint32, where the rows begin, by side to move.
    table:  `[R]` float32.
    others: of the F others, parts `[S, F, M]` and reads `[F]`, as above, and strides `[F, M]`, by which codes are
        multiplied.
    """

    parts: npt.NDArray[np.uint32]
    reads: npt.NDArray[np.uint32]
    number: npt.NDArray[np.uint32]
    change: npt.NDArray[np.uint32]
    first: npt.NDArray[np.uint32]
    table: npt.NDArray[np.float32]
    others: tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], npt.NDArray[np.uint32]]


def leaf_of(q: NTupleQ) -> Leaf:
    """The tables of a Q-function of Connect Four, shared with it."""
    parts, count, number, change, first, rows, table, walks = q.following()
    parts, count = parts.astype(np.uint32), count.astype(np.uint32)
    return Leaf(
        parts[:, :walks].copy(),
        count[:walks],
        number[:walks, :, :_CODES].copy(),
        change[:walks, :, :_CODES].copy(),
        np.stack((first, first + rows)),
        table,
        (parts[:, walks:].copy(), count[walks:], number[walks:, :, 1].copy()),
    )


@njit(cache=True, nogil=True)
def value_moves(own, mask, ply, leaf, code, value):
    """Write what the n-tuples add up to after a stone in each column, for the side then to move, into `value` `[7]`.

    The columns' bits in the key, seen by that side, are their codes (`agent.ntuple.connect4.columns`). code: `[7]`
    uint32, for use inside. Columns that are full get any value.
    """
    parts, reads, number, change, first, table, others = leaf
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
    if len(others[1]):
        _add_others(own, mask, first[side, len(reads) :], table, others, value)


@njit(cache=True, nogil=True)
def _add_others(own, mask, first, table, others, value):
    """Add what the n-tuples that are not of cells read after a stone in each column."""
    parts, reads, strides = others
    code = np.empty((PARTS, 1), np.uint8)
    can = playable(mask)
    for column in range(WIDTH):
        stone = can & _CODE << np.uint64(COLUMN * column)
        if stone:
            key = key_of(own ^ mask, mask | stone)
            for k in range(WIDTH):
                code[k, 0] = np.uint8(key >> np.uint64(COLUMN * k) & _CODE)
            write_codes(_wide(own ^ mask), _wide(own | stone), code, 0)
            for t in range(len(reads)):
                for s in range(len(parts)):
                    row = first[t]
                    for m in range(reads[t]):
                        row += strides[t, m] * code[parts[s, t, m], 0]
                    value[column] += table[row]


@njit(cache=True, nogil=True, inline="always")
def _wide(stones):
    """A board of 7 bits a column as one of 8."""
    found = np.uint64(0)
    for column in range(WIDTH):
        found |= (stones >> np.uint64(COLUMN * column) & _STONES) << np.uint64(8 * column)
    return found
