"""Losses: how far a prediction is from its target, and how much each counts (boosting)."""

from __future__ import annotations

import torch
from torch import Tensor

HUBER_DELTA = 0.5


def losses(raw: Tensor, target: Tensor, kind: str) -> Tensor:
    """The loss of each prediction: `raw` `[..., classes]` float32, `target` `[...]` in [-1, 1]: `[...]` at least 0.

    squared: (y - target)^2 with y = tanh(raw).
    huber:   the same up to an error of HUBER_DELTA, linear beyond (Huber 1964).
    wdl:     cross-entropy of win, draw and loss against the target between its two nearest outcomes: 0.3 is a win with
             probability 0.3 and else a draw (the two-hot encoding of Schrittwieser et al. 2020; on the merits of
             classification see Farebrother et al. 2024, "Stop Regressing").
    """
    if kind == "wdl":
        return -(two_hot(target) * raw.log_softmax(-1)).sum(-1)
    error = raw.squeeze(-1).tanh() - target
    if kind == "huber":
        size = error.abs()
        return torch.where(size <= HUBER_DELTA, error.square(), HUBER_DELTA * (2 * size - HUBER_DELTA))
    return error.square()


def two_hot(target: Tensor) -> Tensor:
    """Probabilities of win, draw and loss whose mean is `target` `[...]` in [-1, 1]: `[..., 3]`."""
    return torch.stack((target.clamp(min=0), 1 - target.abs(), (-target).clamp(min=0)), -1)


def boosted(weight: Tensor, error: Tensor, strength: float) -> Tensor:
    """One round of AdaBoost.R2 (Drucker 1997) on weights `[N]`: the new weights `[N]`, mean 1.

    error: `[N]`, the absolute errors of the predictions. Scaled by the largest they are losses L in [0, 1] with
    weighted mean M; a weight is multiplied by beta^(strength * (1 - L)), beta = M / (1 - M): the better a prediction,
    the less it weighs from now on. Where M is half or more nothing changes, as AdaBoost.R2 stops there.

    Unlike in AdaBoost there is no committee: one network goes on learning with the new weights.
    """
    loss = error / error.amax().clamp(min=1e-12)
    mean = (weight * loss).sum() / weight.sum()
    beta = torch.where(mean < 0.5, mean / (1 - mean), 1.0).clamp(min=1e-6)
    new = weight * beta ** (strength * (1 - loss))
    return new / new.mean()
