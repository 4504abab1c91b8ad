"""A small grid of lines on paper, for crosses and noughts."""

from __future__ import annotations

import pygame

from arena.gui.boards.drawing.sprites import rounded
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.view.board import Cell
from arena.view.grid import Rect


class LineGround:
    """Only the inner lines, as one draws them by hand."""

    def paint(self, surface: pygame.Surface, view: View) -> None:
        colours, board, cell = view.palette, view.layout.board, view.layout.cell
        radius = max(view.layout.frame, 4)
        edge = max(cell // 90, 1)
        rounded(surface, colours.frame, view.around, radius)
        rounded(surface, colours.ground, view.around.inset(edge), radius - edge)
        line, short = self._line(view), cell // 12
        for row in range(1, view.board.rows):
            place = Rect(board.x + short, board.y + row * cell - line // 2, board.width - 2 * short, line)
            rounded(surface, colours.line, place, line // 2)
        for column in range(1, view.board.columns):
            place = Rect(board.x + column * cell - line // 2, board.y + short, line, board.height - 2 * short)
            rounded(surface, colours.line, place, line // 2)

    def tint(self, surface: pygame.Surface, view: View, cell: Cell, colour: Colour) -> None:
        """A square with round corners between the lines."""
        rect = view.rect(cell)
        rounded(surface, colour, rect.inset(self._line(view) + 1), rect.width // 8)

    def _line(self, view: View) -> int:
        return max(view.layout.cell // 26, 2)
