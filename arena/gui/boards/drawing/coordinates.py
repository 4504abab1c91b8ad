"""The names of rows and columns beside the board."""

from __future__ import annotations

import pygame

from arena.gui.boards.view import View
from arena.gui.widgets.letters import Letters
from arena.view.grid import Rect

_SMALLEST = 10


def paint_coordinates(surface: pygame.Surface, letters: Letters, view: View) -> None:
    """As large as fits, and only some where they would run into each other."""
    layout, board, colour = view.layout, view.board, view.theme.faint_ink
    width, gap = layout.text, layout.frame
    names = [*board.column_names.values(), *board.row_names.values()]
    size = max(min(layout.text, layout.cell * 3 // 5), _SMALLEST)
    while size > _SMALLEST and any(letters.width(name, size) > width for name in names):
        size -= 1
    low, left = layout.edge_cells()
    widest = max((letters.width(name, size) for name in board.column_names.values()), default=0)
    for column, name in _every(-(-widest // layout.cell), board.column_names):
        cell = view.rect((low, column))
        place = Rect(cell.center[0] - width, layout.board.bottom + gap, 2 * width, size)
        letters.line(surface, place, name, size, colour)
    for row, name in _every(-(-size // layout.grid.pitch), board.row_names):
        cell = view.rect((row, left))
        place = Rect(cell.x - gap - width, cell.y, width + gap // 2, cell.height)
        letters.line(surface, place, name, size, colour)


def _every(step: int, names: dict[int, str]) -> list[tuple[int, str]]:
    return [(place, name) for place, name in names.items() if place % max(step, 1) == 0]
