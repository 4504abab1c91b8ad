"""The opening book: the outcome of every position of Connect Four up to PLIES stones.

Only the outcomes after exactly PLIES stones are kept, 2 bits each, of one of two mirror images; those of earlier
positions follow from them. They have been known since J. Tromp published them (1995, UCI Machine Learning Repository,
"Connect-4", https://archive.ics.uci.edu/dataset/26/connect+4); `arena.truth.book.make` makes the file. Nothing of it
enters training.
"""

from __future__ import annotations

import functools
import importlib.resources
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agent.search.connect4.board import BOTTOM, canonical, has_line, in_column, key_of, playable
from game.compiled.jit import njit
from game.connect4 import WIDTH

PLIES = 8
FILE = "book.bin"

Keys = npt.NDArray[np.uint64]


class Level(NamedTuple):
    """Unfinished positions after so many stones, one of two mirror images, by rising key.

    key, own, mask: `[N]` uint64; `board` has what they are.
    """

    key: Keys
    own: Keys
    mask: Keys


@njit(cache=True, nogil=True)
def _children(own, mask, ply, key, child_own, child_mask):  # type: ignore[no-untyped-def] # compiled
    """After a stone in each column, `[N, 7]`: the canonical keys, 0 where there is no room and 1 where the stone wins,
    and the boards."""
    for i in range(len(own)):
        can = playable(mask[i])
        for column in range(WIDTH):
            stone = can & in_column(column)
            if not stone:
                key[i, column] = 0
            elif has_line(own[i] | stone):
                key[i, column] = 1
            else:
                child_own[i, column], child_mask[i, column] = own[i] ^ mask[i], mask[i] | stone
                key[i, column] = canonical(key_of(own[i] ^ mask[i], mask[i] | stone), ply + 1)


def _after(level: Level, ply: int) -> tuple[Keys, Keys, Keys]:
    shape = (len(level.key), WIDTH)
    found = np.empty(shape, np.uint64), np.empty(shape, np.uint64), np.empty(shape, np.uint64)
    _children(level.own, level.mask, ply, *found)
    return found


def levels(plies: int = PLIES) -> list[Level]:
    """The unfinished positions after 0 to `plies` stones."""
    nothing = np.zeros(1, np.uint64)
    found = [Level(nothing + BOTTOM, nothing, nothing)]
    for ply in range(plies):
        key, own, mask = _after(found[-1], ply)
        keys, first = np.unique(key, return_index=True)
        goes_on = keys > 1
        at = first[goes_on]
        found.append(Level(keys[goes_on], own.ravel()[at], mask.ravel()[at]))
    return found


class Book:
    """Outcomes for the side to move.

    last: `[N]` int8, 1, 0 or -1 for the positions of the last of `levels()`. Raises ValueError if they are of another
    number.
    """

    def __init__(self, last: npt.NDArray[np.int8]) -> None:
        known = levels()
        if len(last) != len(known[-1].key):
            raise ValueError(f"{len(last):,} outcomes, expected {len(known[-1].key):,}")
        self.keys = [level.key for level in known]
        self.outcomes = [last]
        for ply in reversed(range(PLIES)):
            key = _after(known[ply], ply)[0]
            value = -self.outcomes[0][np.searchsorted(self.keys[ply + 1], key).clip(max=len(self.keys[ply + 1]) - 1)]
            value[key == 0] = -1  # no move, which is never the best, as no column is all there is
            value[key == 1] = 1
            self.outcomes.insert(0, value.max(1))

    def outcome(self, own: int, mask: int, ply: int) -> int:
        """Of an unfinished position of at most PLIES stones, `own` of the side to move: 1, 0 or -1."""
        key = canonical(np.uint64(key_of(np.uint64(own), np.uint64(mask))), ply)
        return int(self.outcomes[ply][np.searchsorted(self.keys[ply], key)])


def packed(outcomes: npt.NDArray[np.int8]) -> bytes:
    """Four to a byte."""
    padded = np.zeros((len(outcomes) + 3) // 4 * 4, np.uint8)
    padded[: len(outcomes)] = outcomes + 1
    fours = padded.reshape(-1, 4)
    return bytes(fours[:, 0] | fours[:, 1] << 2 | fours[:, 2] << 4 | fours[:, 3] << 6)


def unpacked(data: bytes, count: int) -> npt.NDArray[np.int8]:
    """The first `count` outcomes of what `packed` gave; fewer if there are not so many."""
    fours = np.frombuffer(data, np.uint8)[:, None] >> np.array([0, 2, 4, 6], np.uint8) & 3
    found: npt.NDArray[np.int8] = fours.ravel()[:count].astype(np.int8) - 1
    return found


@functools.cache
def book() -> Book:
    """The book that comes with qzero, read when it is first asked for."""
    data = importlib.resources.files(__package__).joinpath(FILE).read_bytes()
    return Book(unpacked(data, len(levels()[-1].key)))
