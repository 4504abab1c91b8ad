"""The results as a picture: a dot for each seed, the mean and its interval for each row, a panel a game."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.store.files import write_atomically
from arena.sweep.experiment import BASE, Experiment
from arena.sweep.objective import less_is_better
from arena.sweep.outcome.results import GameResult, Row, measured
from game.errors import QzeroError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Told apart by all eyes (Okabe and Ito), and the base by its mark as well.
_ROW, _BASE, _GREY = "#0072B2", "#D55E00", "#707070"
_BELOW = 0.27  # of a row: how far the seeds are from the mean, which would hide them
_COLUMNS = 3
_ROW_INCHES, _MARGIN_INCHES, _CAPTION_INCHES = 0.28, 1.0, 0.25
_PANEL_INCHES, _ONLY_PANEL_INCHES = 4.8, 6.4
_CAPTION = "filled: mean over seeds and its 95 % interval; rings: each seed; dashed: the base"


class PlotError(QzeroError):
    """There is nothing to plot with."""


def plot(folder: Path, experiment: Experiment, games: Sequence[GameResult]) -> None:
    """Write plot.svg and plot.png. Raises PlotError without matplotlib; does nothing as long as no run has ended."""
    games = [result for result in games if result.rows]
    if not games:
        return
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise PlotError("no plot without matplotlib: pip install 'qzero[plots]', then the same command again") from None
    # The same results give the same bytes.
    with matplotlib.rc_context({"svg.hashsalt": experiment.name, "font.size": 9, "svg.fonttype": "none"}):
        columns = min(len(games), _COLUMNS)
        lines = -(-len(games) // columns)
        heights = [
            _MARGIN_INCHES + _ROW_INCHES * max(len(result.rows) for result in games[k * columns : (k + 1) * columns])
            for k in range(lines)
        ]
        width = columns * _PANEL_INCHES if columns > 1 else _ONLY_PANEL_INCHES
        figure = Figure(figsize=(width, sum(heights) + _CAPTION_INCHES), layout="constrained")
        panels = figure.subplots(lines, columns, squeeze=False, height_ratios=heights).flat
        for axes, result in zip(panels, games, strict=False):
            _panel(axes, result)
        for axes in figure.axes[len(games) :]:
            axes.remove()
        figure.supxlabel(_CAPTION, fontsize=8, color=_GREY)
        for kind, metadata in (("svg", {"Date": None}), ("png", {})):
            data = io.BytesIO()
            figure.savefig(data, format=kind, dpi=160, metadata=metadata)
            write_atomically(folder / f"plot.{kind}", data.getvalue())


def _panel(axes: Axes, result: GameResult) -> None:
    objective = result.budget.objective
    for place, row in enumerate(result.rows):
        _row(axes, place, row, objective)
    axes.set_xlim(*_limits(result))
    names = [row.name for row in result.rows]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)  # the best on top
    for name, label in zip(names, axes.get_yticklabels(), strict=True):
        if name == BASE:
            label.set_color(_BASE)
            label.set_fontweight("bold")
    base = next((row for row in result.rows if row.name == BASE and row.measures), None)
    if base:
        axes.axvline(100 * base.measures[objective].mean, color=_BASE, linestyle=(0, (4, 3)), linewidth=1, zorder=0)
    order = "less" if less_is_better(objective) else "more"
    axes.set_xlabel(f"{objective}, % ({order} is better)")
    axes.set_title(f"{result.budget.game}, {result.budget.text} a run", loc="left", fontweight="bold")
    axes.grid(axis="x", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)


def _limits(result: GameResult) -> tuple[float, float]:
    """The ends of the axis: all seeds and intervals with some air; no interval reaches beyond 0 and 100 %."""
    objective = result.budget.objective
    ends = [100 * measured(run, objective) for row in result.rows for run in row.finished]
    for row in result.rows:
        if row.measures and (half := row.measures[objective].half) is not None:
            ends += [100 * (row.measures[objective].mean + side * half) for side in (-1, 1)]
    low, high = max(min(ends, default=0.0), 0.0), min(max(ends, default=100.0), 100.0)
    air = 0.03 * (high - low) or 1.0
    return low - air, high + air


def _row(axes: Axes, place: int, row: Row, objective: str) -> None:
    if not row.measures:
        axes.text(0.01, place, "failed", color=_GREY, va="center", style="italic", transform=axes.get_yaxis_transform())
        return
    colour = _BASE if row.name == BASE else _ROW
    seeds = [100 * measured(run, objective) for run in row.finished]
    mean = row.measures[objective]
    bar: dict[str, Any] = {"xerr": 100 * mean.half, "capsize": 3, "elinewidth": 1.4} if mean.half else {}
    axes.errorbar(100 * mean.mean, place, marker="D" if row.name == BASE else "s", ms=5, color=colour, zorder=3, **bar)
    axes.scatter(
        seeds, [place + _BELOW] * len(seeds), s=14, facecolors="none", edgecolors=colour, linewidths=0.8, zorder=2
    )
