"""The results as text for the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agent.stats import Mean
from arena.sweep.experiment import BASE, Experiment
from arena.sweep.objective import less_is_better
from arena.sweep.outcome.results import GameResult, Row

_LEFT = ("row", "changes")  # columns of words; the others are numbers


def text_table(experiment: Experiment, games: Sequence[GameResult]) -> str:
    """Columns for a terminal, a paragraph a game."""
    parts = []
    for result in games:
        header, rows = _cells(result)
        widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
        lines = [_title(experiment, result)]
        for cells in (header, *rows) if rows else ():
            aligned = (
                cell.ljust(width) if name in _LEFT else cell.rjust(width)
                for name, cell, width in zip(header, cells, widths, strict=True)
            )
            lines.append("  " + "  ".join(aligned).rstrip())
        parts.append("\n".join([*lines, *(f"  {note}" for note in _notes(experiment, result))]))
    return "\n\n".join(parts)


def markdown(experiment: Experiment, games: Sequence[GameResult]) -> str:
    """One GitHub table a game."""
    parts = [f"# {experiment.name}"]
    for result in games:
        header, rows = _cells(result)
        parts.append(f"## {_title(experiment, result)}")
        if rows:
            rule = [":--" if name in _LEFT else "--:" for name in header]
            parts.append("\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows)))
        parts += _notes(experiment, result)
    return "\n\n".join(parts) + "\n"


def _title(experiment: Experiment, result: GameResult) -> str:
    budget = result.budget
    order = "less" if less_is_better(budget.objective) else "more"
    seeds = ", ".join(map(str, experiment.seeds))
    return f"{budget.game}: {budget.text} a run, seeds {seeds}; by {budget.objective} ({order} is better)"


def _cells(result: GameResult) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the texts of each row."""
    objective, *others = result.budget.measures
    header = ["#", "row", f"{objective} %", "to base", *(f"{name} %" for name in others)]
    header += ["moves", "seconds", "seeds", "changes"]
    rows = []
    for place, row in enumerate(result.rows, start=1):
        changes = " ".join(f"{name}={_plain(value)}" for name, value in row.changes.items())
        seeds = f"{len(row.finished)} of {len(row.runs)}" if row.failures else str(len(row.finished))
        if row.finished:
            means = [_percent(row.measures[name]) for name in others]
            numbers = [str(place), row.name, _percent(row.measures[objective]), _difference(row), *means]
            numbers += [_count(row.moves), f"{row.seconds:.1f}"]
        else:
            numbers = ["", row.name, "failed", *[""] * (len(others) + 3)]
        rows.append([*numbers, seeds, changes])
    return header, rows


def _notes(experiment: Experiment, result: GameResult) -> Iterator[str]:
    """Remarks: failures, missing runs, intervals that cannot be given."""
    for row in result.rows:
        for message in row.failures:
            yield f"{row.name}: failed: {message}"
    if result.missing:
        yield f"{result.missing} runs have not ended yet"
    if result.rows:
        single = any(len(row.finished) == 1 for row in result.rows)
        if len(experiment.seeds) > 1:
            yield "± is half the 95 % interval of the mean over seeds (Student's t); to base: paired by seed"
        if single:
            yield "one seed has no interval: it says nothing about chance"


def _difference(row: Row) -> str:
    if row.name == BASE:
        return BASE
    return _percent(row.difference, sign="+") if row.difference else ""


def _percent(mean: Mean, sign: str = "") -> str:
    text = f"{100 * mean.mean:{sign}.2f}"
    return text if mean.half is None else f"{text} ± {100 * mean.half:5.2f}"


def _count(moves: float) -> str:
    """Three digits: "812", "45.3 k", "1.23 M"."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if moves >= 0.9995 * size:
            number = moves / size
            return f"{number:.{max(0, 2 - len(str(int(number))) + 1)}f} {unit}"
    return f"{moves:.0f}"


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
