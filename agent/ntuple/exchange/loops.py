"""The compiled loops over the rows that ranks have moved."""

from __future__ import annotations

import numpy as np

from game.compiled.jit import njit


@njit(cache=True, nogil=True)
def changes(rows, visits, table, before, tc, tc_before, out):
    """Write what has become of `rows` `[n]` since `before` into `out` `[n, W + 3]` float32.

    Of each row the change of its W numbers, of its two accumulators, and how many minibatches moved it.
    visits: `[S]` int32. table, before: `[S, W]` float32. tc, tc_before: `[S, 2]` float32.
    """
    width = table.shape[1]
    for i in range(len(rows)):
        r = rows[i]
        for k in range(width):
            out[i, k] = table[r, k] - before[r, k]
        out[i, width] = tc[r, 0] - tc_before[r, 0]
        out[i, width + 1] = tc[r, 1] - tc_before[r, 1]
        out[i, width + 2] = visits[r]


@njit(cache=True, nogil=True)
def add(rows, change, sums, listed, found):
    """Add the changes of one rank to `sums` `[S, W + 3]`; rows met for the first time are listed after `found`.

    Returns how many are listed then.
    """
    width = sums.shape[1]
    for i in range(len(rows)):
        r = rows[i]
        if sums[r, width - 1] == 0:
            listed[found] = r
            found += 1
        for k in range(width):
            sums[r, k] += change[i, k]
    return found


@njit(cache=True, nogil=True)
def take(rows, sums, out):
    """Move the sums of `rows` into `out` `[n, W + 3]`; what they leave is 0."""
    for i in range(len(rows)):
        for k in range(sums.shape[1]):
            out[i, k] = sums[rows[i], k]
            sums[rows[i], k] = 0


@njit(cache=True, nogil=True)
def move(rows, change, steps, ranks, table, before, tc, tc_before):
    """Move `rows` from where they were before by the changes of all ranks together, `[n, W + 3]`.

    Errors met are added. The table takes as many steps as one process would have made of the same games, whose
    minibatches are those of all ranks together: had each of m minibatches of `ranks * steps` moved a row, that many of
    its `steps` would have: steps * (1 - (1 - m / (ranks * steps)) ** ranks). So a row that one rank met moves as far
    as it moved there, and a row that all met in every minibatch by the mean.
    """
    width = table.shape[1]
    for i in range(len(rows)):
        r, m = rows[i], np.float64(change[i, width + 2])
        of_one = steps * (1 - max(0.0, 1 - m / (ranks * steps)) ** ranks)
        share = np.float32(of_one / m)
        for k in range(width):
            before[r, k] += share * change[i, k]
            table[r, k] = before[r, k]
        for k in range(2):
            tc_before[r, k] += change[i, width + k]
            tc[r, k] = tc_before[r, k]
