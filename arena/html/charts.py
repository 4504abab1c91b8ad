"""Line charts as geometry: where every line, tick and marker of a `Chart` lies. charts.html only writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from arena.html.chart import RANDOM, Chart, Series
from arena.html.scale import short, ticks, time_unit, written

WIDTH, HEIGHT = 480, 280  # of the view box; the page scales it
LEFT, RIGHT, TOP, BOTTOM = 52, 468, 12, 236
MARKERS = ("circle", "square", "triangle", "diamond", "cross", "wedge", "plus")
LOOKS = 8  # number of colour and dash pairs in page.css
_SPARSE_MARKERS = 7  # on a line of many points
_X_LABELS = {"games": "games played", "moves": "moves learned", "ply": "ply"}
_FROM_ZERO = 0.6  # the y axis starts at 0 unless all values lie above this share of the largest


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with a marker, and what it says when pointed at."""

    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line: SVG paths of the line and of its intervals."""

    key: str
    label: str
    css: str
    marker: str
    path: str
    whiskers: str
    marks: list[Mark]


@dataclass(frozen=True, slots=True)
class View:
    """A chart over one x axis. Ticks are (place, text); `domain` is (x low, x high, y low, y high)."""

    axis: str
    x_label: str
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    lines: list[Line]
    domain: tuple[float, float, float, float]


def css_class(look: int) -> str:
    """The class of page.css that gives a line its colour and dash."""
    return "look-random" if look == RANDOM else f"look-{look % LOOKS}"


def marker(look: int) -> str:
    """The shape of a line's markers."""
    return "cross" if look == RANDOM else MARKERS[look % len(MARKERS)]


def views(chart: Chart) -> list[View]:
    """The chart over each of its axes."""
    return [_view(chart, axis) for axis in chart.axes]


def _view(chart: Chart, axis: str) -> View:
    low, high = _y_range(chart)
    largest = max(max(series.x[axis]) for series in chart.series)
    first = min(min(series.x[axis]) for series in chart.series) if axis == "ply" else 0.0
    x_low, x_high = (first - 0.5, largest + 0.5) if axis == "ply" else (0.0, largest or 1.0)
    domain = (x_low, x_high, low, high)
    unit, sign = time_unit(x_high) if axis == "seconds" else (1.0, "")
    x_ticks = ticks(x_low / unit, x_high / unit)
    if axis == "ply":
        x_ticks = [tick for tick in x_ticks if tick == int(tick)]
    return View(
        axis=axis,
        x_label=f"time of self-play and learning ({sign})" if axis == "seconds" else _X_LABELS[axis],
        x_ticks=[(_x(tick * unit, domain), f"{tick:g}" if unit > 1 else short(tick)) for tick in x_ticks],
        y_ticks=[(_y(tick, domain), _tick(tick, chart.form)) for tick in ticks(low, high)],
        lines=[_line(chart, series, axis, domain) for series in chart.series],
        domain=domain,
    )


def _line(chart: Chart, series: Series, axis: str, domain: tuple[float, float, float, float]) -> Line:
    x, y = [_x(value, domain) for value in series.x[axis]], [_y(value, domain) for value in series.y]
    whiskers = "".join(
        f"M{place:.1f} {_y(low, domain):.1f}V{_y(high, domain):.1f}"
        for place, low, high in zip(x, series.low, series.high, strict=False)
        if low is not None and high is not None
    )
    return Line(
        key=series.key,
        label=series.label,
        css=css_class(series.look),
        marker=marker(series.look),
        path="M" + "L".join(f"{right:.1f} {down:.1f}" for right, down in zip(x, y, strict=True)),
        whiskers=whiskers,
        marks=[Mark(x[place], y[place], _told(chart, series, place)) for place in _marked(chart, series)],
    )


def _marked(chart: Chart, series: Series) -> Iterator[int]:
    """Which points have a marker: all where there are few, some where lines must be told apart."""
    count = len(series.y)
    if chart.every_point or count == 1:
        yield from range(count)
    elif len(chart.series) > 1:
        step = max(count // _SPARSE_MARKERS, 1)
        yield from range(min(series.look * step // 3 % step, count - 1), count, step)


def _told(chart: Chart, series: Series, place: int) -> str:
    text = f"{series.label}: {written(series.y[place], chart.form)}"
    low, high = (bounds[place] if bounds else None for bounds in (series.low, series.high))
    if low is not None and high is not None:
        text += f" ({written(low, chart.form)} to {written(high, chart.form)})"
    return text


def _y_range(chart: Chart) -> tuple[float, float]:
    values = [value for series in chart.series for value in (*series.y, *series.low, *series.high) if value is not None]
    low, high = min(values), max(values)
    if 0 <= low <= _FROM_ZERO * high:
        low = 0.0
    room = 0.06 * ((high - low) or abs(high) or 1.0)
    top, bottom = high + room, low if low == 0 else low - room
    if chart.form == "percent":
        top, bottom = min(top, max(high, 1.0)), max(bottom, min(low, 0.0))
        return (bottom, top) if top - bottom >= 0.02 else (max(top - 0.02, 0.0), max(top, 0.02))
    return bottom, top


def _tick(value: float, form: str) -> str:
    if form == "percent":
        return f"{100 * value:.3g} %"
    return short(value) if form == "count" else f"{value:.4g}"


def _x(value: float, domain: tuple[float, float, float, float]) -> float:
    low, high = domain[:2]
    return LEFT + (value - low) / (high - low) * (RIGHT - LEFT)


def _y(value: float, domain: tuple[float, float, float, float]) -> float:
    low, high = domain[2:]
    return BOTTOM - (value - low) / (high - low) * (BOTTOM - TOP)
