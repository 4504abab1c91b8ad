"""The generalised sequential probability ratio test on pairs of games.

A pair of games from one opening with seats swapped scores 0, 1/4, 1/2, 3/4 or 1 point a game. The five counts are taken
for independent draws from an unknown distribution on these scores. H0 says that its mean is what a player `elo0`
stronger scores, H1 the same of `elo1`; the log-likelihood ratio (LLR) compares the most likely distribution of either
mean. The test stops where the LLR leaves Wald's bounds (A. Wald, Annals of Mathematical Statistics 1945).

The test with maximised likelihoods: X. Li, J. Liu, Z. Ying, Sequential Analysis 2014. On pairs of games: M. Van den
Bergh, http://hardy.uhasselt.be/Fishtest/. The most likely distribution of given mean: A. B. Owen, Empirical Likelihood,
2001, section 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from game.errors import UsageError

Decision = Literal["H0", "H1"]
POINTS = np.arange(5) / 4  # points a game of a pair, by outcome
_ABSENT = 1e-3  # pairs counted of an outcome that was not seen, as fishtest does: no outcome is ruled out
_STEPS = 100
_PRECISION = 1e-10


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """H0: the first player is `elo0` Elo stronger. H1: it is `elo1` stronger. Raises UsageError if they make no sense.

    alpha: the chance to accept H1 where H0 is true. beta: the chance to accept H0 where H1 is true.
    """

    elo0: float = 0.0
    elo1: float = 20.0
    alpha: float = 0.05
    beta: float = 0.05

    def __post_init__(self) -> None:
        if not -2000 <= self.elo0 < self.elo1 <= 2000:
            raise UsageError(
                f"--elo0 {self.elo0:g} and --elo1 {self.elo1:g}: expected elo0 below elo1, both from -2000 to 2000"
            )
        if not (0 < self.alpha < 1 and 0 < self.beta < 1 and self.alpha + self.beta < 1):
            raise UsageError(
                f"--alpha {self.alpha:g} and --beta {self.beta:g}: expected two chances above 0 that add up to "
                "less than 1"
            )

    @property
    def lower(self) -> float:
        """The LLR at which H0 is accepted."""
        return math.log(self.beta / (1 - self.alpha))

    @property
    def upper(self) -> float:
        """The LLR at which H1 is accepted."""
        return math.log((1 - self.beta) / self.alpha)

    def llr(self, pentanomial: ArrayLike) -> NDArray[np.float64]:
        """The LLR of H1 against H0 after `pentanomial` `[..., 5]` pairs of each outcome, worst first: `[...]`."""
        counts = np.asarray(pentanomial, dtype=np.float64)
        counts = np.where(counts == 0, _ABSENT, counts)
        share = counts / counts.sum(-1, keepdims=True)
        # An outcome's chance under a mean s is its share / (1 + t * (points - s)).
        log0, log1 = (np.log1p(_tilt(share, score) * (POINTS - score)) for score in map(_score, (self.elo0, self.elo1)))
        found: NDArray[np.float64] = (counts * (log0 - log1)).sum(-1)
        return found

    def walk(self, pair_scores: ArrayLike) -> NDArray[np.float64]:
        """The LLR after each pair: `[..., N]` from `pair_scores` `[..., N]`, points a game."""
        outcome = np.rint(4 * np.asarray(pair_scores, dtype=np.float64)).astype(np.int64)
        return self.llr(np.cumsum(np.eye(5)[outcome], -2))

    def decided(self, walk: NDArray[np.float64]) -> tuple[int, Decision] | None:
        """After how many pairs a walk `[N]` first leaves the bounds, and what is accepted there; None if it stays."""
        left = np.flatnonzero((walk <= self.lower) | (walk >= self.upper))
        if not left.size:
            return None
        return int(left[0]) + 1, "H1" if walk[left[0]] >= self.upper else "H0"


def _score(elo: float) -> float:
    return float(1 / (1 + 10 ** (-elo / 400)))


def _tilt(share: NDArray[np.float64], score: float) -> NDArray[np.float64]:
    """t `[..., 1]` with sum(share * d / (1 + t * d)) = 0, d the points above `score`: by Newton, kept in a bracket."""
    above = POINTS - score
    low = np.full((*share.shape[:-1], 1), -1 / above[-1])
    high = np.full_like(low, -1 / above[0])
    tilt = np.zeros_like(low)
    for _ in range(_STEPS):
        term = above / (1 + tilt * above)
        value = (share * term).sum(-1, keepdims=True)
        low, high = np.where(value > 0, tilt, low), np.where(value > 0, high, tilt)
        step = value / (share * term**2).sum(-1, keepdims=True)
        new = tilt + step
        new = np.where((new > low) & (new < high), new, (low + high) / 2)
        moved = np.abs(new - tilt).max()
        tilt = new
        if moved < _PRECISION:
            break
    return tilt
