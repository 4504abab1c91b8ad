"""Boosting: moves that the network mispredicts weigh more in the loss."""

from __future__ import annotations

import torch
from torch import Tensor


def boosted(weight: Tensor, error: Tensor, strength: float) -> Tensor:
    """One round of AdaBoost.R2 (Drucker 1997) on weights `[N]`: the new weights `[N]`, mean 1.

    error: `[N]`, the absolute errors of the predictions. Scaled by the largest they are losses L in [0, 1] with
    weighted mean M; a weight is multiplied by beta^(strength * (1 - L)), beta = M / (1 - M): the better a prediction,
    the less it weighs from now on. Where M is half or more nothing changes, as AdaBoost.R2 stops there.

    The boosted are not a committee here but one network that goes on learning.
    """
    loss = error / error.amax().clamp(min=1e-12)
    mean = (weight * loss).sum() / weight.sum()
    beta = torch.where(mean < 0.5, mean / (1 - mean), 1.0).clamp(min=1e-6)
    new = weight * beta ** (strength * (1 - loss))
    return new / new.mean()
