"""The transposition table of the solver: bounds on the scores of positions, 8 bytes each, of a size known beforehand.

An entry holds a position's whole key (49 bits), a lower and an upper bound of its score (6 bits each), and how much
work it took (3 bits). Buckets of two: the first keeps what took the most work, the second what came last.

Positions deep in a search, nearly all of them, have a part of their own that stays in a core's second-level cache: a
look-up in a large table waits for memory longer than all else takes at a node. What is lost there is soon found again.
"""

from __future__ import annotations

import numpy as np

from game.compiled.jit import njit

LEAST, MOST = -31, 31  # beyond any score
NEAR = 1 << 17  # entries for deep positions: 1 MiB

_KEY = np.uint64((1 << 49) - 1)
_BOUND = np.uint64(63)
_AT_LOWER, _AT_UPPER, _AT_WORK = np.uint64(49), np.uint64(55), np.uint64(61)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_FIRST = np.uint64(0xFFFFFFFE)
_ONE = np.uint64(1)


@njit(cache=True, nogil=True, inline="always")
def _bucket(key, size, deep):
    """Where a key's bucket begins in a table of `size` entries; they share one part if there is no more."""
    first, room = 0, min(size, NEAR)
    if not deep and size > NEAR:
        first, room = NEAR, size - NEAR
    return np.uint64(first) + (((key * _GOLDEN >> _HALF) * np.uint64(room) >> _HALF) & _FIRST)


@njit(cache=True, nogil=True, inline="always")
def bounds(table, key, deep):
    """A lower and an upper bound on a position's score: LEAST and MOST where nothing is known."""
    at = _bucket(key, len(table), deep)
    entry = table[at]
    if entry & _KEY != key:
        entry = table[at + _ONE]
        if entry & _KEY != key:
            return LEAST, MOST
    return np.int64(entry >> _AT_LOWER & _BOUND) - 32, np.int64(entry >> _AT_UPPER & _BOUND) - 32


@njit(cache=True, nogil=True, inline="always")
def store(table, key, deep, lower, upper, nodes):
    """Keep bounds that took `nodes` nodes to find."""
    work = np.uint64(0)
    while nodes >= 8 and work < 7:
        nodes >>= 3
        work += _ONE
    new = key | np.uint64(lower + 32) << _AT_LOWER | np.uint64(upper + 32) << _AT_UPPER | work << _AT_WORK
    at = _bucket(key, len(table), deep)
    first = table[at]
    if first & _KEY == key:
        table[at] = new
    elif work >= first >> _AT_WORK:
        table[at + _ONE] = first
        table[at] = new
    else:
        table[at + _ONE] = new
