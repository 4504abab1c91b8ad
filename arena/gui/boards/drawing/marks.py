"""Pieces and marks of a position, drawn upon an empty board."""

from __future__ import annotations

import pygame

from arena.gui.boards.drawing.arrows import ArrowShape, paint_arrow
from arena.gui.boards.drawing.grounds import GROUNDS
from arena.gui.boards.drawing.pieces import piece, shadow
from arena.gui.boards.drawing.sprites import blit_centred, disc, frame, polygon
from arena.gui.boards.scene import Scene
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.view.board import Cell
from arena.view.grid import Point, Rect
from arena.view.kind import Kind

_GHOST, _LOSING = 150, 100  # of 255: what a click would place; stones outside the winning line, once there is one
_WAY = ArrowShape(thick=0.06, head=0.22, short=(0.0, 0.3), alpha=190, edge=None)  # of the last move, below the pieces
_WITH_SHADOW = (Kind.FELT, Kind.POINTS)
_SMALLEST_WITH_DOTS = 12  # diameter of pieces that wear the marks of what a move turned over


def piece_of(view: View, seat: int, alpha: int = 255, size: int | None = None) -> pygame.Surface:
    """The picture of a seat's piece, as large as usual unless told otherwise."""
    board = view.board
    return piece(board.kind, board.directed, view.theme.dark, seat, size or view.piece_size, alpha)


def paint_position(surface: pygame.Surface, view: View, scene: Scene, moving: frozenset[Cell]) -> None:
    """All that stays as it is while the mouse moves; `moving` cells stay without their pieces."""
    ground = GROUNDS[view.board.kind]
    for cell in view.cells():
        seat = scene.stones[cell[0]][cell[1]]
        tint = _tint(view, scene, cell, seat)
        if tint is not None:
            ground.tint(surface, view, cell, tint)
    if len(scene.route) > 1 and scene.last == scene.route[-1]:
        paint_arrow(surface, view, scene.route[0], scene.route[-1], view.palette.line, _WAY)
    for cell in view.cells():
        seat = scene.stones[cell[0]][cell[1]]
        if seat is None:
            if cell in scene.hints:
                _dot(surface, view.rect(cell), max(view.layout.cell // 5, 3), view.palette.target)
        elif cell not in moving:
            if view.board.kind in _WITH_SHADOW and not scene.winning:
                rect, aside = view.rect(cell), max(view.piece_size // 22, 1)
                blit_centred(surface, shadow(view.piece_size), Rect(rect.x + aside, rect.y + aside, *rect[2:]))
            alpha = _LOSING if scene.winning and cell not in scene.winning else 255
            blit_centred(surface, piece_of(view, seat, alpha), view.rect(cell))
            _mark(surface, view, scene, cell, seat)


def paint_pointed(surface: pygame.Surface, view: View, scene: Scene) -> None:
    """What follows the mouse and the keyboard."""
    if scene.ghost is not None:
        cell, seat = scene.ghost
        blit_centred(surface, piece_of(view, seat, _GHOST), view.rect(cell))
        for turned in scene.turned:
            small = piece_of(view, seat, size=max(view.piece_size // 2, 3))
            blit_centred(surface, small, view.rect(turned))
    if scene.grip is not None:
        outline(surface, view, scene.grip, view.palette.picked, max(view.layout.cell // 16, 2))
        for cell in scene.reach:
            _target(surface, view, cell, scene.stones[cell[0]][cell[1]] is not None)
    if scene.picked:
        for cell in scene.hints:
            if scene.stones[cell[0]][cell[1]] is not None:
                _target(surface, view, cell, taken=True)
    if scene.cursor is not None:
        _cursor(surface, view, scene.cursor)


def paint_refused(surface: pygame.Surface, view: View, cell: Cell, aside: float = 0.0) -> None:
    """A crossed-out ring on a cell where no move can be made; aside: how far it shakes to the right, in cells."""
    rect = view.rect(cell)
    size = max(round(view.layout.cell * 0.5), 5)
    line = max(size // 8, 1)
    moved = Rect(rect.x + round(aside * view.layout.cell), rect.y, rect.width, rect.height)
    blit_centred(surface, disc(size + 2 * line, (255, 255, 255)), moved)
    blit_centred(surface, disc(size, view.theme.bad, line), moved)
    bar: tuple[Point, ...] = tuple((size * x, size * y) for x, y in ((0.2, 0.3), (0.3, 0.2), (0.8, 0.7), (0.7, 0.8)))
    blit_centred(surface, polygon(bar, size, size, view.theme.bad), moved)


def outline(surface: pygame.Surface, view: View, cell: Cell, colour: Colour, line: float) -> None:
    """A frame inside the border of a cell."""
    rect = view.rect(cell)
    corners = view.outline(cell, max(1 - line / rect.width, 0.3))
    surface.blit(frame(corners, rect.width, rect.height, colour, line), (rect.x, rect.y))


def _tint(view: View, scene: Scene, cell: Cell, seat: int | None) -> Colour | None:
    """The colour of the ground where it is not the usual."""
    colours = view.palette
    if cell in scene.winning:
        return colours.won
    if cell in scene.picked:
        return colours.picked
    on_route = len(scene.route) > 1 and cell in scene.route
    if on_route or (cell in scene.touched and seat is None):
        return colours.left
    if view.board.kind is Kind.LINES and cell == scene.last:
        return colours.left
    return None


def _mark(surface: pygame.Surface, view: View, scene: Scene, cell: Cell, seat: int) -> None:
    """The dot of the last move, and smaller ones on what it turned over."""
    colours, size, rect = view.palette.pieces[seat], view.piece_size, view.rect(cell)
    if view.board.kind in (Kind.LINES, Kind.CHEQUERED):
        return
    if cell == scene.last:
        _dot(surface, rect, max(size * 3 // 10, 2), colours.pattern)
    elif cell in scene.touched and size >= _SMALLEST_WITH_DOTS:
        _dot(surface, rect, max(size // 9, 2), colours.pattern)


def _target(surface: pygame.Surface, view: View, cell: Cell, taken: bool) -> None:
    """A cell to go to: a dot, or a ring around the piece to take."""
    size = view.layout.cell
    if taken:
        ring = disc(round(size * 0.94), view.palette.target, max(size // 14, 1))
        blit_centred(surface, ring, view.rect(cell))
    else:
        _dot(surface, view.rect(cell), max(size // 4, 3), view.palette.target)


def _cursor(surface: pygame.Surface, view: View, cell: Cell) -> None:
    """A frame around the cell, or around its whole column where stones fall."""
    line = min(max(view.layout.cell // 18, 2), 6)
    if not view.board.falls:
        outline(surface, view, cell, view.palette.cursor, line)
        return
    rect, board = view.rect(cell), view.layout.board
    place = (rect.x, board.y, rect.width, board.height)
    pygame.draw.rect(surface, view.palette.cursor, place, line, border_radius=view.layout.cell // 8)


def _dot(surface: pygame.Surface, rect: Rect, diameter: int, colour: Colour) -> None:
    """Of the parity of the cell, so that it lies in its very middle."""
    blit_centred(surface, disc(diameter + (rect.width - diameter) % 2, colour), rect)
