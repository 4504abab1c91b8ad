"""Draws an analysis over the board: heat, numbers that fit, the best move, and arrows."""

from __future__ import annotations

import functools
import math

import pygame

from arena.gui.boards.colour import WHITE, heat_colour, ink_on
from arena.gui.boards.drawing.arrows import ArrowShape, paint_arrow
from arena.gui.boards.drawing.numbers import Style, style_for, write
from arena.gui.boards.drawing.sprites import blit_centred, polygon, rounded, smooth
from arena.gui.boards.overlay import Arrow, Mark, Overlay
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.gui.widgets.letters import Letters
from arena.view.board import Cell
from arena.view.grid import Rect
from arena.view.kind import Kind
from arena.view.position import Stones

_ROUND = (Kind.WELLS, Kind.POINTS, Kind.FELT)
_PLATE, _BADGE = 0.82, 0.46  # of a cell: on an empty one, and beside the piece on another
_LABEL, _LABEL_AT = 0.54, 0.7  # width of the number on an arrow, of a cell; where it stands along the arrow
_WRITTEN, _WRITTEN_IN_FRAME = 0.86, 0.72  # of the width of a plate that letters may fill
_SMALLEST_WITH_STAR = 40  # plates on which a star fits above the number
_NEUTRAL: Colour = (248, 247, 243)
_EDGE: Colour = (22, 26, 34)
_ARROW_ALPHA = 225
_SHADES = 32


def paint_overlay(surface: pygame.Surface, letters: Letters, view: View, overlay: Overlay, stones: Stones) -> None:
    """Marks, arrows over them, and the arrows' numbers; of numbers that would cover each other the last arrow's."""
    taken = {cell for cell in overlay.marks if stones[cell[0]][cell[1]] is not None}
    usual = [mark.text for cell, mark in overlay.marks.items() if cell not in taken and not mark.best]
    style = style_for(letters, usual, round(_plate_size(view) * _WRITTEN))
    for cell, mark in overlay.marks.items():
        _paint_mark(surface, letters, view, cell, mark, None if cell in taken or mark.best else style, cell in taken)
    for arrow in overlay.arrows:
        _paint_shaft(surface, view, arrow)
    labelled: list[Rect] = []
    for arrow in reversed(overlay.arrows):
        place = _label_place(view, arrow)
        if not any(place.overlaps(other) for other in labelled):
            labelled.append(place)
            _paint_label(surface, letters, place, arrow)


def _plate_size(view: View) -> int:
    """Of a mark on an empty cell."""
    return max(view.piece_size if view.board.falls else round(view.layout.cell * _PLATE), 3)


def _paint_mark(
    surface: pygame.Surface, letters: Letters, view: View, cell: Cell, mark: Mark, style: Style | None, taken: bool
) -> None:
    """style: that of the other numbers; None: its own. taken: beside a piece."""
    rect, size = view.rect(cell), _plate_size(view)
    if taken:
        size = max(round(view.layout.cell * _BADGE), 3)
        rect = Rect(rect.right - size - 1, rect.y + 1, size, size)
    colour = _NEUTRAL if mark.heat is None else _shade(mark.heat)
    if mark.heat is not None or mark.text or mark.best:
        blit_centred(surface, _plate(size, colour, view.board.kind, mark.best), rect)
    star = mark.best and size >= _SMALLEST_WITH_STAR
    place = Rect(rect.x, rect.y + (size // 9 if star else 0), rect.width, rect.height)
    if style is None:
        style = style_for(letters, [mark.text], round(size * (_WRITTEN_IN_FRAME if mark.best else _WRITTEN)))
    write(surface, letters, place, mark.text, style, ink_on(colour))
    if star:
        x, y = rect.center
        picture = _star(size // 4, ink_on(colour))
        surface.blit(picture, (x - picture.get_width() // 2, y - size * 5 // 14 - picture.get_height() // 4))


@functools.lru_cache(maxsize=160)
def _plate(size: int, colour: Colour, kind: Kind, best: bool) -> pygame.Surface:
    """The ground of a number: round, a hexagon or a square with round corners; a double frame for the best move."""

    def draw(picture: pygame.Surface, scale: int) -> None:
        line = max(size / 44, 0.8) * scale
        layers = [(_EDGE, 0.0), (colour, line)]
        if best:
            white = max(size / 16, 1.5) * scale
            layers = [(_EDGE, 0.0), (WHITE, line), (_EDGE, line + white), (colour, 2 * line + white)]
        for shade, inset in layers:
            _shape(picture, kind, shade, inset)

    return smooth(size, size, _EDGE, draw)


def _shape(picture: pygame.Surface, kind: Kind, colour: Colour, inset: float) -> None:
    width = picture.get_width()
    middle = width / 2
    if kind in _ROUND:
        pygame.draw.circle(picture, colour, (middle, middle), middle - inset)
    elif kind is Kind.HEXAGONS:
        radius = middle - inset * 1.15
        angles = [math.pi / 6 + number * math.pi / 3 for number in range(6)]
        pygame.draw.polygon(
            picture, colour, [(middle + radius * math.cos(a), middle + radius * math.sin(a)) for a in angles]
        )
    else:
        place = Rect(0, 0, width, width).inset(round(inset))
        pygame.draw.rect(picture, colour, place, border_radius=max(width // 6 - round(inset / 2), 0))


@functools.lru_cache(maxsize=16)
def _star(size: int, colour: Colour) -> pygame.Surface:
    middle = size / 2
    radii = [middle * (1 if number % 2 == 0 else 0.42) for number in range(10)]
    angles = [math.pi * (number / 5 - 0.5) for number in range(10)]
    corners = [(middle + r * math.cos(a), middle + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]
    return polygon(tuple(corners), size, size, colour)


def _paint_shaft(surface: pygame.Surface, view: View, arrow: Arrow) -> None:
    strength = round(arrow.strength * _SHADES) / _SHADES
    shape = ArrowShape(0.07 + 0.1 * strength, 0.2 + 0.14 * strength, (0.2, 0.0), _ARROW_ALPHA, _EDGE)
    paint_arrow(surface, view, arrow.start, arrow.end, _shade(strength), shape)


def _shade(heat: float) -> Colour:
    """One of a few colours, so that few pictures need be made."""
    return heat_colour(round(heat * _SHADES) / _SHADES)


def _label_place(view: View, arrow: Arrow) -> Rect:
    width = max(round(view.layout.cell * _LABEL), 3)
    height = width // 2
    (x, y), (to_x, to_y) = view.middle(arrow.start), view.middle(arrow.end)
    left, top = x + (to_x - x) * _LABEL_AT - width / 2, y + (to_y - y) * _LABEL_AT - height / 2
    return Rect(round(left), round(top), width, height)


def _paint_label(surface: pygame.Surface, letters: Letters, place: Rect, arrow: Arrow) -> None:
    style, colour = style_for(letters, [arrow.text], round(place.width * _WRITTEN)), _shade(arrow.strength)
    if style is not None:
        rounded(surface, _EDGE, place, place.height // 3)
        rounded(surface, colour, place.inset(1), place.height // 3 - 1)
        write(surface, letters, place, arrow.text, style, ink_on(colour))
