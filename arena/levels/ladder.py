"""A ladder of players from random to the strongest: one number says how far up, a spec says who that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

HOTTEST, COOLEST = 4.0, 0.01  # temperatures of the lower half; the middle is greedy
_FEWEST_NODES = 4
_FIRST = (0.06, 0.15, 0.24, 0.33, 0.42, 0.5, 0.66, 0.83, 1.0)


def spec_at(height: float, base: str, most_nodes: int) -> str:
    """The player at a height from 0, nearly random, over 1/2, greedy, to 1, a search of `most_nodes`.

    Below the middle the temperature falls, above it the nodes grow, both by equal factors for equal heights.
    Two significant digits tell neighbours apart; Elo cannot be measured more exactly.
    """
    if height < 0.5:
        temperature = HOTTEST * (COOLEST / HOTTEST) ** (2 * height)
        return f"{base}@temperature={_short(temperature)}"
    if height == 0.5:
        return base
    nodes = _FEWEST_NODES * (most_nodes / _FEWEST_NODES) ** (2 * height - 1)
    return f"{base}@nodes={int(float(_short(nodes)))}"


def first_heights(searches: bool) -> list[float]:
    """Where to begin; without a search the ladder ends with the greedy player."""
    return [height for height in _FIRST if searches or height <= 0.5]


def targets(lowest: float, highest: float, count: int) -> list[float]:
    """`count` ratings at equal distances, the last `highest`, the first one distance above `lowest`."""
    step = (highest - lowest) / count
    return [lowest + step * number for number in range(1, count + 1)]


def height_of(elo: float, heights: Sequence[float], elos: Sequence[float]) -> float:
    """The height at which a player of this rating is expected, between measured ones: `heights` ascending.

    What was measured need not rise with the height; it is made to, by pooling neighbours (isotonic regression).
    """
    return float(np.interp(elo, rising(elos), heights))


def rising(values: Sequence[float]) -> list[float]:
    """The nearest sequence, by least squares, that nowhere falls and rises by a little everywhere."""
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (low, few), (high, many) = pools[-2:]
            pools[-2:] = [((low * few + high * many) / (few + many), few + many)]
    found = [value for value, count in pools for _ in range(count)]
    return [value + 1e-6 * place for place, value in enumerate(found)]


def nearest(wanted: Sequence[float], elos: Sequence[float]) -> list[int]:
    """For each wanted rating, ascending, the place in `elos`, ascending, that is nearest; each place at most once.

    The last wanted one gets the last place. Raises ValueError for more wanted than there are.
    """
    if len(wanted) > len(elos):
        raise ValueError(f"{len(wanted)} levels of {len(elos)} players")
    # Least total distance, with places in ascending order: best[k][p] is of the first k, the last of them at p.
    best = np.full((len(wanted) + 1, len(elos) + 1), np.inf)
    best[0] = 0
    for k, target in enumerate(wanted, start=1):
        for p in range(k, len(elos) + 1):
            best[k, p] = min(best[k, p - 1], best[k - 1, p - 1] + (target - elos[p - 1]) ** 2)
    found, p = [len(elos) - 1], len(elos) - 1
    for k in range(len(wanted) - 1, 0, -1):
        while best[k, p] == best[k, p - 1] and p > k:
            p -= 1
        found.append(p - 1)
        p -= 1
    return found[::-1]


def _short(value: float) -> str:
    """Two significant digits, without an exponent."""
    digits = max(1 - math.floor(math.log10(value)), 0)
    rounded = round(value, 1 - math.floor(math.log10(value)))
    return f"{rounded:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{rounded:.0f}"
