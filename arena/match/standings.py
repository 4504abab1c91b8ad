"""The result of a tournament: ratings, scores and the cross-table."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arena.match.ratings import Rating, bradley_terry
from arena.match.score import FEWEST_OPENINGS, Score, no_interval


@dataclass(frozen=True, slots=True)
class Standings:
    """Ratings, and scores[i][j] of player i against player j; first_seat is the score of whoever moved first.

    pairs:             of games in each pairing.
    distinct_openings: how many different openings these pairs had.
    """

    names: list[str]
    ratings: list[Rating]
    scores: list[list[Score]]
    first_seat: Score
    pairs: int
    distinct_games: int
    distinct_openings: int

    def order(self) -> list[int]:
        """Players from the strongest to the weakest."""
        return sorted(range(len(self.names)), key=lambda i: -self.ratings[i].elo)

    def total(self, player: int) -> Score:
        return sum(self.scores[player], Score())

    def as_dict(self) -> dict[str, Any]:
        rows = [
            {
                "name": self.names[i],
                **dataclasses.asdict(self.ratings[i]),
                "margin": self.ratings[i].margin,
                **dataclasses.asdict(self.total(i)),
                "against": {self.names[j]: dataclasses.asdict(self.scores[i][j]) for j in self.order() if j != i},
            }
            for i in self.order()
        ]
        return {
            "players": rows,
            "games": self.first_seat.games,
            "distinct_games": self.distinct_games,
            "distinct_openings": self.distinct_openings,
        }

    def table(self) -> str:
        """Rank, rating, score and the cross-table of points in per cent, strongest first."""
        order = self.order()
        width = max(len("player"), *(len(name) for name in self.names))
        columns = "".join(f"{k:>7}" for k in range(1, len(order) + 1))
        lines = [f"  # {'player':<{width}} {'Elo':>6} {'95 %':>14} {'games':>6} {'score':>7} {columns}"]
        for rank, i in enumerate(order, start=1):
            total, rating = self.total(i), self.ratings[i]
            known = rating.low is not None and rating.high is not None
            interval = f"{rating.low:+.0f} to {rating.high:+.0f}" if known else "-"
            cells = "".join("      -" if i == j else f"{100 * self.scores[i][j].rate:>7.1f}" for j in order)
            lines.append(
                f"{rank:>3} {self.names[i]:<{width}} {rating.elo:>+6.0f} {interval:>14} "
                f"{total.games:>6} {100 * total.rate:>6.1f}% {cells}"
            )
        games = self.first_seat.games
        lines.append(
            f"{games} games, {self.distinct_games} distinct; whoever moved first scored "
            f"{100 * self.first_seat.rate:.1f} % ({self.first_seat}); Elo is relative to the mean"
        )
        if self.distinct_openings < FEWEST_OPENINGS:
            lines.append(no_interval(self.distinct_openings, self.pairs))
        return "\n".join(lines)


def standings(names: Sequence[str], games: ArrayLike, opening: ArrayLike, distinct_games: int) -> Standings:
    """The standings after `games` `[G, 4]`: first and second player (places in `names`), pair and result.

    `opening` `[N]` tells from which opening the games of each of the N pairs were played: pairs of one opening are
    averaged. The result is the first player's: 1, 0 or -1.
    """
    count = len(names)
    first, second, pair, result = np.asarray(games, dtype=np.int64).reshape(-1, 4).T
    counted = np.zeros((3, count, count), dtype=np.int64)
    np.add.at(counted, (1 - result, first, second), 1)
    seen = counted + counted[::-1].transpose(0, 2, 1)
    scores = [[Score(*seen[:, i, j].tolist()) for j in range(count)] for i in range(count)]
    number = np.unique(np.asarray(opening), return_inverse=True)[1]
    distinct = int(number.max()) + 1
    points: NDArray[np.float32] = np.zeros((distinct, count, count), dtype=np.float32)
    np.add.at(points, (number[pair], first, second), (1 + result) / 2)
    np.add.at(points, (number[pair], second, first), (1 - result) / 2)
    met = points + points.transpose(0, 2, 1)
    points *= 2 / np.maximum(met, 1)
    return Standings(
        list(names),
        bradley_terry(points),
        scores,
        Score(*counted.sum((1, 2)).tolist()),
        len(number),
        distinct_games,
        distinct,
    )
