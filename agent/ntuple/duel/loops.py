"""Greedy games of Connect Four between two sets of tables, many side by side."""

from __future__ import annotations

import numpy as np

from agent.ntuple.connect4.loops import _BOTTOM, _TOP, PLIES, _has_line, _mixed, _value_children
from agent.play.policy import DRAWS
from game.compiled.jit import njit
from game.connect4 import WIDTH

LANES = 2048  # games side by side: the rows of one n-tuple serve them all from the first-level cache
_GOLDEN, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x94D049BB133111EB)


@njit(cache=True, nogil=True, inline="always")
def _draw(seed, ply):  # type: ignore[no-untyped-def] # compiled
    """The first of `agent.play.draws.draws`."""
    x = np.uint64(seed) * _GOLDEN + np.uint64(ply * DRAWS) * _SECOND
    return np.float32(_mixed(_mixed(x) + _GOLDEN) >> np.uint64(40)) * np.float32(2.0**-24)


@njit(cache=True, nogil=True)
def play(own_at, opp_at, begun, turn, seeds, one, other, moves, reward):  # type: ignore[no-untyped-def] # compiled
    """Play G games, all from the same ply, to their ends: LANES side by side, a new one where one has ended.

    own_at, opp_at: `[G]` uint64, the stones of who moves next and of the other side. begun: the ply.
    turn: 0 where `one` moves next, 1 where `other` does. one, other: each what `NTupleQ.following` gives.
    Filled in: moves `[G, 42]` int16 from column `begun` on, reward `[G]` int8, r_T as seen by `one`.
    """
    games, playing, begin = len(own_at), 0, 0
    own, opp = np.empty(LANES, np.uint64), np.empty(LANES, np.uint64)
    game, ply = np.empty(LANES, np.int64), np.empty(LANES, np.int64)
    code = np.empty((WIDTH, LANES), np.uint8)
    row, base = np.empty(LANES, np.uint32), np.empty(LANES, np.float32)
    value = np.empty((WIDTH + 1, LANES), np.float32)
    q = np.empty(WIDTH, np.float32)
    whose, side = turn, (begun + 1) & 1
    while playing or begin < games:
        if whose == turn:  # otherwise the others would be to move in a new game
            while playing < LANES and begin < games:
                own[playing], opp[playing], game[playing], ply[playing] = own_at[begin], opp_at[begin], begin, begun
                playing += 1
                begin += 1
        tables = one if whose == 0 else other
        _value_children(own, opp, playing, side, tables, code, row, base, value)
        left = 0
        for i in range(playing):
            g, mine, theirs, p = game[i], own[i], opp[i], ply[i]
            occupied = mine | theirs
            best, ties = np.float32(-np.inf), 0
            for column in range(WIDTH):
                q[column] = -np.inf
                if not occupied & _TOP[column]:
                    if _has_line((occupied + _BOTTOM[column] | occupied) ^ theirs):
                        q[column] = 1
                    elif p == PLIES - 1:
                        q[column] = 0
                    else:
                        q[column] = -np.tanh(value[column, i])
                    if q[column] > best:
                        best, ties = q[column], 1
                    elif q[column] == best:
                        ties += 1
            skip, action = int(_draw(seeds[g], p) * np.float32(ties)), -1
            for column in range(WIDTH):
                if q[column] == best:
                    action = column
                    if skip == 0:
                        break
                    skip -= 1
            moves[g, p] = action
            stones = (occupied + _BOTTOM[action] | occupied) ^ theirs
            if _has_line(stones):
                reward[g] = 1 - 2 * whose
            elif p < PLIES - 1:
                own[left], opp[left], game[left], ply[left] = theirs, stones, g, p + 1
                left += 1
        playing = left
        whose, side = 1 - whose, 1 - side
