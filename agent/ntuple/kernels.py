"""The compiled loops: values of many positions, and one pass of learning."""

from __future__ import annotations

import numpy as np
from numba import njit, prange

BLOCK = 512  # positions at a time: their row numbers stay in the first-level cache, an n-tuple's table in the second


@njit(cache=True, nogil=True, inline="always")
def _row_numbers(codes, start, length, parts, count, number, first, rows, side, out):
    """Write the row that one n-tuple reads in positions start to start + length into `out` uint32."""
    m = count % 2
    if m:
        part, add = codes[parts[0]], number[0]
        for i in range(length):
            out[i] = first + side[start + i] * rows + add[part[start + i]]
    else:
        for i in range(length):
            out[i] = first + side[start + i] * rows
    while m < count:  # two at a time: half the traffic to and from memory
        part, add, other, more = codes[parts[m]], number[m], codes[parts[m + 1]], number[m + 1]
        for i in range(length):
            out[i] += add[part[start + i]] + more[other[start + i]]
        m += 2


@njit(cache=True, nogil=True)
def _value_block(codes, start, length, side, parts, count, number, first, rows, table, out):
    """The values of positions start to start + length."""
    row = np.empty(length, np.uint32)
    total = np.zeros(length, np.float32)
    for t in range(len(count)):
        for s in range(len(parts)):
            _row_numbers(codes, start, length, parts[s, t], count[t], number[t], first[t], rows[t], side, row)
            for i in range(length):
                total[i] += table[row[i]]
    for i in range(length):
        out[start + i] = np.tanh(total[i])


@njit(cache=True, nogil=True)
def values(codes, side, parts, count, number, first, rows, table, out):
    """Write the values of N positions for the side to move, in (-1, 1), on the calling thread.

    codes: `[P, N]` uint8 (`board.codes`). side: `[N]` uint8, parity of the ply. table: `[R]` float32.
    parts, count, number, first, rows: of NTuples. out: `[N]` float32.
    """
    positions = codes.shape[1]
    for start in range(0, positions, BLOCK):
        length = min(BLOCK, positions - start)
        _value_block(codes, start, length, side, parts, count, number, first, rows, table, out)


@njit(cache=True, nogil=True, parallel=True)
def values_by_all(codes, side, parts, count, number, first, rows, table, out):
    """The same on all threads."""
    positions = codes.shape[1]
    for block in prange((positions + BLOCK - 1) // BLOCK):
        length = min(BLOCK, positions - block * BLOCK)
        _value_block(codes, block * BLOCK, length, side, parts, count, number, first, rows, table, out)


@njit(cache=True, nogil=True, parallel=True)
def learn(
    codes, side, target, batch, parts, count, number, first, rows, table, course, step_size, threads, visits=None
):  # fmt: skip
    """One pass over N positions in minibatches, in the order given; returns the mean squared error before each step.

    Every row read moves by `step_size` x its coherence x the mean error of the positions that read it. Coherence is
    |drift| / travel, the absolute sum of all errors at the row over the sum of their absolute values: 1 if they all
    have one sign, near 0 if they cancel. n-tuples are divided among the threads, so that no two write to one row.

    codes, side, parts ... table: as in `values`. target: `[N]` float32. course: `[R, 2]` float32, drift
    and travel of each row. visits: `[R]` int32, where minibatches that moved a row are counted; or None.
    """
    positions, patterns, images = codes.shape[1], len(count), len(parts)
    sums = np.empty((threads, batch), np.float32)
    row = np.empty((patterns, images, batch), np.uint32)
    error = np.empty(batch, np.float32)
    # Per thread, for the rows of one n-tuple: sum of errors, sum of their sizes, count; and the list of rows read.
    met = np.zeros((threads, 2 * rows.max(), 4), np.float32)
    listed = np.empty((threads, images * batch), np.uint32)
    squares = 0.0
    for start in range(0, positions, batch):
        length = min(batch, positions - start)
        for thread in prange(threads):
            total = sums[thread]
            total[:length] = 0
            for t in range(thread, patterns, threads):
                for s in range(images):
                    own = row[t, s]
                    _row_numbers(codes, start, length, parts[s, t], count[t], number[t], first[t], rows[t], side, own)
                    for i in range(length):
                        total[i] += table[own[i]]
        for i in range(length):
            total_i = np.float32(0)
            for thread in range(threads):
                total_i += sums[thread, i]
            error[i] = target[start + i] - np.tanh(total_i)
            squares += error[i] * error[i]
        for thread in prange(threads):
            mine, list_ = met[thread], listed[thread]
            for t in range(thread, patterns, threads):
                found = 0
                for s in range(images):
                    own = row[t, s]
                    for i in range(length):
                        k, e = np.uint32(own[i] - first[t]), error[i]
                        list_[found] = k
                        found += mine[k, 2] == 0
                        mine[k, 0] += e
                        mine[k, 1] += abs(e)
                        mine[k, 2] += 1
                for i in range(found):
                    k = list_[i]
                    r = np.uint32(k + first[t])
                    drift, travel = course[r, 0], course[r, 1]
                    coherence = abs(drift) / travel if travel > 0 else np.float32(1)
                    table[r] += step_size * coherence * mine[k, 0] / mine[k, 2]
                    course[r, 0] = drift + mine[k, 0]
                    course[r, 1] = travel + mine[k, 1]
                    if visits is not None:
                        visits[r] += 1
                    mine[k, 0] = 0
                    mine[k, 1] = 0
                    mine[k, 2] = 0
    return squares / positions
