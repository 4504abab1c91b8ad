"""A wooden board on which stones lie where lines cross."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pygame

from arena.gui.boards.colour import mixed
from arena.gui.boards.drawing.grounds.squares import framed
from arena.gui.boards.drawing.sprites import blit_centred, disc
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.view.board import Cell

_NINE_STARS_FROM, _FIVE_STARS_FROM = 17, 9  # rows or columns


class PointGround:
    """Lines through the middles of the cells, and star points as on boards for Go and Gomoku."""

    def paint(self, surface: pygame.Surface, view: View) -> None:
        colours, board = view.palette, view.board
        framed(surface, view)
        _wood(surface, view)
        line = max(round(view.layout.cell / 32), 1)
        first, last = view.rect((0, 0)).center, view.rect((board.rows - 1, board.columns - 1)).center
        left, right = sorted((first[0], last[0]))
        top, bottom = sorted((first[1], last[1]))
        for row in range(board.rows):
            y, thick = view.rect((row, 0)).center[1], line + (row in (0, board.rows - 1))
            pygame.draw.rect(surface, colours.line, (left, y - thick // 2, right - left + 1, thick))
        for column in range(board.columns):
            x, thick = view.rect((0, column)).center[0], line + (column in (0, board.columns - 1))
            pygame.draw.rect(surface, colours.line, (x - thick // 2, top, thick, bottom - top + 1))
        star = disc(max(round(view.layout.cell * 0.2), 3) | 1, colours.line)
        for cell in stars(board.rows, board.columns):
            x, y = view.rect(cell).center
            surface.blit(star, (x - star.get_width() // 2, y - star.get_height() // 2))

    def tint(self, surface: pygame.Surface, view: View, cell: Cell, colour: Colour) -> None:
        """A disc a little larger than a stone."""
        blit_centred(surface, disc(view.layout.cell, colour), view.rect(cell))


def stars(rows: int, columns: int) -> Iterator[Cell]:
    """Five points on a board of 9 to 16 lines, nine from 17 lines on; only where a line lies in the middle."""
    small = min(rows, columns)
    if small < _FIVE_STARS_FROM:
        return
    from_border = 2 if small < 12 else 3
    middles = rows // 2, columns // 2
    sides_too = small >= _NINE_STARS_FROM and rows % 2 == columns % 2 == 1
    for row in (from_border, middles[0], rows - 1 - from_border):
        for column in (from_border, middles[1], columns - 1 - from_border):
            in_middle = (row == middles[0]) + (column == middles[1])
            if in_middle == 0 or (in_middle == 2 and rows % 2 == columns % 2 == 1) or (in_middle == 1 and sides_too):
                yield row, column


def _wood(surface: pygame.Surface, view: View) -> None:
    """Upright grain: shades that vary slowly and a little faster from left to right."""
    board, colours = view.layout.board.inset(-view.layout.frame // 2), view.palette
    for x in range(board.width):
        across = x * 40 / max(board.width, 1)
        wave = math.sin(across) + math.sin(across * 2.7 + 1.3) + 0.7 * math.sin(across * 9.1 + 0.4)
        shade = mixed(colours.ground, colours.other, 0.5 + wave / 5.4)
        pygame.draw.line(surface, shade, (board.x + x, board.y), (board.x + x, board.bottom - 1))
