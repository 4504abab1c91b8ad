"""One pass of SGD with a hidden layer, by the coherence of rows, as `incremental.lessons` for rows of W numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from agent.ntuple.incremental.layer.weights import OUTPUT_ROWS, Weights
from agent.ntuple.incremental.lessons import Lessons, one_pass
from agent.ntuple.threads import Workers


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
    pull = np.zeros((len(lessons.action), 2 * len(lessons.layout.units)), np.float32)
    weights = Weights(table[:-OUTPUT_ROWS], table[-OUTPUT_ROWS:])
    one_pass(lessons, batch, step_size, weights, tc, met, pull, workers, visits)
    return pull[:, 0].copy()
