"""The results of many games as arrays, counted in every way that tables need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
_FEW_CELLS = 8  # for each game


@dataclass(frozen=True, slots=True)
class GameResults:
    """G games between P players, in any order.

    first, second: `[G]` the players, 0 to P - 1.
    opening:       `[G]` games of one number began from the same position.
    pair:          `[G]` two games of the same players, pair and opposite seats belong together.
    result:        `[G]` the first player's: 1, 0 or -1.
    """

    players: int
    first: Ints
    second: Ints
    opening: Ints
    pair: Ints
    result: Ints

    @classmethod
    def of(cls, players: int, rows: ArrayLike, openings: ArrayLike | None = None) -> Self:
        """From rows (first, second, pair, result); `openings` gives the opening of each pair, else it is the pair."""
        first, second, pair, result = np.asarray(rows, dtype=np.int64).reshape(-1, 4).T
        opening = pair if openings is None else np.asarray(openings, dtype=np.int64)[pair]
        return cls(players, first, second, opening, pair, result)

    @property
    def distinct_openings(self) -> int:
        return len(np.unique(self.opening))

    def counts(self) -> Ints:
        """`[3, P, P]`: wins, draws and losses of the row's player moving first against the column's."""
        cell = ((1 - self.result) * self.players + self.first) * self.players + self.second
        counted = np.bincount(cell, minlength=3 * self.players**2).astype(np.int64)
        return counted.reshape(3, self.players, self.players)

    def pairings(self) -> tuple[Ints, Ints]:
        """The M ordered pairings that were played, each `first * P + second`, and `[G]` which of them each game is."""
        both = self.first * self.players + self.second
        played = np.flatnonzero(np.bincount(both, minlength=self.players**2))
        number = np.zeros(self.players**2, dtype=np.int64)
        number[played] = np.arange(len(played))
        return played, number[both]

    def weights(self) -> Floats:
        """`[G]`: one over the number of games of the same players in the same seats from the same opening.

        Copies of a game are no evidence: all of one opening count as one game.
        """
        played, pairing = self.pairings()
        cell = self.opening * len(played) + pairing
        if int(cell.max(initial=0)) < _FEW_CELLS * len(cell):  # no need to sort
            found: Floats = 1 / np.bincount(cell)[cell]
            return found
        _, cell, count = np.unique(cell, return_inverse=True, return_counts=True)
        return np.asarray(1 / count[cell])

    def pair_scores(self) -> PairScores:
        """Of every whole pair."""
        low, high = np.minimum(self.first, self.second), np.maximum(self.first, self.second)
        key = (low * self.players + high) * (int(self.pair.max(initial=0)) + 1) + self.pair
        order = np.argsort(2 * key + (self.first == high))
        same = key[order[:-1]] == key[order[1:]]
        whole, other = order[:-1][same], order[1:][same]  # of two games: the one that `low` begins, and the other
        scores = (self.result[whole] - self.result[other] + 2) / 4
        return PairScores(self.players, low[whole], high[whole], self.opening[whole], scores)


@dataclass(frozen=True, slots=True)
class PairScores:
    """N whole pairs of games: `low` and `high` `[N]` are the players, score `[N]` the points a game of `low`."""

    players: int
    low: Ints
    high: Ints
    opening: Ints
    score: Floats

    def pentanomials(self) -> Ints:
        """`[P, 5]`: the pairs of games in which each player scored 0, 1/2, 1, 3/2 and 2 points."""
        outcome = np.rint(4 * self.score).astype(np.int64)
        counted = np.bincount(5 * self.low + outcome, minlength=5 * self.players)
        counted += np.bincount(5 * self.high + 4 - outcome, minlength=5 * self.players)
        return counted.astype(np.int64).reshape(self.players, 5)


def groups_of(played: NDArray[np.bool_]) -> Ints:
    """`[P]`: the number of each player's group; players of one group are connected by games. played: `[P, P]`."""
    met = played | played.T | np.eye(len(played), dtype=bool)
    group = np.full(len(met), -1)
    for player in range(len(met)):
        if group[player] >= 0:
            continue
        reached = met[player]
        while (further := met[reached].any(0)).sum() > reached.sum():
            reached = further
        group[reached] = group.max() + 1
    return group


def by_group(names: Sequence[str], group: Ints) -> list[list[str]]:
    """The names in each group."""
    return [[name for name, one in zip(names, group, strict=True) if one == number] for number in range(max(group) + 1)]
