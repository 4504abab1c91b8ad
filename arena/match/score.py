"""Match scores, and the difference in strength that they imply."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

FEWEST_OPENINGS = 10  # distinct openings below which no interval is given
DRAWS = 4000  # of the bootstrap
ELO_PER_LOGIT = 400 / math.log(10)


@dataclass(frozen=True, slots=True)
class Score:
    """Wins, draws and losses, seen by one side; `-score` is the other side's view."""

    wins: int = 0
    draws: int = 0
    losses: int = 0

    def __add__(self, other: Self) -> Score:
        return Score(self.wins + other.wins, self.draws + other.draws, self.losses + other.losses)

    def __neg__(self) -> Score:
        return Score(self.losses, self.draws, self.wins)

    def __str__(self) -> str:
        return f"+{self.wins} ={self.draws} -{self.losses}"

    @property
    def games(self) -> int:
        return self.wins + self.draws + self.losses

    @property
    def rate(self) -> float:
        """Points a game, in [0, 1]: a win is 1, a draw 1/2."""
        return (self.wins + self.draws / 2) / self.games


@dataclass(frozen=True, slots=True)
class EloDifference:
    """How much stronger one side is, in Elo, with a 95 % interval and the likelihood that it is stronger at all.

    low, high and superiority are None where fewer than FEWEST_OPENINGS distinct openings were played.
    """

    difference: float
    low: float | None
    high: float | None
    superiority: float | None

    def __neg__(self) -> EloDifference:
        """The other side's view."""
        if self.low is None or self.high is None or self.superiority is None:
            return EloDifference(-self.difference, None, None, None)
        return EloDifference(-self.difference, -self.high, -self.low, 1 - self.superiority)


def elo(rate: float) -> float:
    """The Elo difference at which a player is expected to score `rate`, in (0, 1); 0.75 gives 190.8."""
    return ELO_PER_LOGIT * math.log(rate / (1 - rate))


def elo_difference(pair_scores: ArrayLike, opening: ArrayLike | None = None, draws: int = DRAWS) -> EloDifference:
    """The Elo difference that P pairs of games show; `pair_scores` `[P]` are points a game, 0 to 1.

    The two games of a pair share an opening, and pairs from one opening may be copies of each other: the opening is the
    unit of chance. `opening` `[P]` tells which one each pair was played from; without it all differ. One virtual
    opening, half won and half lost, keeps a clean sweep finite.

    The interval is a Bayesian bootstrap (D. B. Rubin, Annals of Statistics 1981) over openings: each draw weighs every
    opening at random, exponentially, and the two halves of the virtual one by a gamma distribution of shape 1/2. After
    a clean sweep that is Jeffreys' interval for a proportion. The seed is fixed: the same games give the same interval.
    """
    scores = np.asarray(pair_scores, dtype=np.float64)
    if scores.size == 0:
        raise ValueError("no pair of games was played")
    if opening is not None:
        _, number = np.unique(np.asarray(opening), return_inverse=True)
        scores = np.bincount(number, scores) / np.bincount(number)
    rate = (float(scores.sum()) + 0.5) / (scores.size + 1)
    if rate < 0.5:
        return -elo_difference(1 - scores, draws=draws)
    difference = elo(rate)
    if scores.size < FEWEST_OPENINGS:
        return EloDifference(difference, None, None, None)
    rng = np.random.default_rng(0)
    # Openings of one score are drawn together: exponential weights add up to a gamma weight.
    values, counts = np.unique(scores, return_counts=True)
    weights = rng.standard_gamma([0.5, 0.5, *counts.tolist()], (draws, 2 + len(values)))
    rates = weights @ np.array([0.0, 1.0, *values.tolist()]) / weights.sum(1)
    low, high = (elo(bound) for bound in np.quantile(rates, [0.025, 0.975]).tolist())
    return EloDifference(difference, low, high, float((rates > 0.5).mean()))


def no_interval(distinct: int, pairs: int) -> str:
    """Why there is no interval with so few distinct openings in this many pairs of games, and what to do about it."""
    more = "--games" if distinct >= pairs else "--opening-plies"
    return f"too few distinct openings for an interval ({distinct}): ask for more {more}"
