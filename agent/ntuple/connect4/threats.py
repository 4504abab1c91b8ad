"""What the empty cells of Connect Four are worth, in compiled loops. Boards have 8 bits a column (`game.bitboard`)."""

from __future__ import annotations

import numpy as np

from agent.ntuple.connect4.read_threats import FIRST, FULL, NEXT, ONE_LEFT, THREATS
from game.compiled.jit import njit
from game.connect4 import HEIGHT, WIDTH

_COLUMN = np.uint64((1 << HEIGHT) - 1)
_BOARD = np.uint64(sum((1 << HEIGHT) - 1 << 8 * column for column in range(WIDTH)))
_ONE = np.uint64(1)
_DIRECTIONS = np.array([1, 7, 8, 9], np.uint64)
_LOWEST = np.array([HEIGHT, *((cells & -cells).bit_length() - 1 for cells in range(1, 1 << HEIGHT))], np.uint8)
_HEIGHT = np.array([cells.bit_length() for cells in range(1 << HEIGHT)], np.uint8)


def _lines(distance: int) -> int:
    """The first cells of all lines of four in a direction."""
    cells = {8 * column + height for column in range(WIDTH) for height in range(HEIGHT)}
    return sum(1 << cell for cell in cells if all(cell + k * distance in cells for k in range(4)))


_LINES = np.array([_lines(int(distance)) for distance in _DIRECTIONS], np.uint64)


@njit(cache=True, nogil=True, inline="always")
def promising(mine, theirs):
    """The empty cells of lines of four without a stone of theirs and with three of mine; and those with two."""
    three = two = np.uint64(0)
    for k in range(4):
        once = _DIRECTIONS[k]
        twice, thrice = once + once, once + once + once
        free = _LINES[k] & ~(theirs | theirs >> once | theirs >> twice | theirs >> thrice)
        # Four bits are added, for all lines side by side: the sum's lowest bit, and its second one.
        one, other = mine ^ mine >> once, mine >> twice ^ mine >> thrice
        odd = one ^ other
        second = (mine & mine >> once) ^ (mine >> twice & mine >> thrice) ^ (one & other)
        has_three, has_two = free & second & odd, free & second & ~odd
        three |= has_three | has_three << once | has_three << twice | has_three << thrice
        two |= has_two | has_two << once | has_two << twice | has_two << thrice
    empty = _BOARD & ~(mine | theirs)
    return three & empty, two & empty


@njit(cache=True, nogil=True, inline="always")
def _level(three, two, cell):
    return 2 if three >> cell & _ONE else 1 if two >> cell & _ONE else 0


@njit(cache=True, nogil=True)
def write_codes(mine, theirs, code, i):
    """Write the codes of all parts but stones, seen by the side with the stones `mine`, into `code[:, i]`."""
    my_three, my_two = promising(mine, theirs)
    their_three, their_two = promising(theirs, mine)
    for column in range(WIDTH):
        bottom = np.uint64(8 * column)
        height = _HEIGHT[(mine | theirs) >> bottom & _COLUMN]
        left = HEIGHT - height
        my_lowest = _LOWEST[my_three >> bottom & _COLUMN] - height
        their_lowest = _LOWEST[their_three >> bottom & _COLUMN] - height
        code[WIDTH * THREATS + column, i] = FIRST[height] + my_lowest * (left + 1) + their_lowest
        cell = bottom + np.uint64(height)
        levels = 3 * _level(my_three, my_two, cell) + _level(their_three, their_two, cell)
        if left > 1:
            above = cell + _ONE
            levels = 4 * levels + 2 * (my_three >> above & _ONE) + (their_three >> above & _ONE)
        code[WIDTH * NEXT + column, i] = levels if left > 1 else ONE_LEFT + levels if left == 1 else FULL


@njit(cache=True, nogil=True)
def write_all_codes(mine, theirs, code):
    """The same for B positions: mine, theirs `[B]` uint64, code `[PARTS, B]` uint8."""
    for i in range(len(mine)):
        write_codes(mine[i], theirs[i], code, i)
