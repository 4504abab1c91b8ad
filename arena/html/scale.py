"""Numbers as people read them, and the round numbers along an axis."""

from __future__ import annotations

import math


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from `low` to `high`, at most `most`: steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if span <= 0:
        return [low]
    step = 10.0 ** math.floor(math.log10(span / most))
    for factor in (1, 2, 5, 10, 20):
        first, last = math.ceil(low / (step * factor) - 1e-9), math.floor(high / (step * factor) + 1e-9)
        if last - first < most:
            return [place * step * factor for place in range(first, last + 1)]
    return [low, high]


def written(value: float, form: str) -> str:
    """A value in one of the forms of `Chart`: 86.9 %, 154 k, 0.0721."""
    if form == "percent":
        return f"{100 * value:.1f} %"
    if form == "count":
        return short(value)
    return f"{value:.4g}"


def short(value: float) -> str:
    """Three digits and a letter: 950, 2.5 M, 154 k."""
    for limit, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= 0.9995 * limit:
            return f"{value / limit:.3g}{letter}"
    return f"{value:.3g}"


def signed(q: float) -> str:
    """A Q-value: +0.42, -0.08, 0.00."""
    return f"{q:+.2f}".replace("-", "\N{MINUS SIGN}") if abs(q) >= 0.005 else "0.00"


def hundredths(q: float) -> str:
    """A Q-value in hundredths, short enough for a cell: +42, -8, 0."""
    rounded = round(100 * q)
    return f"{rounded:+d}".replace("-", "\N{MINUS SIGN}") if rounded else "0"


def duration(seconds: float) -> str:
    """43 s, 2.8 min, 1.5 h."""
    divisor, unit = time_unit(seconds)
    return f"{seconds / divisor:.3g} {unit}"


def time_unit(longest: float) -> tuple[float, str]:
    """The unit for times up to `longest` seconds: its length in seconds, and its symbol."""
    if longest < 120:
        return 1.0, "s"
    return (60.0, "min") if longest < 7200 else (3600.0, "h")
