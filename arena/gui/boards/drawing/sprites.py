"""Small pictures with smooth edges: drawn several times as large, and made smaller."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

import pygame

from arena.gui.theme import Colour
from arena.view.grid import Point, Rect

OVERSAMPLING = 4
_LARGEST_SPRITE = 1_500_000  # pixels of what is drawn several times as large: large sprites need it less
_LARGE_PICTURE, _LARGEST_PICTURE = 4_000_000, 10_000_000  # the same for what is as large as a board: at least twice

Drawing = Callable[[pygame.Surface, int], None]
Shape = tuple[Colour, Sequence[Point]]


def smooth(width: int, height: int, around: Colour, draw: Drawing) -> pygame.Surface:
    """What `draw(picture, scale)` draws, `scale` times as large as wanted, on a transparent ground.

    around: the colour at the border of what is drawn, which smoothing mixes into the transparent pixels beside it.
    """
    width, height = max(width, 1), max(height, 1)
    scale = min(max(math.isqrt(_LARGEST_SPRITE // (width * height)), 1), OVERSAMPLING)
    picture = pygame.Surface((width * scale, height * scale), pygame.SRCALPHA)
    picture.fill((*around, 0))
    draw(picture, scale)
    return picture if scale == 1 else pygame.transform.smoothscale(picture, (width, height))


def faded(picture: pygame.Surface, alpha: int) -> pygame.Surface:
    """A copy that shows what is behind it; alpha: 0 to 255."""
    copy = picture.copy()
    copy.fill((255, 255, 255, alpha), special_flags=pygame.BLEND_RGBA_MULT)
    return copy


@functools.lru_cache(maxsize=128)
def disc(diameter: int, colour: Colour, line: int = 0) -> pygame.Surface:
    """A disc, or a ring `line` pixels thick."""

    def draw(picture: pygame.Surface, scale: int) -> None:
        middle, radius = diameter * scale // 2, diameter * scale // 2
        pygame.draw.circle(picture, colour, (middle, middle), radius, line * scale)

    return smooth(diameter, diameter, colour, draw)


@functools.lru_cache(maxsize=64)
def polygon(corners: tuple[Point, ...], width: int, height: int, colour: Colour) -> pygame.Surface:
    """A polygon on a transparent rectangle of this size."""

    def draw(picture: pygame.Surface, scale: int) -> None:
        pygame.draw.polygon(picture, colour, [(x * scale, y * scale) for x, y in corners])

    return smooth(width, height, colour, draw)


@functools.lru_cache(maxsize=64)
def frame(corners: tuple[Point, ...], width: int, height: int, colour: Colour, line: float) -> pygame.Surface:
    """The border of a polygon, `line` pixels thick."""

    def draw(picture: pygame.Surface, scale: int) -> None:
        strokes(picture, colour, [(x * scale, y * scale) for x, y in corners], line * scale, closed=True)

    return smooth(width, height, colour, draw)


def strokes(
    picture: pygame.Surface, colour: Colour, points: Sequence[Point], thickness: float, closed: bool = False
) -> None:
    """Straight lines from point to point with round ends and joints."""
    ends = [*points[1:], points[0]] if closed else points[1:]
    for (x, y), (to_x, to_y) in zip(points, ends, strict=False):
        length = math.hypot(to_x - x, to_y - y) or 1.0
        across, down = (to_y - y) / length * thickness / 2, -(to_x - x) / length * thickness / 2
        corners = [(x + across, y + down), (to_x + across, to_y + down), (to_x - across, to_y - down)]
        pygame.draw.polygon(picture, colour, [*corners, (x - across, y - down)])
    for x, y in points:
        pygame.draw.circle(picture, colour, (x, y), thickness / 2)


def polygons(surface: pygame.Surface, area: Rect, ground: Colour, shapes: Sequence[Shape]) -> None:
    """Paint these, one over the other; `ground`: the colour that lies there already."""
    pixels = max(area.width * area.height, 1)
    scale = min(max(math.isqrt(_LARGE_PICTURE // pixels), 2), OVERSAMPLING)
    if scale * scale * pixels > _LARGEST_PICTURE:
        for colour, corners in shapes:
            pygame.draw.polygon(surface, colour, corners)
            pygame.draw.aalines(surface, colour, True, corners)
        return
    picture = pygame.Surface((area.width * scale, area.height * scale), pygame.SRCALPHA)
    picture.fill((*ground, 0))
    for colour, corners in shapes:
        pygame.draw.polygon(picture, colour, [((x - area.x) * scale, (y - area.y) * scale) for x, y in corners])
    surface.blit(pygame.transform.smoothscale(picture, (area.width, area.height)), (area.x, area.y))


def rounded(surface: pygame.Surface, colour: Colour, rect: Rect, radius: int) -> None:
    """A filled rectangle with round corners."""
    radius = max(min(radius, rect.width // 2, rect.height // 2), 0)
    pygame.draw.rect(surface, colour, (rect.x + radius, rect.y, rect.width - 2 * radius, rect.height))
    pygame.draw.rect(surface, colour, (rect.x, rect.y + radius, rect.width, rect.height - 2 * radius))
    if radius:
        corner = disc(2 * radius, colour)
        for x in (rect.x, rect.right - 2 * radius):
            for y in (rect.y, rect.bottom - 2 * radius):
                surface.blit(corner, (x, y))


def blit_centred(surface: pygame.Surface, picture: pygame.Surface, rect: Rect) -> None:
    x = rect.x + (rect.width - picture.get_width()) // 2
    y = rect.y + (rect.height - picture.get_height()) // 2
    surface.blit(picture, (x, y))
