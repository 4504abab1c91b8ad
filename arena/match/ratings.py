"""Ratings of many players at once: Bradley-Terry by maximum likelihood, in Elo, with bootstrapped 95 % intervals.

The chance that i beats j is 1 / (1 + 10^((r_j - r_i) / 400)) (R. A. Bradley and M. E. Terry 1952); a draw counts as
half a win and half a loss. Two players who met get one virtual pair of games, one won and one lost, so that a clean
sweep stays finite; the ratings of two players alone differ by what `score.elo_difference` gives for their match.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arena.match.score import ELO_PER_LOGIT, FEWEST_OPENINGS

DRAWS = 1000  # of the bootstrap
_AT_ONCE = 100  # draws


@dataclass(frozen=True, slots=True)
class Rating:
    """Elo relative to the mean of all players, and its 95 % interval; None where too few openings were played."""

    elo: float
    low: float | None = None
    high: float | None = None

    @property
    def margin(self) -> float | None:
        """Half the width of the interval."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


def bradley_terry(points: NDArray[np.floating], draws: int = DRAWS) -> list[Rating]:
    """Ratings from `points` `[U, P, P]`: what row i's player scored against column j's in two games from opening u.

    The two games share an opening with seats swapped, so i's and j's points add up to 2, or are both 0 if they did not
    meet; the diagonal is zero. Average what was played more than once from one opening first: copies are no evidence.
    The interval is a Bayesian bootstrap over openings, as in `elo_difference`: each opening gets one weight for all
    players, each virtual game its own. It is None with fewer than FEWEST_OPENINGS openings.

    Raises ValueError where some players are not connected to the others by games.
    """
    openings, count, _ = points.shape
    total = points.sum(0, dtype=np.float64)
    met = total + total.T > 0
    if not _connected(met):
        raise ValueError("the players fall into groups that never met: no common rating exists")
    rating = _fitted((total + met)[None], np.zeros((1, count)), 1e-10)
    elo = (ELO_PER_LOGIT * rating[0]).tolist()
    if openings < FEWEST_OPENINGS:
        return [Rating(value) for value in elo]
    rng = np.random.default_rng(0)
    found = []
    for at in range(0, draws, _AT_ONCE):
        size = min(_AT_ONCE, draws - at)
        weights = rng.standard_exponential((size, openings), dtype=np.float32)
        drawn = (weights @ points.reshape(openings, -1).astype(np.float32)).reshape(size, count, count)
        # Two points for a win of weight 1, the opening's as well as the virtual pair's.
        virtual = 2 * rng.standard_gamma(0.5, (size, count, count)) * met
        found.append(_fitted(drawn + virtual, np.repeat(rating, size, 0), 1e-4))
    low, high = ELO_PER_LOGIT * np.quantile(np.concatenate(found), [0.025, 0.975], axis=0)
    return [Rating(*row) for row in zip(elo, low.tolist(), high.tolist(), strict=True)]


def _fitted(points: NDArray[np.float64], rating: NDArray[np.float64], precision: float) -> NDArray[np.float64]:
    """The most likely ratings `[D, P]` (logits, mean 0) of D times `points` `[D, P, P]`, by Newton from `rating` on."""
    games = points + points.transpose(0, 2, 1)
    count = points.shape[1]
    centring = np.full((count, count), 1 / count)
    for _ in range(200):
        expected = 1 / (1 + np.exp(rating[:, None, :] - rating[:, :, None]))
        gradient = (points - games * expected).sum(2)
        weight = games * expected * (1 - expected)
        information = np.eye(count) * weight.sum(2)[:, :, None] - weight
        # The likelihood fixes differences only; the added term fixes the mean at 0.
        step = np.linalg.solve(information + centring, gradient[:, :, None])[:, :, 0]
        rating = rating + np.clip(step, -1, 1)
        if np.abs(step).max() < precision:
            break
    centred: NDArray[np.float64] = rating - rating.mean(1, keepdims=True)
    return centred


def _connected(met: NDArray[np.bool_]) -> bool:
    reached = np.zeros(len(met), dtype=bool)
    reached[0] = True
    for _ in range(len(met)):
        reached |= met[reached].any(0)
    return bool(reached.all())
