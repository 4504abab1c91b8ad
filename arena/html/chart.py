"""The content of a line chart as plain numbers; charts.py computes the geometry."""

from __future__ import annotations

from dataclasses import dataclass, field

AXES = ("seconds", "games", "moves")
RANDOM = -1  # the look of a random mover


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart.

    key:       what hides it: all lines of one key, in all charts, go together.
    look:      number of its colour, dash and marker.
    x:         by axis, as many numbers as `y` has.
    low, high: 95 % intervals; empty where there are none.
    """

    key: str
    label: str
    look: int
    x: dict[str, list[float]]
    y: list[float]
    low: list[float | None] = field(default_factory=list)
    high: list[float | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one or more x axes. `form` of the y values: "percent", "count" or "number"."""

    name: str
    title: str
    y_label: str
    form: str
    series: list[Series]
    axes: tuple[str, ...] = AXES
    note: str = ""
    every_point: bool = False  # each has a marker, for there are few
