"""Ratings of many players at once: Bradley-Terry by maximum likelihood, in Elo, with 95 % intervals.

The chance that i beats j is 1 / (1 + 10^((r_j - r_i) / 400)) (R. A. Bradley and M. E. Terry 1952); a draw counts as
half a win and half a loss. Each pair that met is given one virtual drawn game, so that clean sweeps stay finite.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arena.score import ELO_PER_LOGIT, Z95

VIRTUAL_GAMES = 1.0


@dataclass(frozen=True, slots=True)
class Rating:
    """Elo relative to the mean of all players, and half the width of its 95 % interval."""

    elo: float
    margin: float


def bradley_terry(points: NDArray[np.float64]) -> list[Rating]:
    """Ratings from `points` `[P, P]`, row i's points against column j (win 1, draw 1/2); zero diagonal.

    Raises ValueError where some players are not connected to the others by games.
    """
    games = points + points.T
    met = games > 0
    if not _connected(met):
        raise ValueError("the players fall into groups that never met: no common rating exists")
    points = points + met * VIRTUAL_GAMES / 2
    games = games + met * VIRTUAL_GAMES
    count = len(points)
    rating = np.zeros(count)
    centring = np.full((count, count), 1 / count)
    for _ in range(200):
        expected = 1 / (1 + np.exp(rating[None, :] - rating[:, None]))
        gradient = (points - games * expected).sum(1)
        weight = games * expected * (1 - expected)
        information = np.diag(weight.sum(1)) - weight
        # The likelihood fixes differences only; the added term fixes the mean at 0.
        step = np.linalg.solve(information + centring, gradient)
        rating += np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-10:
            break
    rating -= rating.mean()
    variance = np.diag(np.linalg.inv(information + centring)) - 1 / count
    margin = Z95 * ELO_PER_LOGIT * np.sqrt(np.maximum(variance, 0))
    return [Rating(float(r * ELO_PER_LOGIT), float(m)) for r, m in zip(rating, margin, strict=True)]


def _connected(met: NDArray[np.bool_]) -> bool:
    reached = np.zeros(len(met), dtype=bool)
    reached[0] = True
    for _ in range(len(met)):
        reached |= met[reached].any(0)
    return bool(reached.all())
