"""Mistake rates by ply, as charts: each run beside a uniformly random mover."""

from __future__ import annotations

from collections.abc import Sequence

from agent.stats import wilson
from arena.html.chart import RANDOM, Chart, Series
from arena.report.curves import run_key
from arena.truth.grade_report import Section
from arena.truth.grading import ALL_STATES, Grade, set_title


def mistake_charts(runs: Sequence[tuple[str, list[Section]]]) -> list[Chart]:
    """A chart for each graded set; `runs` are their labels and grades on the same sets."""
    charts = []
    for place, section in enumerate(runs[0][1] if runs else ()):
        series = [
            _series(run_key(look), label, look, sections[place], [row.mistakes for row in sections[place].by_ply])
            for look, (label, sections) in enumerate(runs)
        ]
        by_chance = [row.random_mistakes for row in section.by_ply]
        series.append(_series("random-mover", "random mover", RANDOM, section, by_chance))
        charts.append(
            Chart(
                f"mistakes-{place}",
                f"Mistakes by ply, {set_title(section.name)}",
                "mistakes",
                "percent",
                series,
                axes=("ply",),
                every_point=True,
            )
        )
    return charts


def plies(row: Grade) -> str:
    """The range of a row: "6-11"."""
    low, high = row.plies
    return str(low) if low == high else f"{low}-{high}"


def _series(key: str, label: str, look: int, section: Section, rates: list[float]) -> Series:
    x = [sum(row.plies) / 2 for row in section.by_ply]
    if section.name == ALL_STATES or look == RANDOM:  # no chance in it: a random mover's rate is an expectation
        return Series(key, label, look, {"ply": x}, rates)
    bounds = [wilson(min(rate, 1.0), row.positions) for rate, row in zip(rates, section.by_ply, strict=True)]
    return Series(key, label, look, {"ply": x}, rates, [low for low, _ in bounds], [high for _, high in bounds])
