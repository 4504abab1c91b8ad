"""The compiled loops: values of many positions, and one pass of learning."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from agent.ntuple.threads import Workers, share
from game.compiled.atomic import FIRST_TASKS, call_off, meet, new_counters, next_task
from game.compiled.jit import njit

SHARES = 16  # the n-tuples are always divided among so many, so that sums have the same bits with any number of threads
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
def _values(low, high, codes, side, parts, count, number, first, rows, table, out):
    """The values of positions low to high, at most BLOCK."""
    length = high - low
    row = np.empty(length, np.uint32)
    total = np.zeros(length, np.float32)
    for t in range(len(count)):
        for s in range(len(parts)):
            _row_numbers(codes, low, length, parts[s, t], count[t], number[t], first[t], rows[t], side, row)
            for i in range(length):
                total[i] += table[row[i]]
    for i in range(length):
        out[low + i] = np.tanh(total[i])


def values(codes: Any, side: Any, tables: tuple[Any, ...], out: Any, threads: int = 1) -> None:
    """Write the values of N positions for the side to move, in (-1, 1).

    codes: `[P, N]` uint8 (`Encoding.codes`). side: `[N]` uint8, parity of the ply. tables: parts, count, number, first
    and rows of NTuples, and the table `[R]` float32. out: `[N]` float32.
    """

    def work(low: int, high: int) -> None:
        _values(low, high, codes, side, *tables, out)

    share(codes.shape[1], BLOCK, threads, work)


@njit(cache=True, nogil=True)
def _learn(
    counters, threads, codes, side, target, batch, parts, count, number, first, rows, table, course, step_size,
    sums, row, met, listed, squares, visits,
):  # fmt: skip
    """What one of `threads` threads does of a pass, which all of them go through together.

    Filled in: sums `[SHARES, batch]` float32; row `[T, S, batch]` uint32; met `[threads, 2 * rows, 4]` float32, zeros
    also after; listed `[threads, S * batch]` uint32; and squares `[1]` float64, the sum of squared errors.
    """
    positions, patterns, images = codes.shape[1], len(count), len(parts)
    thread = next_task(counters, FIRST_TASKS)
    error = np.empty(batch, np.float32)
    # For the rows of one n-tuple: sum of errors, sum of their sizes, count; and the list of rows read.
    mine, list_ = met[thread], listed[thread]
    meetings = 0
    for start in range(0, positions, batch):
        length = min(batch, positions - start)
        for some in range(thread, SHARES, threads):
            total = sums[some]
            for i in range(length):
                total[i] = 0
            for t in range(some, patterns, SHARES):
                for s in range(images):
                    own = row[t, s]
                    _row_numbers(codes, start, length, parts[s, t], count[t], number[t], first[t], rows[t], side, own)
                    for i in range(length):
                        total[i] += table[own[i]]
        if not meet(counters, threads, meetings + 1):
            return
        for i in range(length):
            error[i] = sums[0, i]
        for some in range(1, SHARES):
            for i in range(length):
                error[i] += sums[some, i]
        for i in range(length):
            error[i] = target[start + i] - np.tanh(error[i])
        if thread == 0:
            for i in range(length):
                squares[0] += error[i] * error[i]
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
        if not meet(counters, threads, meetings + 2):
            return
        meetings += 2


def learn(
    codes: Any, side: Any, target: Any, batch: int, tables: tuple[Any, ...], course: Any, step_size: np.float32,
    threads: int, visits: Any = None,
) -> float:  # fmt: skip
    """One pass over N positions in minibatches, in the order given; returns the mean squared error before each step.

    Every row read moves by `step_size` x its coherence x the mean error of the positions that read it. Coherence is
    |drift| / travel, the absolute sum of all errors at the row over the sum of their absolute values: 1 if they all
    have one sign, near 0 if they cancel. n-tuples are divided among the threads, so that no two write to one row. The
    same bits with any number of threads.

    codes, side, tables: as in `values`. target: `[N]` float32. course: `[R, 2]` float32, drift
    and travel of each row. visits: `[R]` int32, where minibatches that moved a row are counted; or None.
    """
    images, patterns, _ = tables[0].shape
    counters: Any = new_counters()
    sums = np.empty((SHARES, batch), np.float32)
    row = np.empty((patterns, images, batch), np.uint32)
    met = np.zeros((threads, 2 * int(tables[4].max()), 4), np.float32)
    listed = np.empty((threads, images * batch), np.uint32)
    squares = np.zeros(1)
    work = partial(
        _learn, counters, threads, codes, side, target, batch, *tables, course, step_size,
        sums, row, met, listed, squares, visits,
    )  # fmt: skip
    with Workers(threads) as workers:
        workers.together(work, partial(call_off, counters))
    mean: float = squares[0] / codes.shape[1]
    return mean
