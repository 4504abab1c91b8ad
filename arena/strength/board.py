"""The rows of the scoreboard: each measure as the mean over seeds, beside every seed and what fixed players reach."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from agent.stats import Mean, mean_of, wilson
from arena.match.score import Score
from arena.strength.ladder import EXACT, RAW
from arena.strength.measures import Games, Measures, Mistakes
from arena.strength.speed import Speed
from arena.truth.grading import Grade, set_title

AGAINST_PERFECT, FROM_OPENINGS = "Games against perfect play", "Games from random openings"
# Title, whether they are against the perfect player, and who plays.
KINDS_OF_GAMES = (
    (AGAINST_PERFECT, True, RAW),
    (AGAINST_PERFECT, True, EXACT),
    (FROM_OPENINGS, False, RAW),
    (FROM_OPENINGS, False, EXACT),
)


@dataclass(frozen=True, slots=True)
class Graded:
    """One checkpoint and all that was measured of it."""

    label: str
    folder: str
    record: dict[str, Any]
    measures: Measures
    speed: Speed | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One number with its 95 % interval, if chance is in it, and a remark such as wins, draws and losses."""

    value: float
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure. form: "percent" or "count". cells: of each seed; anchors: of fixed players, where known."""

    name: str
    form: str
    cells: list[Cell]
    anchors: list[Cell | None]

    @property
    def mean(self) -> Mean:
        """Over the seeds."""
        return mean_of([cell.value for cell in self.cells])


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    rows: list[Row]


def anchors(game: str) -> dict[str, Measures]:
    """What fixed players reach, by name: measured once by `python -m arena.strength.anchors`. Of most games nothing."""
    path = resources.files("arena").joinpath("data", f"{game}_anchors.json")
    if not path.is_file():
        return {}
    return {name: _measures(found) for name, found in json.loads(path.read_text(encoding="utf-8")).items()}


def player_of(play: str, search: str | None) -> str:
    """Who played, in words: RAW, or the search that stood in for it; or EXACT."""
    return f"a search of {search}" if search and play == RAW else play


def groups(graded: Sequence[Graded], fixed: Sequence[Measures], search: str | None = None) -> list[Group]:
    """All rows, in groups; `graded` holds at least one checkpoint.

    search: the budget of the search that stood in for raw Q, such as "nodes=1000".
    """
    first = graded[0].measures
    found = [
        Group(
            f"Mistakes, {set_title(one.positions)}, {player_of(one.play, search)}",
            list(_mistakes(place, one, [each.measures for each in graded], fixed)),
        )
        for place, one in enumerate(first.mistakes)
    ]
    for title, of_perfect, play in KINDS_OF_GAMES:
        rows = [
            Row(
                _games_name(one),
                "percent",
                [_games_cell(each.measures.games[place]) for each in graded],
                [_same_games(one, each) for each in fixed],
            )
            for place, one in enumerate(first.games)
            if (one.seat != "both") == of_perfect and one.play == play
        ]
        found += [Group(f"{title}, {player_of(play, search)}", rows)] if rows else []
    speeds = [each.speed for each in graded]
    known = [speed for speed in speeds if speed is not None]
    if len(known) == len(speeds):
        found.append(Group("Speed and where the time went", list(_speed(known, [None] * len(fixed)))))
    return found


def _mistakes(place: int, one: Mistakes, seeds: Sequence[Measures], fixed: Sequence[Measures]) -> Iterator[Row]:
    def row(name: str, grades: Sequence[Grade], other: Sequence[Grade]) -> Row:
        return Row(name, "percent", [_grade_cell(grade) for grade in grades], [Cell(grade.mistakes) for grade in other])

    for number, grade in enumerate(one.by_ply):
        name = f"plies {grade.plies[0]} to {grade.plies[1]}"
        by_ply = [[each.mistakes[place].by_ply[number] for each in some] for some in (seeds, fixed)]
        yield row(name, *by_ply)
    yield row("all", *([each.mistakes[place].overall for each in some] for some in (seeds, fixed)))


def _grade_cell(grade: Grade) -> Cell:
    low, high = wilson(min(grade.mistakes, 1.0), grade.positions)
    return Cell(grade.mistakes, low, high, f"{grade.positions:,} positions")


def _games_name(one: Games) -> str:
    if one.seat == "both":
        return f"points against {one.opponent}, both seats"
    return f"won moving {one.seat} against {one.opponent}"


def _games_cell(one: Games) -> Cell:
    return Cell(one.value, one.low, one.high, str(one.score))


def _same_games(one: Games, other: Measures) -> Cell | None:
    return next((_games_cell(g) for g in other.games if _same(g, one)), None)


def _same(one: Games, other: Games) -> bool:
    return (one.opponent, one.seat, one.play) == (other.opponent, other.seat, other.play)


def _speed(speeds: Sequence[Speed], none: list[Cell | None]) -> Iterator[Row]:
    yield Row("moves learned", "count", [Cell(speed.moves) for speed in speeds], none)
    yield Row("moves learned a second", "count", [Cell(speed.moves_per_second) for speed in speeds], none)
    for part in dict.fromkeys(part for speed in speeds for part in speed.seconds):
        shares = [speed.seconds.get(part, 0.0) / sum(speed.seconds.values()) for speed in speeds]
        yield Row(f"share of {part}", "percent", [Cell(share) for share in shares], none)


def _measures(found: dict[str, Any]) -> Measures:
    """The inverse of `dataclasses.asdict`."""

    def grade(one: dict[str, Any]) -> Grade:
        return Grade(**{**one, "plies": tuple(one["plies"])})

    mistakes = [
        Mistakes(one["positions"], one["play"], grade(one["overall"]), [grade(row) for row in one["by_ply"]])
        for one in found["mistakes"]
    ]
    return Measures(mistakes, [Games(**{**one, "score": Score(**one["score"])}) for one in found["games"]])
