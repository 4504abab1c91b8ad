"""Divergence: signs that a training has blown up, on every machine and for every kind of Q.

A loss that is not finite is the late sign. Before it, weights grow beyond reason; or all outputs saturate and stay
there, as the slope of tanh is 0, while the loss looks like that of any bad player.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from game.errors import QzeroError

MOST_WEIGHT = 1e6  # trained weights and rows of tables are below 100
SAMPLE = 256  # values that are looked at
_SATURATED = 1 - 2**-20  # from here on the slope of tanh is below two in a million
_LEARNED = 0.1  # with a squared error below this, the values are rightly extreme


def largest(weights: Iterable[Tensor]) -> float:
    """The largest absolute number in `weights`; nan if any is nan."""
    sizes = torch._foreach_norm([weight.detach() for weight in weights], math.inf)
    return float(torch.stack([size.float() for size in sizes]).amax())


def divergence(loss: float | None, weight: float, values: Tensor) -> str | None:
    """What is wrong with a learner after some games, in words; None if nothing is.

    loss: the mean loss, or None if nothing was learned. weight: see `largest`.
    values: `[..., M]` in [-1, 1], its current values of M unfinished positions, by member if there are several.
    """
    if loss is not None and not math.isfinite(loss):
        return f"the loss is {loss}"
    if not weight <= MOST_WEIGHT:
        return f"the largest weight is {weight:.3g}"
    saturated = values.abs() >= _SATURATED
    if loss is not None and loss > _LEARNED and values.shape[-1] and bool(saturated.all(-1).any()):
        return f"all values are 1 or -1, and the loss is {loss:.3f}"
    return None


def diverged(generation: int, trouble: str, learning_rate: float) -> QzeroError:
    """The error of a run that diverged."""
    return QzeroError(
        f"training diverged in generation {generation}: {trouble}; "
        f"start again with a smaller step size than --learning-rate {learning_rate:g}"
    )
