"""How the rows of a table move by what a minibatch of games found: each share of them by one thread."""

# ruff: noqa: ARG001 - all layouts have the same arguments

from __future__ import annotations

import numpy as np

from game.compiled.jit import inner

SHARES = 32
_BITS = 4  # rows of one cache line are of one share


@inner
def share_of(row):
    return (row >> _BITS) & (SHARES - 1)


@inner
def move_rows(layout, share, first, begins, shared_row, shared_move, found, step, table, tc, met, visits):
    """`seam.move_rows`, where what moves found are the errors of their values."""
    for g in range(len(first) - 1):
        for k in range(begins[g, share], begins[g, share + 1]):
            row, e = shared_row[g, k], found[first[g] + shared_move[g, k]]
            met[row, 0] += e
            met[row, 1] += abs(e)
            met[row, 2] += 1
    for g in range(len(first) - 1):
        for k in range(begins[g, share], begins[g, share + 1]):
            row = shared_row[g, k]
            if met[row, 2] == 0:  # has moved already
                continue
            drift, travel = tc[row, 0], tc[row, 1]
            coherence = abs(drift) / travel if travel > 0 else np.float32(1)
            table[row] += step * coherence * met[row, 0] / met[row, 2]
            tc[row, 0] = drift + met[row, 0]
            tc[row, 1] = travel + met[row, 1]
            if visits is not None:
                visits[row] += 1
            met[row, 0] = 0
            met[row, 1] = 0
            met[row, 2] = 0


@inner
def move_output(layout, found, moves, step_size, table):
    """`seam.move_output`: there is none."""
