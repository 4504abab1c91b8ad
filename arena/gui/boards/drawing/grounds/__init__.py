"""The empty boards, one for each kind."""

from __future__ import annotations

from typing import Protocol

import pygame

from arena.gui.boards.drawing.grounds.hexagons import HexagonGround
from arena.gui.boards.drawing.grounds.lines import LineGround
from arena.gui.boards.drawing.grounds.points import PointGround
from arena.gui.boards.drawing.grounds.squares import ChequeredGround, FeltGround, SquareGround
from arena.gui.boards.drawing.grounds.wells import WellGround
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.view.board import Cell
from arena.view.kind import Kind


class Ground(Protocol):
    """The one interface of all boards: pieces, marks and movements are drawn upon it, alike for all."""

    def paint(self, surface: pygame.Surface, view: View) -> None:
        """The empty board with its frame, without coordinates, upon paper."""
        ...

    def tint(self, surface: pygame.Surface, view: View, cell: Cell, colour: Colour) -> None:
        """Colour the ground of one cell, so that it can be seen around a piece."""
        ...


GROUNDS: dict[Kind, Ground] = {
    Kind.WELLS: WellGround(),
    Kind.FELT: FeltGround(),
    Kind.HEXAGONS: HexagonGround(),
    Kind.CHEQUERED: ChequeredGround(),
    Kind.POINTS: PointGround(),
    Kind.LINES: LineGround(),
    Kind.SQUARES: SquareGround(),
}
