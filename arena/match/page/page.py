"""A tournament as one self-contained HTML page in the style of `qzero report`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from arena.html.boards import shape_of
from arena.html.chart import Chart, Series
from arena.html.environment import render
from arena.match.page.replays import replays
from arena.match.rating.standings import Standings
from arena.match.records.read import Record
from game.core import AnyGame

MOST_GAMES = 400  # on the page
_WIDTH = 240  # of the bars of ratings, in units of their view box
_CHECKPOINT = re.compile(r"(.+)/checkpoints/(\d+)\.safetensors(@.*)?")


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a rating and its interval lie; None where it has none."""

    at: float
    low: float | None
    high: float | None


def page(game: AnyGame, standings: Standings, records: Sequence[Record]) -> str:
    """The page as text. records: the games of the tournament, of which the first openings are shown."""
    shown = _first_openings(records)
    shape = shape_of(game)
    sections = {"overview": "Overview", "ratings": "Ratings", "cross": "Cross-table"}
    chart = _over_training(standings)
    if chart is not None:
        sections["training"] = "Over training"
    bars, zero = _bars(standings)
    return render(
        "tournament.html",
        ["page.css", "tournament.css"],
        "tournament.js",
        command="tournament",
        kind="standings",
        sections=sections | {"games": "Games"},
        qzero=metadata.version("qzero"),
        game=game.name,
        standings=standings,
        bars=bars,
        zero=zero,
        width=_WIDTH,
        chart=chart,
        shape=shape,
        shown=shown,
        left_out=len(records) - len(shown),
        data={
            "middles": [[round(x, 1), round(y, 1)] for x, y in shape.middles],
            "games": replays(game, shown),
        },
    )


def _first_openings(records: Sequence[Record]) -> list[Record]:
    """As many games of every pairing, from the first openings on, as the page has room for."""
    openings = sorted({one.row.opening for one in records})
    shown = list(records)
    while len(shown) > MOST_GAMES and len(openings) > 1:
        openings = openings[: len(openings) * MOST_GAMES // len(shown) or 1]
        last = openings[-1]
        shown = [one for one in shown if one.row.opening <= last]
    return shown[:MOST_GAMES]


def _bars(standings: Standings) -> tuple[list[Bar], float]:
    """A bar for each player, and where Elo 0 lies."""
    values = [0.0]
    for one in standings.ratings:
        values += [value for value in (one.elo, one.low, one.high) if value is not None]
    low, span = min(values), (max(values) - min(values)) or 1.0

    def place(value: float) -> float:
        return 6 + (value - low) / span * (_WIDTH - 12)

    bars = [
        Bar(place(one.elo), None if one.low is None else place(one.low), None if one.high is None else place(one.high))
        for one in standings.ratings
    ]
    return bars, place(0.0)


def _over_training(standings: Standings) -> Chart | None:
    """The ratings of the checkpoints that runs kept, over the moves that they had learned from."""
    runs: dict[str, list[tuple[int, int]]] = {}
    for player, name in enumerate(standings.names):
        if match := _CHECKPOINT.fullmatch(Path(name.partition("@")[0]).as_posix() + "".join(name.partition("@")[1:])):
            runs.setdefault(match[1] + (match[3] or ""), []).append((int(match[2]), player))
    series = []
    for look, (run, kept) in enumerate(runs.items()):
        moves, players = zip(*sorted(kept), strict=True)
        ratings = [standings.ratings[player] for player in players]
        x = {"moves": [float(count) for count in moves]}
        y, low, high = [one.elo for one in ratings], [one.low for one in ratings], [one.high for one in ratings]
        series.append(Series(run, run, look, x, y, low, high))
    if not series:
        return None
    return Chart("training", "Elo over training", "Elo", "number", series, axes=("moves",), every_point=True)
