"""Scores of matches, and what they say about the difference in strength."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

Z95 = 1.959964  # 95 % of a normal distribution lie within this many standard deviations
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
    """How much stronger one side is, in Elo, with a 95 % interval and the likelihood that it is stronger at all."""

    difference: float
    low: float
    high: float
    superiority: float


def elo(rate: float) -> float:
    """The Elo difference at which a player is expected to score `rate`, in (0, 1); 0.75 gives 190.8."""
    return ELO_PER_LOGIT * math.log(rate / (1 - rate))


def elo_difference(pair_scores: ArrayLike, distinct: float = 1.0) -> EloDifference:
    """The Elo difference that P pairs of games show; `pair_scores` `[P]` are points a game, 0 to 1.

    The two games of a pair share an opening, so the pair is the unit of chance (the pentanomial model of fastchess).
    One virtual pair, half won and half lost, keeps a clean sweep finite; the interval is normal on the logit scale.
    `distinct` is the share of games that are no repetition: repeated games are no evidence.
    """
    scores = np.asarray(pair_scores, dtype=np.float64)
    if scores.size == 0:
        raise ValueError("no pair of games was played")
    count = scores.size + 1
    mean = float(scores.sum() + 0.5) / count
    squares = float(((scores - mean) ** 2).sum()) + 0.5 * mean**2 + 0.5 * (1 - mean) ** 2
    error = math.sqrt(squares / count / (count * distinct))
    logit_error = error / (mean * (1 - mean))
    centre = elo(mean)
    half = Z95 * logit_error * ELO_PER_LOGIT
    superiority = 0.5 * (1 + math.erf((mean - 0.5) / error / math.sqrt(2)))
    return EloDifference(centre, centre - half, centre + half, superiority)
