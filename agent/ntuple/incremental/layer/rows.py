"""How rows of W numbers, and the weights behind them, move by what a minibatch of games found."""

from __future__ import annotations

import numpy as np

from game.compiled.jit import inner

_OUTPUT_STEP = 0.02  # of the step size, for weights that every position reads


@inner
def move_rows(layout, share, first, begins, shared_row, shared_move, found, step, table, tc, met, visits):
    """`seam.move_rows`: a row moves by the means of its pulls, and its coherence is that of errors.

    found: `[N, 2 * W]`, of `read_afterstates`. met: `[S, W + 2]`.
    """
    width = len(layout.units)
    for g in range(len(first) - 1):
        for r in range(begins[g, share], begins[g, share + 1]):
            row, move = shared_row[g, r], first[g] + shared_move[g, r]
            for k in range(width):
                met[row, k] += found[move, k]
            met[row, width] += abs(found[move, 0])
            met[row, width + 1] += 1
    for g in range(len(first) - 1):
        for r in range(begins[g, share], begins[g, share + 1]):
            row = shared_row[g, r]
            if met[row, width + 1] == 0:  # has moved already
                continue
            drift, travel = tc[row, 0], tc[row, 1]
            coherence = abs(drift) / travel if travel > 0 else np.float32(1)
            if visits is not None:
                visits[row] += 1
            tc[row, 0], tc[row, 1] = drift + met[row, 0], travel + met[row, width]
            for k in range(width):
                table.rows[row, k] += step * coherence * met[row, k] / met[row, width + 1]
            for k in range(width + 2):
                met[row, k] = 0


@inner
def move_output(layout, found, moves, step_size, table):
    """`seam.move_output`: by the means over all moves."""
    width = len(layout.units)
    total = np.zeros(2 * width, np.float64)
    for move in range(len(found)):
        for k in range(2 * width):
            total[k] += found[move, k]
    for k in range(width):
        table.output[0, k] += np.float32(_OUTPUT_STEP * step_size * total[width + k] / moves)
        table.output[1, k] += np.float32(_OUTPUT_STEP * step_size * total[k] / moves)
