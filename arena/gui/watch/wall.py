"""Paints a wall of boards."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pygame

from arena.gui.boards.layout import place
from arena.gui.boards.painter import BoardPainter
from arena.gui.boards.scene import Scene
from arena.gui.context import Context
from arena.gui.theme import Theme
from arena.view.board import Board
from arena.view.grid import Rect
from arena.watch.wall import Tile


def tiles(area: Rect, count: int, board: Board, gap: int) -> tuple[Rect, ...]:
    """As large as fit: rows of equal rectangles, of about the shape of the board."""
    wide = board.columns + (board.rows / 2 if board.hexagonal else 0)
    high = board.rows * (math.sqrt(3) / 2 if board.hexagonal else 1)
    best: tuple[float, int] = (0.0, 1)
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        width, height = (area.width - gap * (columns - 1)) / columns, (area.height - gap * (rows - 1)) / rows
        best = max(best, (min(width / wide, height / high), columns), key=lambda one: one[0])
    columns = best[1]
    rows = max(-(-count // columns), 1)
    width = max((area.width - gap * (columns - 1)) // columns, 1)
    height = max((area.height - gap * (rows - 1)) // rows, 1)
    return tuple(
        Rect(area.x + (n % columns) * (width + gap), area.y + (n // columns) * (height + gap), width, height)
        for n in range(count)
    )


class WallPainter:
    """A painter for each board, so that each keeps its picture."""

    def __init__(self, context: Context, board: Board, game: str) -> None:
        self._context = context
        self._board = board._replace(column_names={}, row_names={})  # too small for letters
        self._game = game
        self._painters: list[BoardPainter] = []

    def paint(self, surface: pygame.Surface, area: Rect, theme: Theme, shown: Sequence[Tile], gap: int) -> None:
        while len(self._painters) < len(shown):
            self._painters.append(BoardPainter(self._context.letters, animated=False))
        places = tiles(area, len(shown), self._board, gap)
        for painter, rect, tile in zip(self._painters, places, shown, strict=False):
            part = surface.subsurface(pygame.Rect(rect).clip(surface.get_rect()))
            layout = place(Rect(0, 0, *part.get_size()), self._board, 3)
            painter.paint(part, layout, theme, self._scene(tile))

    def _scene(self, tile: Tile) -> Scene:
        return Scene(
            game=self._game,
            board=self._board,
            ply=tile.ply,
            stones=tile.stones,
            to_move=None if tile.over else tile.ply % 2,
            last=tile.last,
            winning=tile.winning,
        )
