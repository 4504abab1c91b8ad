"""Where everything is on the start screen: a pure function of the window's size. No pygame here."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from arena.gui.widgets.base import SMALLEST_TEXT, across, text_height
from arena.view.grid import Rect

_SIDE_BY_SIDE_FROM = 30  # letters' heights of width from which the games stand beside the rest
_PREVIEW_FROM = 46  # and from which the board is shown too


@dataclass(frozen=True)
class StartLayout:
    """places: of the widgets, by name. labels: words above some of them."""

    text: int
    title: Rect
    status: Rect
    labels: tuple[tuple[Rect, str], ...]
    places: dict[str, Rect]
    preview: Rect | None


@functools.lru_cache(maxsize=8)
def arrange(size: tuple[int, int], games: int, unfinished: bool) -> StartLayout:
    """The layout of a window of `size` (width, height)."""
    width, height = max(size[0], 1), max(size[1], 1)
    text = text_height(min(width * 3 // 4, height))
    text = max(text * 4 // 5, SMALLEST_TEXT) if height < 700 else text
    gap, line = text, text * 2
    inner = Rect(gap, gap, max(width - 2 * gap, 1), max(height - 2 * gap, 1))
    title = Rect(inner.x, inner.y, inner.width // 4, text * 2)
    places: dict[str, Rect] = {}
    bottom = Rect(inner.x, inner.bottom - line, inner.width, line)
    names = ("open", "theme", "help", "quit")
    if width >= _SIDE_BY_SIDE_FROM * text:
        places |= dict(zip(("play", *names), across(bottom, 5, gap // 2), strict=True))
        top_of_buttons = bottom.y
    else:
        places |= dict(zip(names, across(bottom, 4, gap // 2), strict=True))
        places["play"] = Rect(inner.x, bottom.y - line - gap // 2, inner.width, line)
        top_of_buttons = places["play"].y
    status = Rect(inner.x + inner.width // 4, inner.y, inner.width - inner.width // 4, title.height)
    low = top_of_buttons - gap // 2
    if unfinished:
        places["continue"] = Rect(inner.x, low - line, inner.width, line)
        low = places["continue"].y - gap // 2
    top = title.bottom + gap // 2
    area = Rect(inner.x, top, inner.width, max(low - top, 1))
    preview = None
    if width >= _SIDE_BY_SIDE_FROM * text:
        side = min(max(inner.width // 4, text * 9), text * 14)
        games_area = Rect(area.x, area.y, side, area.height)
        rest = Rect(area.x + side + gap, area.y, area.width - side - gap, area.height)
        if width >= _PREVIEW_FROM * text:
            part = min(rest.width * 45 // 100, rest.height)
            preview = Rect(rest.right - part, rest.y, part, rest.height)
            rest = Rect(rest.x, rest.y, rest.width - part - gap, rest.height)
    else:
        tall = min(games * line + text + gap // 2, area.height * 3 // 10)
        games_area = Rect(area.x, area.y, area.width, tall)
        rest = Rect(area.x, games_area.bottom + gap // 2, area.width, area.height - tall - gap // 2)
    labels = [_labelled(places, "games", "Game", games_area, text)]
    labels += _options(places, rest, text)
    return StartLayout(text, title, status, tuple(labels), places, preview)


def _options(places: dict[str, Rect], area: Rect, text: int) -> list[tuple[Rect, str]]:
    """Below each other: the board, the opponents with what room there is, the seat and the time to think."""
    line, gap = text * 2, text // 2
    one = text + gap // 2 + line
    board = Rect(area.x, area.y, area.width, one)
    seconds = Rect(area.x, area.bottom - one, area.width, one)
    seat = Rect(area.x, seconds.y - gap - one, area.width, one)
    if area.width >= 15 * text:
        seat, seconds = (
            Rect(area.x, seconds.y, area.width * 4 // 10, one),
            Rect(area.x + area.width * 4 // 10 + gap * 2, seconds.y, area.width * 6 // 10 - gap * 2, one),
        )
    opponents = Rect(area.x, board.bottom + gap, area.width, max(seat.y - gap - board.bottom - gap, one))
    return [
        _labelled(places, "board", "Board", board, text),
        _labelled(places, "opponents", "Opponent", opponents, text),
        _labelled(places, "seat", "You move", seat, text),
        _labelled(places, "seconds", "Its time to think", seconds, text),
    ]


def _labelled(places: dict[str, Rect], name: str, words: str, area: Rect, text: int) -> tuple[Rect, str]:
    """Words on top of `area`, and the widget in the rest of it."""
    top = text + text // 4
    places[name] = Rect(area.x, area.y + top, area.width, max(area.height - top, 1))
    return Rect(area.x, area.y, area.width, text), words
