"""Arrows from cell to cell."""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import pygame

from arena.gui.boards.drawing.sprites import smooth, strokes
from arena.gui.boards.view import View
from arena.gui.theme import Colour
from arena.view.board import Cell
from arena.view.grid import Point


class ArrowShape(NamedTuple):
    """In shares of a cell. thick: the shaft. head: length of the head. short: how far both ends stay from the middles.

    alpha: 255 where nothing is seen through it. edge: the colour of its border, None for none.
    """

    thick: float
    head: float
    short: tuple[float, float]
    alpha: int
    edge: Colour | None


def paint_arrow(surface: pygame.Surface, view: View, start: Cell, end: Cell, colour: Colour, shape: ArrowShape) -> None:
    (x, y), (to_x, to_y) = view.middle(start), view.middle(end)
    picture = _picture(round(to_x - x), round(to_y - y), view.layout.cell, colour, shape)
    margin = view.layout.cell // 2
    surface.blit(picture, (round(min(x, to_x)) - margin, round(min(y, to_y)) - margin))


@functools.lru_cache(maxsize=64)
def _picture(right: int, down: int, cell: int, colour: Colour, shape: ArrowShape) -> pygame.Surface:
    """From a point to another so far to the right and down, with half a cell around."""
    margin = cell // 2
    length = math.hypot(right, down) or 1.0
    ahead = right / length, down / length
    first = margin + max(-right, 0), margin + max(-down, 0)

    def point(along: float, aside: float = 0.0) -> Point:
        """So many pixels from the start towards the end, and to the right of that."""
        return first[0] + ahead[0] * along - ahead[1] * aside, first[1] + ahead[1] * along + ahead[0] * aside

    begin, tip = cell * shape.short[0], length - cell * shape.short[1]
    neck = max(tip - cell * shape.head, begin)
    wing = (tip - neck) * 0.62

    def draw(picture: pygame.Surface, scale: int) -> None:
        shaft = [_scaled(point(along), scale) for along in (begin, neck)]
        head = [_scaled(corner, scale) for corner in (point(tip), point(neck, wing), point(neck, -wing))]
        line = max(cell / 34, 1.0) * scale
        layers = [(colour, 0.0)] if shape.edge is None else [(shape.edge, 2 * line), (colour, 0.0)]
        for shade, wider in layers:
            strokes(picture, shade, shaft, shape.thick * cell * scale + wider)
            pygame.draw.polygon(picture, shade, head)
            if wider:
                strokes(picture, shade, head, wider, closed=True)

    picture = smooth(abs(right) + 2 * margin, abs(down) + 2 * margin, shape.edge or colour, draw)
    picture.fill((255, 255, 255, shape.alpha), special_flags=pygame.BLEND_RGBA_MULT)
    return picture


def _scaled(point: Point, scale: int) -> Point:
    return point[0] * scale, point[1] * scale
