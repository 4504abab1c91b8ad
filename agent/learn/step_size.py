"""The step size alpha over a run."""

from __future__ import annotations

import math

from agent.config import TrainConfig

INVERSE_FALL = 9.0  # the inverse schedule ends at a tenth


def step_size(config: TrainConfig, progress: float) -> float:
    """The step size alpha after the share `progress` of the run.

    constant; cosine: half a wave down to 0; linear: down to 0; inverse: alpha / (1 + INVERSE_FALL * progress), the 1 /
    t decay of Robbins and Monro (1951). Over the first `warmup` of the run it rises linearly to that value.
    """
    share = min(progress, 1.0)
    shape = {
        "constant": 1.0,
        "cosine": 0.5 * (1 + math.cos(math.pi * share)),
        "linear": 1 - share,
        "inverse": 1 / (1 + INVERSE_FALL * share),
    }[config.schedule]
    rise = min(1.0, (share + 0.01) / config.warmup) if config.warmup else 1.0
    return config.learning_rate * shape * rise
