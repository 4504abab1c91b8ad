"""One pass of SGD with a hidden layer, by the coherence of rows, as `incremental.lessons` for rows of W numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from agent.ntuple.incremental.layer.weights import OUTPUT_ROWS, Weights
from agent.ntuple.incremental.lessons import SHARES, Lessons, minibatches
from agent.ntuple.threads import Workers
from game.compiled.jit import njit

_OUTPUT_STEP = 0.02  # of the step size, for weights that every position reads


@njit(cache=True, nogil=True)
def _move_rows(units, low, high, first, shared_row, shared_move, begins, pull, step, table, tc, met, visits):
    """As `incremental.lessons` does: a row moves by the means of its pulls, and its coherence is that of errors.

    pull: `[N, 2 * W]`, of `read_afterstates`. table: `[S + 2, W]`. met: `[S, W + 2]`, zeros, also after.
    """
    games, width = len(first) - 1, len(units)
    for share in range(low, high):
        reads = 0
        for g in range(games):
            reads += begins[g, share + 1] - begins[g, share]
        listed, found = np.empty(reads, np.int64), 0
        for g in range(games):
            for r in range(begins[g, share], begins[g, share + 1]):
                row, move = shared_row[g, r], first[g] + shared_move[g, r]
                listed[found] = row
                found += met[row, width + 1] == 0
                for k in range(width):
                    met[row, k] += pull[move, k]
                met[row, width] += abs(pull[move, 0])
                met[row, width + 1] += 1
        for i in range(found):
            row = listed[i]
            drift, travel = tc[row, 0], tc[row, 1]
            coherence = abs(drift) / travel if travel > 0 else np.float32(1)
            if visits is not None:
                visits[row] += 1
            tc[row, 0], tc[row, 1] = drift + met[row, 0], travel + met[row, width]
            for k in range(width):
                table[row, k] += step * coherence * met[row, k] / met[row, width + 1]
            for k in range(width + 2):
                met[row, k] = 0


def learn(
    lessons: Lessons,
    batch: int,
    step_size: float,
    table: npt.NDArray[np.float32],
    tc: npt.NDArray[np.float32],
    met: npt.NDArray[np.float32],
    workers: Workers,
    visits: npt.NDArray[np.int32] | None = None,
) -> npt.NDArray[np.float32]:
    """As `incremental.lessons.learn`, where `table` is `[S + 2, W]` and `met` `[S, W + 2]`."""
    units = lessons.layout.units
    width = len(units)
    pull = np.zeros((len(lessons.action), 2 * width), np.float32)
    weights = Weights(table[:-OUTPUT_ROWS], table[-OUTPUT_ROWS:])
    for some in minibatches(lessons, batch, weights, pull, workers):
        step = np.float32(step_size * some.moves / some.reads)

        def move(low: int, high: int, some: Any = some, step: Any = step) -> None:
            _move_rows(units, low, high, some.first, *some.rows, pull, step, table, tc, met, visits)

        workers.divide(SHARES, some.reads * width, move)
        mean = pull[some.first[0] : some.first[-1]].sum(0) / np.float32(some.moves)
        table[-2] += np.float32(_OUTPUT_STEP * step_size) * mean[width:]
        table[-1] += np.float32(_OUTPUT_STEP * step_size) * mean[:width]
    return pull[:, 0].copy()
