"""What is drawn over time, games and moves, as plain numbers: strength, loss, speed and whatever else there is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from agent.run.strength import MISTAKES, SCORE
from arena.html.chart import AXES, Chart, Series
from arena.report.reading import Run, number
from arena.report.strength import measurements

MOST_POINTS = 160  # points per line; more could not be told apart
# key of a metrics line: title, what the y axis says, how its numbers are written
_KNOWN = {
    "loss": ("Loss", "loss", "number"),
    "moves_per_second": ("Speed", "moves learned a second", "count"),
    "step_size": ("Step size", "step size", "number"),
    "spread": ("Spread of the ensemble", "spread between the members", "number"),
    "watched": ("Error that early stopping watches", "error", "percent"),
    "mean_length": ("Length of the games", "plies a game", "number"),
    "exploratory": ("Moves that were not greedy", "share of the moves", "percent"),
}
# Kinds of strength numbers: title of the chart, what its y axis says.
_TITLES = {
    SCORE: ("Score against opponents", "score"),
    MISTAKES: ("Mistakes against perfect play", "mistakes"),
    "": ("Other strength numbers", "strength"),
}
_NOT_CURVES = {"generation", "moves", "planned", "games", "steps", "seconds", "strength"}


def run_key(number: int) -> str:
    """The key of all lines of a run, where several are compared."""
    return f"run-{number}"


def strength_charts(runs: Sequence[Run]) -> list[Chart]:
    """One run: all scores in one chart, all mistakes in another. Several: a chart for each number."""
    strengths = [_strength_of(run) for run in runs]
    if len(runs) == 1:
        return _charts_of_one(strengths[0])
    charts = []
    for place, name in enumerate(dict.fromkeys(name for strength in strengths for name in strength)):
        lines = [
            dataclasses.replace(strength[name], key=run_key(look), label=run.label, look=look)
            for look, (run, strength) in enumerate(zip(runs, strengths, strict=True))
            if name in strength
        ]
        y_label = _TITLES[_kind(name)][1]
        charts.append(Chart(f"strength-{place}", _title(name), y_label, "percent", lines, every_point=True))
    return charts


def _charts_of_one(strength: dict[str, Series]) -> list[Chart]:
    charts = []
    for place, kind in enumerate(dict.fromkeys(map(_kind, strength))):
        names = [name for name in strength if _kind(name) == kind]
        lines = [
            dataclasses.replace(
                strength[name], key=f"strength-{place}-{look}", label=name.removeprefix(kind), look=look
            )
            for look, name in enumerate(names)
        ]
        title, y_label = _TITLES[kind]
        charts.append(Chart(f"strength-{place}", title, y_label, "percent", lines, every_point=True))
    return charts


def learning_charts(runs: Sequence[Run]) -> list[Chart]:
    """A chart for each number of the metrics lines that is worth one; those this module does not know come last."""
    present = dict.fromkeys(key for run in runs for line in run.lines for key in line)
    keys = [key for key in _KNOWN if key in present]
    keys += [key for key in present if key not in _KNOWN and key not in _NOT_CURVES and not key.startswith("share_")]
    charts = []
    for place, key in enumerate(keys):
        series = [
            Series(run_key(look), run.label, look, x, y)
            for look, run in enumerate(runs)
            for x, y in [_curve(run, key)]
            if y
        ]
        if series:
            title, y_label, form = _KNOWN.get(key, (key, key, "number"))
            charts.append(Chart(f"learning-{place}", title, y_label, form, series))
    return charts


def time_shares(run: Run) -> dict[str, float]:
    """Seconds spent on each part of the work (the keys `share_...`), over the whole run."""
    total: dict[str, float] = {}
    before = 0.0
    for line in run.lines:
        spent, before = max(line["seconds"] - before, 0.0), line["seconds"]
        for key, value in line.items():
            if key.startswith("share_") and (share := number(value)) is not None:
                part = key.removeprefix("share_").replace("_", "-")
                total[part] = total.get(part, 0.0) + share * spent
    return total


def _strength_of(run: Run) -> dict[str, Series]:
    found: dict[str, Series] = {}
    for line, strength in measurements(run):
        for name, evidence in strength.items():
            series = found.setdefault(name, Series("", "", 0, {axis: [] for axis in AXES}, []))
            low, high = evidence.interval or (None, None)
            for axis in AXES:
                series.x[axis].append(line[axis])
            series.y.append(evidence.value)
            series.low.append(low)
            series.high.append(high)
    return found


def _curve(run: Run, key: str) -> tuple[dict[str, list[float]], list[float]]:
    """The values of one key over the axes, in means of neighbours where there are more than MOST_POINTS."""
    points = [(line, value) for line in run.lines if (value := number(line.get(key))) is not None]
    size = -(-len(points) // MOST_POINTS) or 1
    groups = [points[start : start + size] for start in range(0, len(points), size)]
    x = {axis: list(_means([[line[axis] for line, _ in group] for group in groups])) for axis in AXES}
    return x, list(_means([[value for _, value in group] for group in groups]))


def _means(groups: Sequence[Sequence[float]]) -> Iterator[float]:
    for group in groups:
        yield sum(group) / len(group)


def _kind(name: str) -> str:
    """Which of _TITLES a strength number belongs to."""
    return next(kind for kind in _TITLES if name.startswith(kind))


def _title(name: str) -> str:
    return name[:1].upper() + name[1:]
