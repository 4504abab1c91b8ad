"""What a search remembers: the scratch memory of one thread, and positions met before by their keys."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from game.compiled.jit import inner

MOST_PLIES = 64  # of a line
UPPER, LOWER, EXACT = 1, 2, 3  # what a remembered score is to the true one: no lower, no higher, equal
_SCORE, _MOVE, _DEPTH, _BOUND, _LOW, _HIGH = 32, 16, 8, 4, 2, 0  # where each stands in an entry


class Room(NamedTuple):
    """Memory of one thread's search, by plies below the root (D) and action (A).

    table:   `[2^k, 2]` int64, of positions met: see `recall`.
    stones:  `[3, P]` int64, numbers of empty cells and of both sides' stones; by_ply: `[N]` int64: xor makes a key.
    key:     `[D]` int64. low, high: `[D]` int8. line: `[D, D]` int16, length: `[D]`, the principal variations.
    actions: `[D, A]` int16. raw: `[D, A]` float64. over: `[D, A]` bool. score, order: `[D, A]` int64.
    count:   `[3]` int64: nodes, the most nodes, and whether the search has to end.
    stop:    `[1]` uint8, set by another thread to end the search.
    busy:    `[2^k]` int64, the keys of positions that threads are searching, where several search one position.
    """

    table: Any
    stones: Any
    by_ply: Any
    key: Any
    low: Any
    high: Any
    line: Any
    length: Any
    actions: Any
    raw: Any
    over: Any
    score: Any
    order: Any
    count: Any
    stop: Any
    busy: Any


def new_room(cells: int, actions: int, plies: int, entries: int, stop: npt.NDArray[np.uint8]) -> Room:
    """Memory for boards of this many cells, with room for so many positions, a power of two."""
    drawn = np.random.default_rng(2026).integers(1, 1 << 62, (2, max(cells, plies + 2)))
    stones = np.zeros((3, cells), np.int64)
    stones[1:] = np.random.default_rng(11).integers(1, 1 << 62, (2, cells))
    d, a = MOST_PLIES, actions
    return Room(
        np.zeros((entries, 2), np.int64), stones, drawn[0, : plies + 2].copy(), np.zeros(d, np.int64),
        np.zeros(d, np.int8), np.zeros(d, np.int8), np.zeros((d, d), np.int16), np.zeros(d, np.int64),
        np.zeros((d, a), np.int16), np.zeros((d, a)), np.zeros((d, a), np.bool_), np.zeros((d, a), np.int64),
        np.zeros((d, a), np.int64), np.zeros(3, np.int64), stop, np.zeros(1, np.int64),
    )  # fmt: skip


@inner
def forget(room):
    """Forget all positions."""
    for place in range(len(room.table)):
        room.table[place, 0] = room.table[place, 1] = 0


@inner
def recall(table, key):
    """The entry of a position, or 0.

    Threads that search one position share a table without locks: what is kept beside an entry is the key xor the entry,
    so that halves of two entries look like neither (R. Hyatt and T. Mann, "A lockless transposition table
    implementation for parallel search", 2002).
    """
    place = key & (len(table) - 1)
    for at in (place, place ^ 1):
        entry = table[at, 1]
        if (table[at, 0] ^ entry) == key:
            return entry
    return np.int64(0)


@inner
def remembered(entry):
    """Score, action, depth, bound, low and high of an entry."""
    return (
        entry >> _SCORE, (entry >> _MOVE & 0xFFFF) - 1, entry >> _DEPTH & 0xFF, entry >> _BOUND & 3,
        (entry >> _LOW & 3) - 1, (entry >> _HIGH & 3) - 1,
    )  # fmt: skip


@inner
def remember(table, key, score, action, depth, bound, low, high):
    """Keep a position: in its own place, or in that of the two possible ones which was searched less deeply."""
    place = key & (len(table) - 1)
    own, other = table[place, 1], table[place ^ 1, 1]
    known = own
    if (table[place, 0] ^ own) != key:
        known = np.int64(0)
        if (table[place ^ 1, 0] ^ other) == key:
            known = other
        if known or (own >> _DEPTH & 0xFF) > (other >> _DEPTH & 0xFF):
            place ^= 1
    if known:
        _, _, _, _, known_low, known_high = remembered(known)
        low, high = max(low, known_low), min(high, known_high)
    entry = (
        (np.int64(score) << _SCORE) | (np.int64(action + 1) << _MOVE) | (np.int64(min(depth, 255)) << _DEPTH)
        | (np.int64(bound) << _BOUND) | (np.int64(low + 1) << _LOW) | np.int64(high + 1)
    )  # fmt: skip
    table[place, 0] = key ^ entry
    table[place, 1] = entry
