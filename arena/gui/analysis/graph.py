"""The graph of a game: whose it is from move to move, mistakes, and where one is. A click goes there."""

from __future__ import annotations

import pygame

from arena.gui.boards.colour import mixed
from arena.gui.theme import Colour, Theme
from arena.view.analysis.timeline import Point, Timeline
from arena.view.grid import Rect

_STRIP = 14  # of the height is for the strip of truth: one part
_FEWEST = 10  # plies across: a short game does not fill the width


def place_at(rect: Rect, plies: int, x: int) -> int:
    """The position nearest to this pixel: 0 to `plies` moves."""
    share = (x - rect.x) / max(rect.width - 1, 1)
    return min(max(round(share * max(plies, _FEWEST)), 0), plies)


def x_of(rect: Rect, plies: int, place: int) -> int:
    return rect.x + round(place / max(plies, _FEWEST) * (rect.width - 1))


def y_of(rect: Rect, point: Point) -> int | None:
    """The height of the first player's expected points: all of them on top."""
    if point.outlook is None:
        return None
    return rect.y + round((1 - point.outlook.win - point.outlook.draw / 2) * (rect.height - 1))


def draw(
    surface: pygame.Surface,
    rect: Rect,
    found: Timeline,
    shown: int,
    theme: Theme,
    seats: tuple[Colour, Colour],
    hovered: int | None,
) -> None:
    """seats: the colours of the two sides: the first player's part lies below, the other's above."""
    strip = max(rect.height // _STRIP, 4)
    area = Rect(rect.x, rect.y, rect.width, rect.height - strip - 2)
    plies = len(found.moves)
    pygame.draw.rect(surface, mixed(theme.plate, theme.paper, 0.5), area)
    _areas(surface, area, found, theme, seats)
    middle = area.y + area.height // 2
    pygame.draw.line(surface, theme.faint_ink, (area.x, middle), (area.right - 1, middle))
    known = [(x_of(area, plies, n), y) for n, point in enumerate(found.points) if (y := y_of(area, point)) is not None]
    if len(known) > 1:
        pygame.draw.lines(surface, theme.ink, False, known, max(rect.height // 60, 1))
    _truth(surface, Rect(rect.x, area.bottom + 2, rect.width, strip), found, theme, seats)
    for place in {shown, hovered} - {None}:
        x = x_of(area, plies, place or 0)
        width = max(rect.width // 150, 2) if place == shown else 1
        pygame.draw.line(surface, theme.accent, (x, area.y), (x, rect.bottom - 1), width)
    _mistakes(surface, area, found, theme)
    if 0 <= shown < len(found.points) and (y := y_of(area, found.points[shown])) is not None:
        centre = x_of(area, plies, shown), y
        pygame.draw.circle(surface, theme.plate, centre, max(rect.height // 22, 4))
        pygame.draw.circle(surface, theme.accent, centre, max(rect.height // 22, 4), 2)
    pygame.draw.rect(surface, theme.plate_edge, area, 1)


def _areas(surface: pygame.Surface, area: Rect, found: Timeline, theme: Theme, seats: tuple[Colour, Colour]) -> None:
    """Between two neighbouring positions of which something is known, both sides' parts."""
    plies = len(found.moves)
    below, above = (mixed(theme.plate, colour, 0.75) for colour in seats)
    for place in range(plies):
        here, there = y_of(area, found.points[place]), y_of(area, found.points[place + 1])
        if here is None or there is None:
            continue
        left, right = x_of(area, plies, place), x_of(area, plies, place + 1)
        line = [(left, here), (right, there)]
        pygame.draw.polygon(surface, below, [*line, (right, area.bottom - 1), (left, area.bottom - 1)])
        pygame.draw.polygon(surface, above, [*line, (right, area.y), (left, area.y)])


def _truth(surface: pygame.Surface, strip: Rect, found: Timeline, theme: Theme, seats: tuple[Colour, Colour]) -> None:
    """Who wins under perfect play, position by position, where that is known: a full, a half or an empty strip."""
    plies = len(found.moves)
    for place, point in enumerate(found.points):
        if point.truth is None:
            continue
        before, here, after = (x_of(strip, plies, min(max(n, 0), plies)) for n in (place - 1, place, place + 1))
        left = (before + here) // 2
        width = max((here + after + 1) // 2 - left, 2)
        if point.truth == 0:
            pygame.draw.rect(surface, theme.faint_ink, (left, strip.y + strip.height // 3, width, strip.height // 3))
        else:
            colour = seats[0] if point.truth > 0 else seats[1]
            pygame.draw.rect(surface, colour, (left, strip.y, width, strip.height))
            pygame.draw.rect(surface, theme.faint_ink, (left, strip.y, width, strip.height), 1)


def _mistakes(surface: pygame.Surface, area: Rect, found: Timeline, theme: Theme) -> None:
    """A triangle where a move went wrong, a larger one with a dot for a blunder: pointing down from the line."""
    plies = len(found.moves)
    for place, move in enumerate(found.moves):
        y = y_of(area, found.points[place])
        if not move.is_mistake or y is None:
            continue
        x, blunder = x_of(area, plies, place), move.mark == "??"
        size = max(area.height // (11 if blunder else 16), 4)
        y = min(max(y, area.y + 2 * size), area.bottom - 1)
        corners = [(x, y), (x - size, y - 2 * size), (x + size, y - 2 * size)]
        pygame.draw.polygon(surface, theme.bad if blunder else theme.warning, corners)
        pygame.draw.polygon(surface, theme.plate, corners, 1)
