"""The scoreboard as one self-contained HTML page in the style of `qzero report`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from typing import Any

from arena.html.chart import RANDOM, Chart, Series
from arena.html.environment import render
from arena.strength.board import AGAINST_PERFECT, FROM_OPENINGS, Graded, Group, player_of
from arena.strength.ladder import EXACT, RAW
from arena.strength.measures import Measures
from arena.strength.table import cell_text, mean_text
from arena.truth.grading import Grade, set_title

_SECTIONS = {
    "overview": "Overview",
    "mistakes": "Mistakes by ply",
    "numbers": "All numbers",
    "made": "How it was made",
}
_LOOKS = {RAW: 1, EXACT: 0}


def page(
    graded: Sequence[Graded],
    groups: Sequence[Group],
    fixed: dict[str, Measures],
    facts: dict[str, str],
    left_out: Sequence[str],
) -> str:
    """The page as text. facts: how it was made, by name; left_out: what is missing and why."""
    mistakes = bool(graded[0].measures.mistakes)
    return render(
        "scoreboard.html",
        ["page.css", "scoreboard.css"],
        command="strength",
        kind="scoreboard",
        sections={anchor: text for anchor, text in _SECTIONS.items() if anchor != "mistakes" or mistakes},
        game=graded[0].record["game"],
        graded=graded,
        groups=groups,
        anchors=list(fixed),
        headlines=_headlines(groups),
        charts=[
            _chart(place, graded, fixed, facts.get("search")) for place in range(0, len(graded[0].measures.mistakes), 2)
        ],
        facts=facts,
        left_out=left_out,
        qzero=metadata.version("qzero"),
        mean_text=mean_text,
        cell_text=cell_text,
    )


def _headlines(groups: Sequence[Group]) -> list[tuple[str, str]]:
    """What most people want to know: mistakes with exact ends, games against the strongest opponents, speed."""
    found = [
        (f"mistakes, {group.title.split(', ')[1]}", mean_text(group.rows[-1]))
        for group in groups
        if group.title.endswith(EXACT) and group.title.startswith("Mistakes")
    ]
    of_perfect = [group for group in groups if group.title.startswith(AGAINST_PERFECT)]
    for group in of_perfect or [group for group in groups if group.title.startswith(FROM_OPENINGS)]:
        play = group.title.split(", ")[-1]
        found += [(f"{row.name}, {play}", mean_text(row)) for row in group.rows]
    speed = [row for group in groups for row in group.rows if row.name == "moves learned a second"]
    return found + [(row.name, mean_text(row)) for row in speed]


def _chart(place: int, graded: Sequence[Graded], fixed: dict[str, Measures], search: str | None) -> Chart:
    """Mistakes by ply on one set; `place` and the next are of raw Q and with exact ends."""
    first = graded[0].measures.mistakes[place]
    x = {"ply": [sum(grade.plies) / 2 for grade in first.by_ply]}
    series = []
    for number in (place, place + 1):
        play = graded[0].measures.mistakes[number].play
        seeds = [[grade.mistakes for grade in each.measures.mistakes[number].by_ply] for each in graded]
        columns = list(zip(*seeds, strict=True))
        whiskers: dict[str, Any] = {}
        if len(graded) > 1:
            whiskers = {"low": [min(column) for column in columns], "high": [max(column) for column in columns]}
        mean = [sum(column) / len(column) for column in columns]
        series.append(Series(play, player_of(play, search), _LOOKS[play], x, mean, **whiskers))
    for look, (name, measures) in enumerate(fixed.items(), 2):
        rates = _rates(measures.mistakes[place + 1].by_ply)
        if any(rates):
            series.append(Series(name, f"{name}, {EXACT}", look, x, rates))
    by_chance = [grade.random_mistakes for grade in first.by_ply]
    series.append(Series("random", "random mover", RANDOM, x, by_chance))
    title = f"Mistakes by ply, {set_title(first.positions)}"
    return Chart(f"mistakes-{place}", title, "mistakes", "percent", series, axes=("ply",), every_point=True)


def _rates(grades: Sequence[Grade]) -> list[float]:
    return [grade.mistakes for grade in grades]
