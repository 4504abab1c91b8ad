"""The result of a tournament: ratings, scores and the cross-table."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from arena.match.rating.cycles import cycles
from arena.match.rating.games import GameResults, by_group
from arena.match.rating.ratings import Rating, rated
from arena.match.score import FEWEST_OPENINGS, Score, no_interval

_MOST_COLUMNS = 16  # of a cross-table in the terminal
_MOST_CYCLES = 5  # told in words


@dataclass(frozen=True, slots=True)
class Standings:
    """Ratings, and what each of P players scored.

    scores:        scores[i][j] of player i against player j; without games where they did not meet.
    by_seat:       of each player, moving first and moving second.
    pentanomial:   of each player, the pairs of games with 0, 1/2, 1, 3/2 and 2 points.
    first_seat:    the score of whoever moved first; `seat` is what that is worth in Elo.
    draws:         the share of draws between equals, as the model of the ratings has it.
    pairs:         of games in each pairing.
    openings:      how many different ones these pairs had.
    groups:        of names that games connect; ratings compare within a group only.
    ranking:       players from the strongest to the weakest, group by group.
    superior:      the chance that each in `ranking` is stronger than the next; None where it is not known.
    cycles:        players a, b, c of whom a beats b, b beats c and c beats a, each significantly.
    anchor:        whose rating was given, by name.
    """

    names: list[str]
    ratings: list[Rating]
    scores: list[list[Score]]
    by_seat: list[tuple[Score, Score]]
    pentanomial: list[list[int]]
    first_seat: Score
    seat: Rating
    draws: float
    pairs: int
    distinct_games: int
    distinct_openings: int
    groups: list[list[str]]
    ranking: list[int]
    superior: list[float | None]
    cycles: list[tuple[int, int, int]]
    anchor: str | None = None

    def order(self) -> list[int]:
        """Players from the strongest to the weakest."""
        return self.ranking

    def total(self, player: int) -> Score:
        first, second = self.by_seat[player]
        return first + second

    def chance_over_next(self, player: int) -> float | None:
        """The chance that a player is stronger than the next in the ranking; None for the last, or if unknown."""
        place = self.ranking.index(player)
        return self.superior[place] if place < len(self.superior) else None

    def as_dict(self) -> dict[str, Any]:
        rows = [
            {
                "name": self.names[i],
                **dataclasses.asdict(self.ratings[i]),
                "margin": self.ratings[i].margin,
                "superior_to_next": self.chance_over_next(i),
                **dataclasses.asdict(self.total(i)),
                "first": dataclasses.asdict(self.by_seat[i][0]),
                "second": dataclasses.asdict(self.by_seat[i][1]),
                "pentanomial": self.pentanomial[i],
                "against": {
                    self.names[j]: dataclasses.asdict(self.scores[i][j])
                    for j in self.order()
                    if self.scores[i][j].games
                },
            }
            for i in self.order()
        ]
        return {
            "players": rows,
            "anchor": self.anchor,
            "games": self.first_seat.games,
            "distinct_games": self.distinct_games,
            "distinct_openings": self.distinct_openings,
            "first_seat": dataclasses.asdict(self.first_seat) | {"elo": dataclasses.asdict(self.seat)},
            "draws_between_equals": self.draws,
            "groups": self.groups,
            "cycles": [[self.names[player] for player in cycle] for cycle in self.cycles],
        }

    def csv(self) -> str:
        """One line a player, strongest first, with a header; points against the others in the last columns."""
        order = self.order()
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        own = ("rank", "player", "group", "elo", "low", "high", "error", "superior_to_next", "games", "rate")
        counts = (
            "wins",
            "draws",
            "losses",
            "first_rate",
            "second_rate",
            "ptnml0",
            "ptnml1",
            "ptnml2",
            "ptnml3",
            "ptnml4",
        )
        writer.writerow([*own, *counts, *(f"against {self.names[j]}" for j in order)])
        group = {name: number for number, names in enumerate(self.groups, start=1) for name in names}
        for rank, i in enumerate(order, start=1):
            one, total = self.ratings[i], self.total(i)
            rates = [score.rate if score.games else None for score in (total, *self.by_seat[i])]
            cells = [score.rate if (score := self.scores[i][j]).games else None for j in order]
            numbers = [one.elo, one.low, one.high, one.error, self.chance_over_next(i)]
            results = [total.games, rates[0], total.wins, total.draws, total.losses, *rates[1:]]
            row = [rank, self.names[i], group[self.names[i]], *numbers, *results, *self.pentanomial[i], *cells]
            writer.writerow([f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row])
        return text.getvalue()

    def table(self) -> str:
        """Rank, rating and score, strongest first; the cross-table of points in per cent; and remarks."""
        order = self.order()
        width = max(len("player"), *(len(name) for name in self.names))
        scores = [str(self.total(i)) for i in order]
        wide = max(len(score) for score in scores)
        lines = [
            f"  # {'player':<{width}} {'Elo':>6} {'95 %':>14} {'> next':>7} {'games':>7} {'score':>7}  "
            f"{'':<{wide}} {'first':>6} {'second':>7}"
        ]
        for rank, (i, score) in enumerate(zip(order, scores, strict=True), start=1):
            rating, next_one = self.ratings[i], self.chance_over_next(i)
            known = rating.low is not None and rating.high is not None
            interval = f"{rating.low:+.0f} to {rating.high:+.0f}" if known else "-"
            over = "-" if next_one is None else _chance(next_one)
            first, second = (_percent(one) for one in self.by_seat[i])
            lines.append(
                f"{rank:>3} {self.names[i]:<{width}} {rating.elo:>+6.0f} {interval:>14} {over:>7} "
                f"{self.total(i).games:>7,} {_percent(self.total(i)):>6}%  {score:<{wide}} {first:>6} {second:>7}"
            )
        if len(order) <= _MOST_COLUMNS:
            lines += ["", *self._cross_table(width)]
        return "\n".join([*lines, "", *self._remarks()])

    def _cross_table(self, width: int) -> list[str]:
        order = self.order()
        head = "".join(f"{k:>7}" for k in range(1, len(order) + 1))
        lines = [f"  # {'% against':<{width}}{head}"]
        for rank, i in enumerate(order, start=1):
            cells = "".join(f"{_percent(self.scores[i][j]):>7}" for j in order)
            lines.append(f"{rank:>3} {self.names[i]:<{width}}{cells}")
        return lines

    def _remarks(self) -> list[str]:
        games, seat = self.first_seat.games, self.seat
        span = f" ({seat.low:+.0f} to {seat.high:+.0f})" if seat.low is not None and seat.high is not None else ""
        mean = f"to {self.anchor}" if self.anchor else "to the mean"
        found = [
            f"{games:,} games, {self.distinct_games:,} distinct; whoever moved first scored "
            f"{_percent(self.first_seat)} % ({self.first_seat}), which is worth {seat.elo:+.0f} Elo{span}; "
            f"{100 * self.draws:.0f} % draws between equals; Elo is relative {mean}"
        ]
        if len(self.groups) > 1:
            sets = ", ".join("{" + ", ".join(names) + "}" for names in self.groups)
            found.append(f"no games connect {sets}: ratings compare only within each of them")
        for a, b, c in self.cycles[:_MOST_CYCLES]:
            names = [self.names[player] for player in (a, b, c, a)]
            found.append(f"a cycle, each score significant: {' > '.join(names)}")
        if len(self.cycles) > _MOST_CYCLES:
            found.append(f"and {len(self.cycles) - _MOST_CYCLES} more cycles (--json names all)")
        if self.distinct_openings < FEWEST_OPENINGS:
            found.append(no_interval(self.distinct_openings, self.pairs))
        return found


def standings(
    names: Sequence[str],
    games: GameResults,
    pairs: int,
    distinct_games: int,
    anchor: tuple[str, float] | None = None,
) -> Standings:
    """The standings after these games; players by their places in `names`, `pairs` of games in each pairing.

    anchor: one of the names, and the Elo it is given.
    """
    ratings = rated(games, None if anchor is None else (list(names).index(anchor[0]), anchor[1]))
    counted, pair_scores = games.counts(), games.pair_scores()
    seen = (counted + counted[::-1].transpose(0, 2, 1)).transpose(1, 2, 0).tolist()
    first, second = counted.sum(2).T.tolist(), counted[::-1].sum(1).T.tolist()
    return Standings(
        names=list(names),
        ratings=ratings.players,
        scores=[[Score(*cell) for cell in row] for row in seen],
        by_seat=[(Score(*one), Score(*other)) for one, other in zip(first, second, strict=True)],
        pentanomial=pair_scores.pentanomials().tolist(),
        first_seat=Score(*counted.sum((1, 2)).tolist()),
        seat=ratings.seat,
        draws=ratings.draws,
        pairs=pairs,
        distinct_games=distinct_games,
        distinct_openings=games.distinct_openings,
        groups=by_group(names, ratings.group),
        ranking=ratings.order,
        superior=ratings.superior,
        cycles=cycles(pair_scores),
        anchor=None if anchor is None else anchor[0],
    )


def _percent(score: Score) -> str:
    return f"{100 * score.rate:.1f}" if score.games else "-"


def _chance(chance: float) -> str:
    """In per cent, and never quite certain: a bootstrap has so many draws only."""
    return "> 99 %" if chance > 0.99 else "< 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"
