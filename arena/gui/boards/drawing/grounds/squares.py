"""Boards of squares: plain, of cloth, and chequered."""

from __future__ import annotations

import pygame

from arena.gui.boards.colour import mixed
from arena.gui.boards.drawing.sprites import blit_centred, disc, rounded
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.view.board import Cell
from arena.view.grid import Rect

_DOTS_FROM = 8  # rows and columns of a cloth on which dots mark the middle part
_DOTS_AT = 2  # cells from the border


class SquareGround:
    """Squares with lines between them, in a frame."""

    def paint(self, surface: pygame.Surface, view: View) -> None:
        """The empty board, without its coordinates."""
        colours, board = view.palette, view.layout.board
        framed(surface, view)
        pygame.draw.rect(surface, colours.line, board.inset(-view.line))
        for cell in view.cells():
            pygame.draw.rect(surface, self.colour(view, cell), self.inner(view, cell))

    def tint(self, surface: pygame.Surface, view: View, cell: Cell, colour: Colour) -> None:
        """Colour the ground of one cell, so that it can be seen around a piece."""
        pygame.draw.rect(surface, colour, self.inner(view, cell))

    def colour(self, view: View, cell: Cell) -> Colour:  # noqa: ARG002 - chequered boards differ by cell
        """What the ground of a cell is like."""
        return view.palette.ground

    def inner(self, view: View, cell: Cell) -> Rect:
        """A cell inside its lines."""
        rect, line = view.rect(cell), view.line
        return Rect(rect.x + line // 2, rect.y + line // 2, max(rect.width - line, 1), max(rect.height - line, 1))


class FeltGround(SquareGround):
    """A green cloth with dark lines, and the four dots of the large board."""

    def paint(self, surface: pygame.Surface, view: View) -> None:
        super().paint(surface, view)
        board, cell = view.board, view.layout.cell
        if min(board.rows, board.columns) < _DOTS_FROM:
            return
        dot = disc(max(cell // 9, 3) | 1, view.palette.line)
        for row in (_DOTS_AT, board.rows - _DOTS_AT):
            for column in (_DOTS_AT, board.columns - _DOTS_AT):
                x, y = view.layout.board.x + column * cell, view.layout.board.y + row * cell
                blit_centred(surface, dot, Rect(x, y, 0, 0))


class ChequeredGround(SquareGround):
    """Light and dark squares without lines; the lower left square is dark, as in chess."""

    def paint(self, surface: pygame.Surface, view: View) -> None:
        framed(surface, view)
        pygame.draw.rect(
            surface, mixed(view.palette.frame, view.palette.line, 0.5), view.layout.board.inset(-view.line)
        )
        for cell in view.cells():
            pygame.draw.rect(surface, self.colour(view, cell), view.rect(cell))

    def colour(self, view: View, cell: Cell) -> Colour:
        light = (view.board.rows - 1 - cell[0] + cell[1]) % 2
        return view.palette.ground if light else view.palette.other

    def inner(self, view: View, cell: Cell) -> Rect:
        return view.rect(cell)

    def tint(self, surface: pygame.Surface, view: View, cell: Cell, colour: Colour) -> None:
        shade = colour if self.colour(view, cell) == view.palette.ground else mixed(colour, view.palette.other, 0.25)
        pygame.draw.rect(surface, shade, view.rect(cell))


def framed(surface: pygame.Surface, view: View) -> None:
    """The frame around the cells, with round corners."""
    rounded(surface, view.palette.frame, view.around, max(view.layout.frame // 2, 2))
