"""One compiled pass of learning by temporal coherence, some games at a time; same bits at any number of threads.

As D. Beal and M. Smith, "Temporal coherence and prediction decay in TD learning" (1999). A table that all places of the
board share is read hundreds of times a position, so that a row takes the mean of the errors it met in a minibatch of
games, and no sum of them could blow it up.
"""

from __future__ import annotations

import numpy as np
from numba import prange

from agent.ntuple.incremental.seam import most_reads, read_game
from game.compiled.jit import njit

_SHARES = 8  # of the rows, each moved by one thread
_BITS = 4  # rows of one cache line are of one share


@njit(cache=True, nogil=True, inline="always")
def _share(row):
    return (row >> _BITS) & (_SHARES - 1)


@njit(cache=True, nogil=True)
def _share_out(count, moves, row, ends, shared_row, shared_move, begins):
    """The rows by share, in the order met within each, with the positions that read them."""
    size = np.zeros(_SHARES + 1, np.int64)
    for k in range(count):
        size[_share(row[k]) + 1] += 1
    begins[:] = np.cumsum(size)
    place = begins[:-1].copy()
    k = 0
    for position in range(moves):
        while k < ends[position]:
            share = _share(row[k])
            shared_row[place[share]], shared_move[place[share]] = row[k], position
            place[share] += 1
            k += 1


@njit(cache=True, nogil=True)
def _read_and_share_out(rules, layout, table, action, target, error, shared_row, shared_move, begins):
    moves = len(action) - 1
    row, ends = np.empty(moves * most_reads(layout), np.int32), np.empty(moves, np.int64)
    count = read_game(rules, layout, table, action, target, row, error, ends)
    _share_out(count, moves, row, ends, shared_row, shared_move, begins)


@njit(cache=True, nogil=True)
def _move_rows(share, games, shared_row, shared_move, begins, error, step, table, tc, met):
    """Move the rows of one share by the errors met there."""
    most = 0
    for g in range(games):
        most += begins[g, share + 1] - begins[g, share]
    listed, found = np.empty(most, np.int64), 0
    for g in range(games):
        for k in range(begins[g, share], begins[g, share + 1]):
            row, e = shared_row[g, k], error[g, shared_move[g, k]]
            listed[found] = row
            found += met[row, 2] == 0
            met[row, 0] += e
            met[row, 1] += abs(e)
            met[row, 2] += 1
    for i in range(found):
        row = listed[i]
        drift, travel = tc[row, 0], tc[row, 1]
        coherence = abs(drift) / travel if travel > 0 else np.float32(1)
        table[row] += step * coherence * met[row, 0] / met[row, 2]
        tc[row, 0] = drift + met[row, 0]
        tc[row, 1] = travel + met[row, 1]
        met[row, 0] = 0
        met[row, 1] = 0
        met[row, 2] = 0


@njit(cache=True, nogil=True, parallel=True)
def learn(rules, layout, first, action, target, batch, step_size, table, tc, met, believed):
    """One pass over G games, `batch` at a time, in the order given: the sum of squared errors, and of how many.

    A position whose rows all have coherence 1 moves by `step_size` of its error, were the sum not squashed. The
    coherence is |drift| / travel, the sum of all errors met there over the sum of their sizes.

    first: `[G + 1]` int64, where the moves of each game begin. action: `[N]` int16, target: `[N]` float32, seen by the
    mover. believed: `[K]` float32, filled with the first values met. table: `[S]` float32. tc: `[S, 2]` float32, the
    two sums. met: `[S, 3]` float32, zeros, also after.
    """
    games, reads_a_move = len(first) - 1, most_reads(layout)
    squares, positions = 0.0, 0
    for low in range(0, games, batch):
        some = min(batch, games - low)
        longest = 0
        for g in range(some):
            longest = max(longest, first[low + g + 1] - first[low + g])
        shared_row = np.empty((some, longest * reads_a_move), np.int32)
        shared_move = np.empty((some, longest * reads_a_move), np.int16)
        begins = np.empty((some, _SHARES + 1), np.int64)
        error = np.empty((some, longest), np.float32)
        for g in prange(some):
            mine = slice(first[low + g], first[low + g + 1])
            _read_and_share_out(
                rules, layout, table, action[mine], target[mine], error[g], shared_row[g], shared_move[g], begins[g]
            )
        reads, lessons = 0, 0
        for g in range(some):
            moves = first[low + g + 1] - first[low + g] - 1
            lessons += moves
            reads += begins[g, _SHARES]
            for t in range(moves):
                squares += error[g, t] * error[g, t]
                if positions + t < len(believed):
                    believed[positions + t] = target[first[low + g] + t] - error[g, t]
            positions += moves
        if reads:
            step = np.float32(step_size * lessons / reads)
            for share in prange(_SHARES):
                _move_rows(share, some, shared_row, shared_move, begins, error, step, table, tc, met)
    return squares, positions
