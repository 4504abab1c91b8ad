"""The scoreboard as text."""

from __future__ import annotations

from collections.abc import Sequence

from arena.strength.board import Cell, Group, Row

_NAME, _MEAN, _CELL = 48, 20, 17
_GAMES, _LABEL = 66, 16  # of games in full, where no name is longer


def text_table(groups: Sequence[Group], labels: Sequence[str], anchors: Sequence[str]) -> str:
    """Means with 95 % intervals over seeds (Student's t), then each seed, then fixed players; below, games in full."""
    heads = "".join(f"{name:>{_CELL}}" for name in [*labels, *anchors])
    mean = f"{'mean':>{_MEAN}}" if len(labels) > 1 else ""
    lines = [f"{'':<{_NAME}}{mean}{heads}"]
    for group in groups:
        lines += ["", group.title, *(_line(row, len(labels) > 1) for row in group.rows)]
    games = [(group, row) for group in groups for row in group.rows if row.cells[0].note.startswith("+")]
    names = [f"{row.name}, {group.title.split(', ')[-1]}" for group, row in games]
    width = max([_GAMES, *(len(name) + 2 for name in names)])
    if games:
        lines += ["", "Won, drawn and lost, and 95 % intervals (Wilson)"]
    for name, (_, row) in zip(names, games, strict=True):
        for label, cell in zip(labels, row.cells, strict=True):
            lines.append(f"  {name:<{width}}{label:<{_LABEL}}{cell.note:<{_NAME // 2}}{_interval(cell)}")
    return "\n".join(lines)


def mean_text(row: Row) -> str:
    """The mean over seeds and the half width of its interval: 8.3 ± 0.9 %."""
    mean = row.mean
    if row.form == "count":
        return f"{mean.mean:,.0f}" + (f" ± {mean.half:,.0f}" if mean.half is not None else "")
    return f"{100 * mean.mean:.1f}" + (f" ± {100 * mean.half:.1f}" if mean.half is not None else "") + " %"


def cell_text(cell: Cell | None, form: str) -> str:
    if cell is None:
        return ""
    return f"{cell.value:,.0f}" if form == "count" else f"{100 * cell.value:.1f} %"


def _line(row: Row, several: bool) -> str:
    mean = f"{mean_text(row):>{_MEAN}}" if several else ""
    cells = "".join(f"{cell_text(cell, row.form):>{_CELL}}" for cell in [*row.cells, *row.anchors])
    return f"  {row.name:<{_NAME - 2}}{mean}{cells}"


def _interval(cell: Cell) -> str:
    """Of a rate: "64.5 % (57.6 to 70.8)"."""
    if cell.low is None or cell.high is None:
        return cell_text(cell, "percent")
    return f"{cell_text(cell, 'percent')} ({100 * cell.low:.1f} to {100 * cell.high:.1f})"
