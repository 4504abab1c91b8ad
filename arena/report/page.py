"""From a `Report` to one HTML page that needs nothing else: style, script, charts and data are all inside."""

from __future__ import annotations

from typing import Any

from arena.html import charts, scale
from arena.html.boards import BoardShape, place_values, shape_of
from arena.html.chart import Chart, Series
from arena.html.environment import render
from arena.report import graphs
from arena.report.collect import Report, RunData
from arena.report.mistakes import plies
from arena.report.samples import TEMPERATURE
from arena.truth.grading import set_title
from game.registry import make

_SECTIONS = {
    "overview": "Overview",
    "strength": "Strength",
    "learning": "Learning",
    "mistakes": "Mistakes",
    "values": "Q-values",
    "games": "Games",
    "settings": "Settings",
}
_DIGITS = 6  # of numbers in the embedded data


def page(report: Report) -> str:
    """The page as text."""
    shape = shape_of(make(report.game))
    return render(
        "page.html",
        ["page.css"],
        "page.js",
        command="report",
        kind="report",
        sections=_SECTIONS,
        qzero=report.qzero,
        report=report,
        several=len(report.runs) > 1,
        shape=shape,
        measured={run.label: {one.name: one for one in run.strength} for run in report.runs},
        strength_names=list(dict.fromkeys(one.name for run in report.runs for one in run.strength)),
        provenance_names=list(dict.fromkeys(name for run in report.runs for name in run.provenance)),
        temperature=TEMPERATURE,
        data=_data(report, shape),
        value_graph=graphs.value_graph,
        graph_size=graphs,
        place_values=place_values,
        set_title=set_title,
        plies=plies,
    )


def _data(report: Report, shape: BoardShape) -> dict[str, Any]:
    """What page.js needs to point at values and to show other plies."""
    every = [*report.strength_charts, *report.learning_charts, *report.mistake_charts]
    return {
        "charts": {chart.name: _chart_data(chart) for chart in every},
        "plot": _edges(charts.LEFT, charts.RIGHT, charts.TOP, charts.BOTTOM),
        "graph": _edges(graphs.LEFT, graphs.RIGHT, graphs.TOP, graphs.BOTTOM),
        "middles": [[_rounded(x), _rounded(y)] for x, y in shape.middles],
        "games": [game for run in report.runs for game in _games(run)],
    }


def _edges(left: float, right: float, top: float, bottom: float) -> dict[str, float]:
    return {"left": left, "right": right, "top": top, "bottom": bottom}


def _chart_data(chart: Chart) -> dict[str, Any]:
    return {"form": chart.form, "axes": chart.axes, "series": [_series_data(series) for series in chart.series]}


def _series_data(series: Series) -> dict[str, Any]:
    return {
        "key": series.key,
        "label": series.label,
        "x": {axis: [_rounded(value) for value in values] for axis, values in series.x.items()},
        "y": [_rounded(value) for value in series.y],
        "low": [None if value is None else _rounded(value) for value in series.low],
        "high": [None if value is None else _rounded(value) for value in series.high],
    }


def _games(run: RunData) -> list[dict[str, Any]]:
    return [
        {
            "start": game.start,
            "changes": game.changes,
            "landings": game.landings,
            "winning": game.winning,
            "moves": game.moves,
            "q": [scale.signed(q) for q in game.q],
            "random": game.opening_plies,
            "winner": game.winner,
        }
        for game in run.samples
    ]


def _rounded(value: float) -> float:
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short == int(short) else short
