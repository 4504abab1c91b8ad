"""What an analysis lays over a board: marks on cells, and arrows between them. No pygame here."""

from __future__ import annotations

from dataclasses import dataclass

from arena.view.board import Cell


@dataclass(frozen=True, slots=True)
class Mark:
    """On one cell.

    text: what is written there, such as "+0.62".
    heat: from 0 (the worst) to 1 (the best); None leaves the ground as it is.
    best: the cell of the best move.
    """

    text: str = ""
    heat: float | None = None
    best: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """From a cell to another; heat and best as of a Mark."""

    start: Cell
    end: Cell
    heat: float | None = None
    best: bool = False


@dataclass(frozen=True, slots=True)
class Overlay:
    """Compared by value: an equal overlay is not drawn again."""

    marks: tuple[tuple[Cell, Mark], ...] = ()
    arrows: tuple[Arrow, ...] = ()
