"""What every part of a board's picture needs to know: where the cells are, and in which colours. No pygame here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from arena.gui.boards.layout import BoardLayout
from arena.gui.boards.palette import Palette, palette
from arena.gui.theme import Theme
from arena.view.board import Board, Cell
from arena.view.grid import Hexagons, Point, Rect
from arena.view.kind import Kind

_SHARES = {Kind.WELLS: 0.84, Kind.POINTS: 0.92, Kind.HEXAGONS: 0.72, Kind.LINES: 0.72}
_USUAL_SHARE = 0.8


class View(NamedTuple):
    """One board at one place in one theme."""

    layout: BoardLayout
    board: Board
    theme: Theme

    @property
    def palette(self) -> Palette:
        return palette(self.board.kind, self.theme.dark)

    @property
    def around(self) -> Rect:
        """The cells and their frame."""
        return self.layout.board.inset(-self.layout.frame)

    @property
    def piece_size(self) -> int:
        return size_in(self.board.kind, self.layout.cell)

    @property
    def line(self) -> int:
        """Thickness of the lines between cells."""
        return max(self.layout.cell // 30, 1)

    def rect(self, cell: Cell) -> Rect:
        return self.layout.cell_rect(*cell)

    def middle(self, cell: Cell) -> Point:
        rect = self.rect(cell)
        return rect.x + rect.width / 2, rect.y + rect.height / 2

    def cells(self) -> Iterator[Cell]:
        return ((row, column) for row in range(self.board.rows) for column in range(self.board.columns))

    def outline(self, cell: Cell, share: float = 1.0) -> tuple[Point, ...]:
        """The corners of a cell, or of `share` of it around its middle, from the left and the top of its rectangle."""
        rect = self.rect(cell)
        x, y = self.middle(cell)
        if isinstance(self.layout.grid, Hexagons):
            corners = self.layout.corners(*cell)
            x, y = (sum(values) / len(corners) for values in zip(*corners, strict=True))
        else:
            corners = [(rect.x, rect.y), (rect.right, rect.y), (rect.right, rect.bottom), (rect.x, rect.bottom)]
        return tuple((x - rect.x + (right - x) * share, y - rect.y + (down - y) * share) for right, down in corners)


def size_in(kind: Kind, cell: int) -> int:
    """The width of a piece in cells of this width."""
    return max(round(cell * _SHARES.get(kind, _USUAL_SHARE)), 3)
