"""Alpha-beta over n-tuple values to a fixed depth, by a search that can stop and go on at any node.

Principal variation search (T. Marsland and M. Campbell, "Parallel search of strongly ordered game trees", 1982): the
first move with the full window, others only asked whether they are better. Moves are ordered by Q, which values all
moves of a position in one go. Forced replies do not count as depth.

Values are whole numbers: estimates are the sums of n-tuples, whose tanh is V, times UNIT; a win at ply p is WIN - p.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agent.search.connect4.board import CELLS, COLUMN, in_column, key_of, mirrored, playable, threats
from agent.search.connect4.leaf import value_moves
from game.compiled.jit import njit
from game.connect4 import WIDTH

UNIT = 1 << 16
MOST = 1 << 22  # beyond any estimate: 64 before the tanh
WIN = 1 << 24
SURE = WIN - 2 * CELLS
INFINITE = 1 << 25
NO_MOVE = 7

_EXACT, _LOWER, _UPPER = range(3)
_ONE = np.uint64(1)
_OWN, _MASK = 0, 1
_ALPHA, _BETA, _FLOOR, _BEST, _MOVE, _COUNT, _NEXT, _LEFT, _ASKED = range(9)
DEPTH, ENTERING, VALUE, NODES, PLY = range(5)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


class Stack(NamedTuple):
    """A search in progress: a frame for each position on the path from its root.

    boards: `[F, 2]` uint64, own and mask.
    moves:  `[F, 7]` int64, columns by promise.
    counts: `[F, 9]` int64, the window alpha and beta, the first alpha, the best value and its move, how many moves
    there are and were begun, the depth left, and whether the move in hand was only asked whether it is better.
    at:     as of the solver's stack.
    """

    boards: npt.NDArray[np.uint64]
    moves: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]


def new_stack() -> Stack:
    """An empty stack, deep enough for any game."""
    frames = CELLS + 2
    return Stack(
        np.zeros((frames, 2), np.uint64),
        np.zeros((frames, WIDTH), np.int64),
        np.zeros((frames, 9), np.int64),
        np.zeros(5, np.int64),
    )


def ask(stack: Stack, own: int, mask: int, ply: int, depth: int, alpha: int, beta: int) -> None:
    """Begin the search of a position `depth` plies deep; 0 is the best of its moves by Q."""
    stack.boards[0] = own, mask
    stack.counts[0, _ALPHA], stack.counts[0, _BETA], stack.counts[0, _LEFT] = alpha, beta, depth
    stack.at[:] = 0, 1, 0, 0, ply


@njit(cache=True, nogil=True, inline="always")
def _slot(key, size):
    return (key * _GOLDEN >> _HALF) * np.uint64(size) >> _HALF


@njit(cache=True, nogil=True)
def remembered(table, own, mask):
    """What the table `[N, 2]` uint64 holds on a position: value, depth (-1 if nothing), kind of bound, best move."""
    key = key_of(own, mask)
    image = mirrored(key)
    least = min(key, image)
    slot = _slot(least, len(table))
    if table[slot, 0] != least:
        return 0, -1, _EXACT, NO_MOVE
    entry = table[slot, 1]
    move = np.int64(entry & np.uint64(15))
    if image < key and move != NO_MOVE:
        move = WIDTH - 1 - move
    kind, depth = np.int64(entry >> np.uint64(4) & np.uint64(3)), np.int64(entry >> np.uint64(8) & np.uint64(255))
    return np.int64(entry >> _HALF) - INFINITE, depth, kind, move


@njit(cache=True, nogil=True)
def _remember(table, own, mask, value, depth, kind, move):
    key = key_of(own, mask)
    image = mirrored(key)
    if image < key and move != NO_MOVE:
        move = WIDTH - 1 - move
    slot = _slot(min(key, image), len(table))
    table[slot, 0] = min(key, image)
    table[slot, 1] = np.uint64(value + INFINITE) << _HALF | np.uint64(depth << 8 | kind << 4 | move)


@njit(cache=True, nogil=True, inline="always")
def _ended(own, mask, ply):
    """The value of a position that needs no search, and otherwise 0 with the moves that do not lose at once."""
    nothing = np.uint64(0)
    can = playable(mask)
    if can & threats(own, mask):
        return WIN - (ply + 1), nothing
    danger = threats(own ^ mask, mask)
    forced = can & danger
    if forced:
        can = forced if forced & (forced - _ONE) == 0 else nothing
    can &= ~(danger >> _ONE)
    if can == 0 and ply < CELLS:
        return ply + 2 - WIN, nothing
    return 0, can


@njit(cache=True, nogil=True)
def _estimates(can, own, mask, ply, first, leaf, code, raw, moves, rank):
    """Write the moves of `can` by Q, but `first` before all; how many there are, and the best value."""
    value_moves(own, mask, ply, leaf, code, raw)
    count, best = 0, -MOST
    for column in range(WIDTH):
        if can & in_column(column):
            value = max(min(int(-raw[column] * np.float32(UNIT)), MOST), -MOST)
            best = max(best, value)
            promise = INFINITE if column == first else value
            place = count
            while place > 0 and rank[place - 1] < promise:
                rank[place] = rank[place - 1]
                moves[place] = moves[place - 1]
                place -= 1
            rank[place] = promise
            moves[place] = column
            count += 1
    return count, best


@njit(cache=True, nogil=True)
def advance(table, boards, moves, counts, at, leaf, limit):
    """Go on until `at[DEPTH]` is -1 and `at[VALUE]` the value, or `limit` nodes were met.

    What was asked for is the value if that lies between alpha and beta, at most that if it is at most alpha, and at
    least that if it is at least beta.
    """
    frame, entering, value, nodes, root = at[DEPTH], at[ENTERING], at[VALUE], at[NODES], at[PLY]
    rank = np.empty(WIDTH, np.int64)
    code, raw = np.empty(WIDTH, np.uint32), np.empty(WIDTH, np.float32)
    while frame >= 0 and nodes < limit:
        own, mask, here = boards[frame, _OWN], boards[frame, _MASK], counts[frame]
        if entering:
            nodes += 1
            entering = 0
            value, can = _ended(own, mask, root + frame)
            if can == 0:
                frame -= 1
                continue
            known, depth, kind, first = remembered(table, own, mask)
            if depth >= here[_LEFT] and (
                kind == _EXACT
                or (kind == _LOWER and known >= here[_BETA])
                or (kind == _UPPER and known <= here[_ALPHA])
            ):
                value = known
                frame -= 1
                continue
            here[_COUNT], here[_NEXT], here[_BEST], here[_MOVE] = 1, 0, -INFINITE, NO_MOVE
            here[_FLOOR], here[_ASKED] = here[_ALPHA], 0
            if can & (can - _ONE) == 0:  # a forced reply
                for column in range(WIDTH):
                    if can & in_column(column):
                        moves[frame, 0] = column
                here[_LEFT] += 1
            else:
                here[_COUNT], best = _estimates(
                    can, own, mask, root + frame, first, leaf, code, raw, moves[frame], rank
                )
                if here[_LEFT] <= 0:
                    value = best
                    _remember(table, own, mask, value, 0, _EXACT, moves[frame, 0])
                    frame -= 1
                    continue
        else:
            value = -value
            if here[_ASKED] and here[_ALPHA] < value < here[_BETA]:
                here[_ASKED] = 0
                here[_NEXT] -= 1  # search it again, for its value
            else:
                if value > here[_BEST]:
                    here[_BEST], here[_MOVE] = value, moves[frame, here[_NEXT] - 1]
                    here[_ALPHA] = max(here[_ALPHA], value)
                if here[_ALPHA] >= here[_BETA] or here[_NEXT] == here[_COUNT]:
                    value = here[_BEST]
                    kind = _LOWER if value >= here[_BETA] else _UPPER if value <= here[_FLOOR] else _EXACT
                    left = here[_LEFT] - (here[_COUNT] == 1)
                    _remember(table, own, mask, value, left, kind, here[_MOVE])
                    frame -= 1
                    continue
                here[_ASKED] = 1
        column = moves[frame, here[_NEXT]]
        here[_NEXT] += 1
        there = counts[frame + 1]
        there[_ALPHA], there[_BETA] = -(here[_ALPHA] + 1 if here[_ASKED] else here[_BETA]), -here[_ALPHA]
        there[_LEFT] = here[_LEFT] - 1
        boards[frame + 1, _OWN] = own ^ mask
        boards[frame + 1, _MASK] = mask | (mask + (_ONE << np.uint64(COLUMN * column)))
        entering = 1
        frame += 1
    at[DEPTH], at[ENTERING], at[VALUE], at[NODES] = frame, entering, value, nodes
