"""Small pictures with smooth edges, each made once."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import pygame

from arena.gui.boards.looks import Look
from arena.gui.theme import Colour
from arena.view.grid import Point, Rect

_OVERSAMPLING = 4
_SMALL = 14  # diameter of discs in which lines of a whole pixel would leave too little of the colour
_LARGEST_PICTURE = 6_000_000  # pixels, where a large picture is drawn larger still to be made smooth


@functools.lru_cache(maxsize=256)
def disc(diameter: int, colour: Colour, edge: Colour, ring: bool = False, alpha: int = 255) -> pygame.Surface:
    """A smooth disc on a transparent square; `ring` draws a second circle inside."""
    big = diameter * _OVERSAMPLING
    # Transparent pixels carry the edge's colour too, so that smoothing mixes in no black.
    picture = pygame.Surface((big, big), pygame.SRCALPHA)
    picture.fill((*edge, 0))
    centre = (big // 2, big // 2)
    pygame.draw.circle(picture, edge, centre, big // 2)
    thinnest = _OVERSAMPLING if diameter >= _SMALL else _OVERSAMPLING // 2
    line = max(big // 18, thinnest) if edge != colour else 0
    pygame.draw.circle(picture, colour, centre, big // 2 - line)
    if ring:
        pygame.draw.circle(picture, edge, centre, big * 3 // 10, max(big // 12, thinnest))
    small = pygame.transform.smoothscale(picture, (diameter, diameter))
    small.set_alpha(alpha)
    return small


def stone(look: Look, diameter: int, seat: int, alpha: int = 255) -> pygame.Surface:
    return disc(diameter, look.stone[seat], look.stone_edge[seat], seat == 1, alpha)


@functools.lru_cache(maxsize=64)
def hexagon(corners: tuple[Point, ...], width: int, height: int, colour: Colour) -> pygame.Surface:
    """A smooth hexagon on a transparent rectangle of this size."""
    picture = pygame.Surface((width * _OVERSAMPLING, height * _OVERSAMPLING), pygame.SRCALPHA)
    picture.fill((*colour, 0))
    pygame.draw.polygon(picture, colour, [(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in corners])
    return pygame.transform.smoothscale(picture, (width, height))


def polygons(surface: pygame.Surface, area: Rect, ground: Colour, shapes: Sequence[tuple[Colour, list[Point]]]) -> None:
    """Paint `area` over with these on the ground, one over the other, with smooth edges."""
    most = math.isqrt(_LARGEST_PICTURE // max(area.width * area.height, 1))
    scale = min(max(most, 1), _OVERSAMPLING)
    picture = pygame.Surface((area.width * scale, area.height * scale))
    picture.fill(ground)
    for colour, corners in shapes:
        pygame.draw.polygon(picture, colour, [((x - area.x) * scale, (y - area.y) * scale) for x, y in corners])
    surface.blit(pygame.transform.smoothscale(picture, (area.width, area.height)), (area.x, area.y))


def blit_centred(surface: pygame.Surface, picture: pygame.Surface, rect: Rect) -> None:
    x = rect.x + (rect.width - picture.get_width()) // 2
    y = rect.y + (rect.height - picture.get_height()) // 2
    surface.blit(picture, (x, y))
