"""The solver: whether a position's score is at least a bound, by a search that can stop and go on at any node.

The score of a position is 0 for a draw, else how many stones the winner has left at the end, the last one counted;
negative where the side to move loses. So the larger, the sooner a win or the later a loss; 1 to 21 is a win.

Null windows, moves by the threats they make, moves that lose at once left out, transpositions: P. Pons, "Solving
Connect 4" (https://blog.gamesolver.org). Replies whose score is in the table are looked up before any is searched
(J. Schaeffer and A. Plaat, "New advances in alpha-beta searching", 1996). Who can complete no line cannot win, nor can
who moves when all columns have an even number of free cells and would have no line with all odd rows: the opponent
plays on top of each stone (claimeven: V. Allis, "A knowledge-based approach of Connect-Four", 1988).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from agent.search.connect4.board import (
    BOARD,
    CELLS,
    EVEN,
    ODD,
    canonical,
    has_line,
    in_column,
    key_of,
    playable,
    threats,
)
from agent.search.connect4.table import LEAST, bounds, store
from game.compiled.bits import bit_count
from game.compiled.jit import njit
from game.connect4 import WIDTH

_CENTRE_FIRST = (3, 2, 4, 1, 5, 0, 6)
_NEAR_ROOT = 14  # plies of a search that are kept in the large part of the table
_LOOK_AHEAD = 30  # from this ply on, looking up all replies first costs more than it saves

_ONE = np.uint64(1)
_OWN, _MASK = 0, 1
_BOUND, _BEST, _COUNT, _NEXT, _BEGAN = range(5)
DEPTH, ENTERING, VALUE, NODES, PLY = range(5)


class Stack(NamedTuple):
    """A search in progress: a frame for each position on the path from its root.

    boards: `[F, 2]` uint64, own and mask.
    moves:  `[F, 7]` uint64, by promise.
    counts: `[F, 5]` int64, the bound asked for, the best score so far, how many moves there are and were begun, and the
    nodes before.
    at:     `[5]` int64, the frame (-1 at the end), whether it is new, the last score found (at the end that of the
    root), nodes, and the root's ply.
    """

    boards: npt.NDArray[np.uint64]
    moves: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]


def new_stack() -> Stack:
    """An empty stack, deep enough for any game."""
    frames = CELLS + 2
    return Stack(
        np.zeros((frames, 2), np.uint64),
        np.zeros((frames, WIDTH), np.uint64),
        np.zeros((frames, 5), np.int64),
        np.zeros(5, np.int64),
    )


def ask(stack: Stack, own: int, mask: int, ply: int, bound: int) -> None:
    """Begin a search: is the score of this position, where the side to move cannot win at once, at least `bound`?"""
    stack.boards[0] = own, mask
    stack.counts[0, _BOUND] = bound
    stack.at[:] = 0, 1, 0, 0, ply


@njit(cache=True, nogil=True, inline="always")
def _known(own, mask, ply, bound):
    """A score without search, and the moves that do not lose at once: the score settles the question if there are none.

    It is exact, or a bound on the side of `bound` that matters.
    """
    opp = own ^ mask
    can = playable(mask)
    danger = threats(opp, mask)
    forced = can & danger
    if forced:
        can = forced if forced & (forced - _ONE) == 0 else np.uint64(0)
    can &= ~(danger >> _ONE)
    if can == 0:
        return -((CELLS - ply) // 2), can
    nothing = np.uint64(0)
    if ply >= CELLS - 2:
        return 0, nothing
    low, high = -((CELLS - 2 - ply) // 2), (CELLS - 1 - ply) // 2
    if low >= bound:
        return low, nothing
    if high < bound:
        return high, nothing
    free = BOARD ^ mask
    if bound > 0:
        if not has_line(own | free):
            return 0, nothing
    elif not has_line(opp | free):
        return 0, nothing
    if not playable(mask) & EVEN and not has_line(own | (free & ODD)):
        if bound > 0:
            return 0, nothing
        if bound == 0 and has_line(opp | (free & EVEN)):
            return -1, nothing
    return 0, can


@njit(cache=True, nogil=True, inline="always")
def _order(can, own, mask, moves, rank):
    """Write the moves of `can` by promise, the most threats first and then the nearest to the centre; how many.

    0 if a move makes two threats of which the opponent can parry but one, and so wins with the next stone.
    """
    count = 0
    for column in _CENTRE_FIRST:
        move = can & in_column(column)
        if move:
            made_at = threats(own | move, mask | move)
            next_ = made_at & playable(mask | move)
            if next_ & (next_ - _ONE) or next_ & made_at >> _ONE:
                return 0
            made = bit_count(made_at)
            place = count
            while place > 0 and rank[place - 1] < made:
                rank[place] = rank[place - 1]
                moves[place] = moves[place - 1]
                place -= 1
            rank[place] = made
            moves[place] = move
            count += 1
    return count


@njit(cache=True, nogil=True, inline="always")
def _looked_up(table, can, own, mask, ply, deep):
    """The best score that the table promises for a move."""
    opp, best = own ^ mask, LEAST
    for column in range(WIDTH):
        move = can & in_column(column)
        if move:
            best = max(best, -bounds(table, canonical(key_of(opp, mask | move), ply + 1), deep)[1])
    return best


@njit(cache=True, nogil=True)
def advance(table, boards, moves, counts, at, limit):
    """Go on until `at[DEPTH]` is -1, `at[VALUE]` then settling the question, or `limit` nodes were met.

    The score is at least the value where that is at least the bound asked for, and at most the value where it is less.
    """
    depth, entering, value, nodes, root = at[DEPTH], at[ENTERING], at[VALUE], at[NODES], at[PLY]
    rank = np.empty(WIDTH, np.int64)
    while depth >= 0 and nodes < limit:
        own, mask, bound = boards[depth, _OWN], boards[depth, _MASK], counts[depth, _BOUND]
        ply, deep = root + depth, depth >= _NEAR_ROOT
        if entering:
            nodes += 1
            entering = 0
            value, can = _known(own, mask, ply, bound)
            if can == 0:
                depth -= 1
                continue
            low, high = bounds(table, canonical(key_of(own, mask), ply), deep)
            if ply < _LOOK_AHEAD and low < bound <= high:
                low = max(low, _looked_up(table, can, own, mask, ply, depth + 1 >= _NEAR_ROOT))
            if low >= bound or high < bound:
                value = low if low >= bound else high
                depth -= 1
                continue
            counts[depth, _COUNT] = _order(can, own, mask, moves[depth], rank)
            if counts[depth, _COUNT] == 0:
                value = (CELLS - 1 - ply) // 2
                depth -= 1
                continue
            counts[depth, _BEST], counts[depth, _NEXT], counts[depth, _BEGAN] = LEAST, 0, nodes
        else:
            best = max(counts[depth, _BEST], -value)
            counts[depth, _BEST] = best
            if best >= bound or counts[depth, _NEXT] == counts[depth, _COUNT]:
                key = canonical(key_of(own, mask), ply)
                low, high = bounds(table, key, deep)
                if best >= bound:
                    low = max(low, best)
                else:
                    high = min(high, best)
                store(table, key, deep, low, high, nodes - counts[depth, _BEGAN])
                value = best
                depth -= 1
                continue
        move = moves[depth, counts[depth, _NEXT]]
        counts[depth, _NEXT] += 1
        depth += 1
        boards[depth, _OWN], boards[depth, _MASK], counts[depth, _BOUND] = own ^ mask, mask | move, 1 - bound
        entering = 1
    at[DEPTH], at[ENTERING], at[VALUE], at[NODES] = depth, entering, value, nodes
