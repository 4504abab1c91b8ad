"""Intervals without scipy: Wilson's for rates, Student's t for means over a few seeds."""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959964  # 95 % of a normal distribution lie within this many standard deviations


def wilson(rate: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a rate in [0, 1] seen in `count` independent trials (E. B. Wilson, JASA 22, 1927).

    For scores it is conservative: with draws, the mean of games varies less than with wins and losses alone.
    """
    centre = rate + Z95**2 / (2 * count)
    half = Z95 * math.sqrt(rate * (1 - rate) / count + Z95**2 / (4 * count**2))
    whole = 1 + Z95**2 / count
    return max(0.0, (centre - half) / whole), min(1.0, (centre + half) / whole)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over `count` seeds; the 95 % interval is mean - half to mean + half. One seed has none."""

    mean: float
    half: float | None
    count: int


def mean_of(values: Sequence[float]) -> Mean:
    """The mean of at least one value, with the interval of Student's t over them."""
    half = None
    if len(values) > 1:
        half = t_quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return Mean(statistics.fmean(values), half, len(values))


@functools.cache
def t_quantile(degrees: int) -> float:
    """The two-sided 95 % point of Student's t distribution: 12.706 for 1 degree of freedom."""
    low, high = 0.0, 13.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, degrees) < 0.95 else (low, middle)
    return high


def _within(t: float, degrees: int) -> float:
    """How much of Student's distribution lies in [-t, t]: Abramowitz and Stegun, 26.7.3 and 26.7.4."""
    angle = math.atan(t / math.sqrt(degrees))
    odd = degrees % 2 == 1
    term = math.cos(angle) if odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(2 if odd else 1, degrees - 2, 2):
        term *= k / (k + 1) * math.cos(angle) ** 2
        total += term
    return (angle + math.sin(angle) * total) * 2 / math.pi if odd else math.sin(angle) * total
