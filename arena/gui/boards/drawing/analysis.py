"""Draws an analysis over the board: heat, numbers that fit, the best move, and arrows."""

from __future__ import annotations

import functools
import math

import pygame

from arena.gui.boards.colour import heat_colour, ink_on
from arena.gui.boards.drawing.sprites import blit_centred, polygon, smooth, strokes
from arena.gui.boards.overlay import Arrow, Mark, Overlay
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.gui.widgets.letters import Letters
from arena.view.board import Cell
from arena.view.grid import Point, Rect
from arena.view.kind import Kind
from arena.view.position import Stones

_ROUND = (Kind.WELLS, Kind.POINTS, Kind.FELT)
_PLATE, _BADGE = 0.82, 0.46  # of a cell: on an empty one, and beside the piece on another
_SMALLEST_LETTERS = 9
_SMALLEST_WITH_STAR = 40  # plates on which a star fits above the number
_NEUTRAL: Colour = (248, 247, 243)
_ARROW_ALPHA = 225


def paint_overlay(surface: pygame.Surface, letters: Letters, view: View, overlay: Overlay, stones: Stones) -> None:
    """Marks, and arrows over them."""
    for cell, mark in overlay.marks.items():
        _paint_mark(surface, letters, view, cell, mark, taken=stones[cell[0]][cell[1]] is not None)
    for arrow in overlay.arrows:
        _paint_arrow(surface, letters, view, arrow)


def _paint_mark(surface: pygame.Surface, letters: Letters, view: View, cell: Cell, mark: Mark, taken: bool) -> None:
    rect = view.rect(cell)
    size = max(round(view.layout.cell * (_BADGE if taken else _PLATE)), 3)
    if taken:
        rect = Rect(rect.right - size - 1, rect.y + 1, size, size)
    colour = _NEUTRAL if mark.heat is None else heat_colour(mark.heat)
    if mark.heat is not None or mark.text or mark.best:
        blit_centred(surface, _plate(size, colour, view.board.kind, mark.best), rect)
    star = mark.best and size >= _SMALLEST_WITH_STAR
    place = Rect(rect.x, rect.y + (size // 9 if star else 0), rect.width, rect.height)
    _number(surface, letters, place, mark.text, round(size * 0.86), ink_on(colour))
    if star:
        x, y = rect.center
        picture = _star(size // 4, ink_on(colour))
        surface.blit(picture, (x - picture.get_width() // 2, y - size * 5 // 14 - picture.get_height() // 4))


def _number(surface: pygame.Surface, letters: Letters, rect: Rect, text: str, width: int, ink: Colour) -> None:
    """As large as fits into `width` pixels, up to a third of them high; nothing where that is too small to read."""
    size = max(width * 2 // 5, _SMALLEST_LETTERS)
    while size > _SMALLEST_LETTERS and letters.width(text, size) > width:
        size -= 1
    if text and letters.width(text, size) <= width and size <= width:
        letters.line(surface, rect, text, size, ink)


@functools.lru_cache(maxsize=512)
def _plate(size: int, colour: Colour, kind: Kind, best: bool) -> pygame.Surface:
    """The ground of a number: round, a hexagon or a square with round corners; a double frame for the best move."""
    edge = ink_on(colour)

    def draw(picture: pygame.Surface, scale: int) -> None:
        line = max(size / 13, 1.5) * scale if best else max(size / 40, 0.8) * scale
        layers = [(edge, 0.0), (colour, line)]
        if best:
            layers = [(edge, 0.0), ((255, 255, 255), line * 0.55), (edge, line), (colour, line * 1.5)]
        for shade, inset in layers:
            _shape(picture, kind, shade, inset)

    return smooth(size, size, edge, draw)


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


def _paint_arrow(surface: pygame.Surface, letters: Letters, view: View, arrow: Arrow) -> None:
    (x, y), (to_x, to_y) = view.middle(arrow.start), view.middle(arrow.end)
    cell, colour = view.layout.cell, heat_colour(arrow.strength)
    picture = _arrow_picture(round(to_x - x), round(to_y - y), cell, arrow.strength, colour)
    margin = cell // 2
    surface.blit(picture, (round(min(x, to_x)) - margin, round(min(y, to_y)) - margin))
    if arrow.text:
        width = max(round(cell * _BADGE * 1.1), 3)
        height = max(width * 6 // 10, 3)
        at_x, at_y = x + (to_x - x) * 0.56, y + (to_y - y) * 0.56
        place = Rect(round(at_x - width / 2), round(at_y - height / 2), width, height)
        if letters.width(arrow.text, _SMALLEST_LETTERS) <= width:
            pygame.draw.rect(surface, colour, place, border_radius=height // 3)
            pygame.draw.rect(surface, ink_on(colour), place, 1, border_radius=height // 3)
            _number(surface, letters, place, arrow.text, round(width * 0.86), ink_on(colour))


@functools.lru_cache(maxsize=256)
def _arrow_picture(right: int, down: int, cell: int, strength: float, colour: Colour) -> pygame.Surface:
    """From the middle of one cell so far to the right and down, with half a cell around it."""
    margin, edge = cell // 2, ink_on(colour)
    length = math.hypot(right, down) or 1.0
    along: Point = (right / length, down / length)
    start = (margin + max(-right, 0) + along[0] * cell * 0.2, margin + max(-down, 0) + along[1] * cell * 0.2)
    end = (margin + max(right, 0), margin + max(down, 0))
    thick, head = cell * (0.07 + 0.1 * strength), cell * (0.2 + 0.14 * strength)
    neck = (end[0] - along[0] * head, end[1] - along[1] * head)
    across = (-along[1] * head * 0.62, along[0] * head * 0.62)
    tip = [end, (neck[0] + across[0], neck[1] + across[1]), (neck[0] - across[0], neck[1] - across[1])]

    def draw(picture: pygame.Surface, scale: int) -> None:
        line = max(cell / 34, 1.0) * scale
        for shade, wider in ((edge, 2 * line), (colour, 0.0)):
            strokes(picture, shade, [_scaled(start, scale), _scaled(neck, scale)], thick * scale + wider)
            corners = [_scaled(corner, scale) for corner in tip]
            pygame.draw.polygon(picture, shade, corners)
            if wider:
                strokes(picture, shade, corners, wider, closed=True)

    picture = smooth(abs(right) + 2 * margin, abs(down) + 2 * margin, edge, draw)
    picture.fill((255, 255, 255, _ARROW_ALPHA), special_flags=pygame.BLEND_RGBA_MULT)
    return picture


def _scaled(point: Point, scale: int) -> Point:
    return point[0] * scale, point[1] * scale
