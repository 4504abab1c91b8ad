"""Draws the board: what stands still once for each size of the window, the rest in every frame."""

from __future__ import annotations

from typing import Any

import pygame

from arena.gui.boards import looks
from arena.gui.boards.layout import BoardLayout
from arena.gui.boards.looks import Look
from arena.gui.boards.scene import Scene
from arena.gui.boards.sprites import blit_centred, disc, hexagon, polygons, stone
from arena.gui.theme import Colour, Theme
from arena.gui.widgets.letters import Letters
from arena.view.board import Board, Cell
from arena.view.grid import Hexagons, Rect

_SMALLEST_COORDINATES = 10
_THINNEST_SLANTED_LINE = 1.4  # thinner ones look paler than straight lines of a pixel
_SMALLEST_STONE_WITH_MARKS = 12


class BoardPainter:
    """Paints one board after the other. animated: what changes from one scene to the next may move there."""

    def __init__(self, letters: Letters, animated: bool = True) -> None:
        self._letters = letters
        self._animated = animated
        self._backdrop: pygame.Surface | None = None
        self._backdrop_of: Any = None

    @property
    def moving(self) -> bool:
        """Another frame of the same scene would look different: something moves."""
        return False

    def update(self, dt: float) -> None:
        """So many seconds have passed."""

    def emblem(self, surface: pygame.Surface, rect: Rect, theme: Theme, game: str, seat: int) -> None:
        """A stone of this seat in the middle of `rect`, for name plates and lists."""
        diameter = max(min(rect.width, rect.height), 3)
        blit_centred(surface, stone(looks.look(game, theme), diameter, seat), rect)

    def paint(self, surface: pygame.Surface, layout: BoardLayout, theme: Theme, scene: Scene) -> None:
        """The board, and paper everywhere else."""
        look = looks.look(scene.game, theme)
        of = surface.get_size(), layout, scene.board, scene.game, theme
        if self._backdrop is None or self._backdrop_of != of:
            self._backdrop, self._backdrop_of = surface.copy(), of
            self._empty_board(self._backdrop, layout, scene.board, theme, look)
        surface.blit(self._backdrop, (0, 0))
        for row, seats in enumerate(scene.stones):
            for column, seat in enumerate(seats):
                self._cell(surface, layout, scene, look, (row, column), seat)
        if scene.cursor is not None:
            _cursor(surface, layout, scene.board, scene.cursor, theme, look)

    def _empty_board(
        self, surface: pygame.Surface, layout: BoardLayout, board: Board, theme: Theme, look: Look
    ) -> None:
        surface.fill(theme.paper)
        grid = layout.grid
        if board.falls:
            frame = layout.board.inset(-layout.frame)
            pygame.draw.rect(surface, look.fall_board, frame, border_radius=max(layout.cell // 4, 3))
        elif isinstance(grid, Hexagons):
            shapes = [(look.grid_line, grid.outline())]
            if board.edges is not None:
                bands = grid.bands(layout.frame * looks.EDGE_SHARE)
                shapes = [(look.stone[seat], band) for seat, band in zip(board.edges, bands, strict=True)] + shapes
            polygons(surface, layout.board.inset(-layout.frame), theme.paper, shapes)
        else:
            line, around = _line(layout), layout.board
            x, y = around.x - (line - line // 2), around.y - (line - line // 2)
            pygame.draw.rect(surface, look.grid_line, (x, y, around.width + line, around.height + line))
        for row in range(board.rows):
            for column in range(board.columns):
                _ground(surface, layout, board, (row, column), look.fall_well if board.falls else look.grid_cell)
        self._coordinates(surface, layout, board, theme)

    def _coordinates(self, surface: pygame.Surface, layout: BoardLayout, board: Board, theme: Theme) -> None:
        """As large as fits, and only some where they would run into each other."""
        width, gap = layout.text, layout.frame
        names = [*board.column_names.values(), *board.row_names.values()]
        size = max(min(layout.text, layout.cell * 3 // 5), _SMALLEST_COORDINATES)
        while size > _SMALLEST_COORDINATES and any(self._letters.width(name, size) > width for name in names):
            size -= 1
        low, left = (0, board.columns - 1) if layout.flipped else (board.rows - 1, 0)
        widest = max((self._letters.width(name, size) for name in board.column_names.values()), default=0)
        for column, name in _every(-(-widest // layout.cell), board.column_names):
            cell = layout.cell_rect(low, column)
            place = Rect(cell.center[0] - width, layout.board.bottom + gap, 2 * width, size)
            self._letters.line(surface, place, name, size, theme.faint_ink)
        for row, name in _every(-(-size // layout.grid.pitch), board.row_names):
            cell = layout.cell_rect(row, left)
            place = Rect(cell.x - gap - width, cell.y, width + gap // 2, cell.height)
            self._letters.line(surface, place, name, size, theme.faint_ink)

    def _cell(
        self, surface: pygame.Surface, layout: BoardLayout, scene: Scene, look: Look, cell: Cell, seat: int | None
    ) -> None:
        rect, diameter = layout.cell_rect(*cell), _diameter(layout)
        won = cell in scene.winning
        tint = _tint(scene, look, cell, seat)
        if tint is not None:
            _ground(surface, layout, scene.board, cell, tint, wide=won)
        if scene.ghost is not None and scene.ghost[0] == cell:
            blit_centred(surface, stone(look, diameter, scene.ghost[1], looks.GHOST_ALPHA), rect)
        elif seat is not None:
            alpha = looks.LOSING_ALPHA if scene.winning and not won else 255
            blit_centred(surface, stone(look, diameter, seat, alpha), rect)
            mark = look.last_move[seat]
            if cell == scene.last:
                blit_centred(surface, disc(max(diameter // 5, 2), mark, mark), rect)
            elif cell in scene.touched and diameter >= _SMALLEST_STONE_WITH_MARKS:
                blit_centred(surface, disc(max(diameter // 9, 2), mark, mark), rect)
        elif cell in scene.hints:
            blit_centred(surface, disc(max(diameter // 4, 3), look.hint, look.hint), rect)


def _tint(scene: Scene, look: Look, cell: Cell, seat: int | None) -> Colour | None:
    """The colour of the ground where it is not the usual."""
    if cell in scene.winning:
        return look.won
    if cell in scene.picked:
        return look.picked
    if cell in scene.hints and seat is not None:
        return look.target
    if cell == scene.grip:
        return look.grip
    if cell in scene.touched and seat is None:
        return look.left
    return None


def _ground(
    surface: pygame.Surface, layout: BoardLayout, board: Board, cell: Cell, colour: Colour, wide: bool = False
) -> None:
    """`wide` grounds can be seen around the stone that lies on them, if stones fall into wells."""
    rect, grid = layout.cell_rect(*cell), layout.grid
    if board.falls:
        diameter = _diameter(layout)
        well = min(int(diameter * 1.16), rect.width) if wide else diameter
        blit_centred(surface, disc(well, colour, colour), rect)
    elif isinstance(grid, Hexagons):
        corners = _within(grid, max(grid.cell / 28, _THINNEST_SLANTED_LINE))
        surface.blit(hexagon(corners, rect.width, rect.height, colour), (rect.x, rect.y))
    else:
        line = _line(layout)
        place = (rect.x + line // 2, rect.y + line // 2, max(rect.width - line, 1), max(rect.height - line, 1))
        pygame.draw.rect(surface, colour, place)


def _cursor(surface: pygame.Surface, layout: BoardLayout, board: Board, cell: Cell, theme: Theme, look: Look) -> None:
    """A frame around the cell, or around its whole column where stones fall."""
    line = max(layout.cell // 14, 2)
    if isinstance(layout.grid, Hexagons):
        pygame.draw.polygon(surface, theme.accent, layout.corners(*cell), line)
        return
    rect = layout.cell_rect(*cell)
    if board.falls:
        rect = Rect(rect.x, layout.board.y, rect.width, layout.board.height)
    colour = look.fall_cursor if board.falls else theme.accent
    pygame.draw.rect(surface, colour, rect, line, border_radius=layout.cell // 8)


def _within(grid: Hexagons, line: float) -> tuple[tuple[float, float], ...]:
    """The corners of a cell inside its border, from the left and the top of its rectangle."""
    rect, (x, y) = grid.cell_rect(0, 0), grid.middle(0, 0)
    share = max(1 - line / grid.cell, 0.5)
    return tuple(
        (x - rect.x + (right - x) * share, y - rect.y + (down - y) * share) for right, down in grid.corners(0, 0)
    )


def _line(layout: BoardLayout) -> int:
    """Thickness of the lines between cells."""
    return max(layout.cell // 30, 1)


def _diameter(layout: BoardLayout) -> int:
    return max(int(layout.cell * looks.STONE_SHARE), 3)


def _every(step: int, names: dict[int, str]) -> list[tuple[int, str]]:
    return [(place, name) for place, name in names.items() if place % max(step, 1) == 0]
