"""What an analysis writes over the board: marks on cells and arrows between them. No pygame here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from arena.view.board import Cell


@dataclass(frozen=True, slots=True)
class Mark:
    """What is written over one cell: for a placing move, the cell where its stone would come to lie.

    text: a few characters such as "+0.43" or "52%", left out where the cell is too small for them; may be empty.
    heat: from 0 (the worst) to 1 (the best), shown as a colour from orange over pale to blue; None shows no colour.
    best: a frame of its own shape around the cell marks the best move, whatever its colour.

    Raises ValueError where heat is neither None nor from 0 to 1.
    """

    text: str
    heat: float | None = None
    best: bool = False

    def __post_init__(self) -> None:
        if self.heat is not None and not 0 <= self.heat <= 1:
            raise ValueError(f"the heat of a mark is {self.heat}, expected 0 to 1")


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow from the middle of one cell to the middle of another, such as a move of a pawn.

    strength: from 0 (the worst, thin) to 1 (the best, thick), on the same scale of colours as the heat of a mark.
    text:     written beside the middle of the arrow where there is room; may be empty.

    Raises ValueError where strength is not from 0 to 1.
    """

    start: Cell
    end: Cell
    strength: float = 1.0
    text: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise ValueError(f"the strength of an arrow is {self.strength}, expected 0 to 1")


_NO_MARKS: Mapping[Cell, Mark] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Overlay:
    """Everything written over the board. Equal overlays look the same, so that comparing scenes tells what to redraw.

    marks:  by cell, (row, column) with row 0 on top, whichever way the board is turned. A cell without a mark is bare.
    arrows: later ones lie over earlier ones: put the best last.
    """

    marks: Mapping[Cell, Mark] = field(default_factory=lambda: _NO_MARKS)
    arrows: tuple[Arrow, ...] = ()
