"""Connect Four on two uint64 bitboards, 7 bits a column: bit 7 * column + height, one empty bit on top of each column.

A position is `own`, the stones of the side to move, and `mask`, all stones. Methods: P. Pons, "Solving Connect 4: how
to build a perfect AI" (https://blog.gamesolver.org).
"""

from __future__ import annotations

import numpy as np

from game.compiled.jit import njit
from game.connect4 import HEIGHT, WIDTH

COLUMN = HEIGHT + 1
CELLS = HEIGHT * WIDTH
BOTTOM = np.uint64(sum(1 << COLUMN * column for column in range(WIDTH)))
BOARD = np.uint64(int(BOTTOM) * ((1 << HEIGHT) - 1))
ODD = np.uint64(int(BOTTOM) * 0b010101)  # the first, third and fifth row from below
EVEN = np.uint64(int(BOTTOM) * 0b101010)

_MIRROR_PLIES = 12  # later, mirror images hardly ever meet

_COLUMN = np.uint64((1 << COLUMN) - 1)
_UP, _TWICE_UP, _THRICE_UP = np.uint64(1), np.uint64(2), np.uint64(3)
_SIDEWAYS = np.array([COLUMN - 1, COLUMN, COLUMN + 1], np.uint64)


@njit(cache=True, nogil=True, inline="always")
def has_line(stones):
    """Whether there are four in a line."""
    pairs = stones & stones >> _UP
    found = pairs & pairs >> _TWICE_UP
    for distance in _SIDEWAYS:
        pairs = stones & stones >> distance
        found |= pairs & pairs >> (distance + distance)
    return found != 0


@njit(cache=True, nogil=True, inline="always")
def playable(mask):
    """The cells where the next stone can land."""
    return (mask + BOTTOM) & BOARD


@njit(cache=True, nogil=True, inline="always")
def threats(stones, mask):
    """The empty cells that would complete four of `stones` in a line, whether or not a stone can land there yet."""
    found = (stones << _UP) & (stones << _TWICE_UP) & (stones << _THRICE_UP)
    for distance in _SIDEWAYS:
        twice = distance + distance
        pairs = (stones << distance) & (stones << twice)
        found |= pairs & (stones << (twice + distance))
        found |= pairs & (stones >> distance)
        pairs = (stones >> distance) & (stones >> twice)
        found |= pairs & (stones << distance)
        found |= pairs & (stones >> (twice + distance))
    return found & (BOARD ^ mask)


@njit(cache=True, nogil=True, inline="always")
def key_of(own, mask):
    """A number below 2**49, different for different positions."""
    return own + mask + BOTTOM


@njit(cache=True, nogil=True, inline="always")
def in_column(column):
    """The cells of a column, with the empty one on top."""
    return _COLUMN << np.uint64(COLUMN * column)


@njit(cache=True, nogil=True)
def mirrored(key):
    """The key of the mirror image."""
    found = np.uint64(0)
    for column in range(WIDTH):
        found |= (key >> np.uint64(COLUMN * column) & _COLUMN) << np.uint64(COLUMN * (WIDTH - 1 - column))
    return found


@njit(cache=True, nogil=True, inline="always")
def canonical(key, ply):
    """The lower of the keys of a position and its mirror image early in a game, and the key itself later."""
    return min(key, mirrored(key)) if ply < _MIRROR_PLIES else key
