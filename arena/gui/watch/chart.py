"""A small chart: lines over moves learned from, with intervals, their names at the end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pygame

from arena.gui.boards.colour import mixed
from arena.gui.theme import Colour, Theme
from arena.gui.widgets.base import Brush
from arena.view.grid import Rect
from arena.watch.log import Curve

_DASHES = (0, 12, 5, 20)  # pixels: each line has its own, so that colour is not the only sign


def colours(theme: Theme) -> tuple[Colour, ...]:
    """Of the lines, in order."""
    return (theme.series[1], theme.series[0], theme.warning, theme.ink)


def draw(brush: Brush, rect: Rect, title: str, curves: Sequence[Curve], percent: bool) -> None:
    """percent: the scale is from 0 to 100 %; else from 0 to a little above the largest value."""
    surface, letters, theme, text = brush
    small = max(text * 4 // 5, 9)
    head = Rect(rect.x, rect.y, rect.width, text * 4 // 3)
    letters.line(surface, head, title, text, theme.ink, centred=False)
    names = curves if len(curves) > 1 else ()
    legend = small * 4 // 3 * len(names)
    area = Rect(rect.x, head.bottom, rect.width, max(rect.bottom - head.bottom - legend - small, 8))
    pygame.draw.rect(surface, mixed(theme.plate, theme.paper, 0.5), area)
    most = 1.0 if percent else max((max(curve.values) for curve in curves if curve.values), default=1.0) * 1.1 or 1.0
    last = max((curve.moves[-1] for curve in curves if curve.moves), default=1.0) or 1.0
    for share in (0.25, 0.5, 0.75):
        y = area.y + round(share * (area.height - 1))
        pygame.draw.line(surface, mixed(theme.plate_edge, theme.plate, 0.4), (area.x, y), (area.right - 1, y))
    for number, curve in enumerate(curves):
        _line(surface, area, curve, last, most, colours(theme)[number % 4], _DASHES[number % 4], text)
    pygame.draw.rect(surface, theme.plate_edge, area, 1)
    top = "100 %" if percent else short(most)
    letters.line(surface, Rect(area.x + 4, area.y + 2, area.width, small), top, small, theme.faint_ink, centred=False)
    foot = Rect(area.x, area.bottom, area.width, small)
    letters.line(surface, foot, "0", small, theme.faint_ink, centred=False)
    words = f"{short(last)} moves"
    width = letters.width(words, small)
    letters.line(surface, Rect(foot.right - width, foot.y, width + 1, small), words, small, theme.faint_ink)
    y = foot.bottom
    for number, curve in enumerate(names):
        colour = colours(theme)[number % 4]
        _dashed(surface, colour, (rect.x, y + small // 2), (rect.x + 2 * text, y + small // 2), _DASHES[number % 4], 3)
        now = f"{100 * curve.values[-1]:.1f} %" if percent else short(curve.values[-1])
        place = Rect(rect.x + 2 * text + small // 2, y, rect.width - 2 * text - small // 2, small * 4 // 3)
        letters.line(surface, place, f"{curve.name}: {now}", small, theme.ink, centred=False)
        y += small * 4 // 3


def short(value: float) -> str:
    """ "480,000", "12.3 M"."""
    if value >= 1e9:
        return f"{value / 1e9:.2f} G"
    return f"{value / 1e6:.1f} M" if value >= 1e6 else f"{value:,.0f}"


def _line(
    surface: pygame.Surface, area: Rect, curve: Curve, last: float, most: float, colour: Colour, dash: int, text: int
) -> None:
    def at(moves: float, value: float) -> tuple[int, int]:
        share = min(max(value / most, 0.0), 1.0)
        return area.x + round(moves / last * (area.width - 1)), area.y + round((1 - share) * (area.height - 1))

    points = [at(moves, value) for moves, value in zip(curve.moves, curve.values, strict=True)]
    for moves, bounds in zip(curve.moves, curve.bounds, strict=True):
        if bounds is not None:
            pygame.draw.line(surface, colour, at(moves, bounds[0]), at(moves, bounds[1]), 1)
    width = max(text // 8, 2)
    for start, end in itertools.pairwise(points):
        _dashed(surface, colour, start, end, dash, width)
    if len(points) == 1:
        pygame.draw.circle(surface, colour, points[0], width + 1)


def _dashed(
    surface: pygame.Surface, colour: Colour, start: tuple[int, int], end: tuple[int, int], dash: int, width: int
) -> None:
    if not dash:
        pygame.draw.line(surface, colour, start, end, width)
        return
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for low in range(0, length, 2 * dash):
        high = min(low + dash, length)
        one, other = (
            (start[0] + (end[0] - start[0]) * at // length, start[1] + (end[1] - start[1]) * at // length)
            for at in (low, high)
        )
        pygame.draw.line(surface, colour, one, other, width)
