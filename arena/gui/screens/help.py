"""The page of help over everything else; any key or click closes it."""

from __future__ import annotations

import pygame

from arena.gui.context import Context
from arena.gui.screens.modal import Modal
from arena.gui.screens.stack import Screen
from arena.gui.theme import Theme
from arena.gui.widgets.base import text_height
from arena.gui.widgets.letters import Letters
from arena.gui.widgets.page import Help
from arena.view.grid import Rect

_SMALLEST = 9


class HelpScreen(Modal):
    """text: height of the letters in a window of a size, the most that are used here."""

    def __init__(self, context: Context, below: Screen, page: Help) -> None:
        super().__init__(context, below)
        self.page = page

    def content(self) -> Help:
        return self.page

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN or (event.type == pygame.MOUSEBUTTONDOWN and event.button == 1):
            self.context.pop()

    def paint(self, surface: pygame.Surface) -> None:
        _paint(surface, self.context.letters, self.context.theme, self.page)


def _paint(surface: pygame.Surface, letters: Letters, theme: Theme, page: Help) -> None:
    text = text_height(min(surface.get_size()))
    width, height = surface.get_size()
    size = max(text, _SMALLEST)
    while size > _SMALLEST and not _fits(letters, size, page, width, height):
        size -= 1
    lines = _about(letters, size, page, width)
    line, margin, keys = size * 3 // 2, size, _keys(letters, size, page)
    most = (height - 3 * margin) // line - len(page.keys) - 1
    lines = lines[: max(most, 0)]
    wide, high = _inner_width(letters, size, page, width), line * (len(page.keys) + len(lines) + 1) + line // 2
    inner = Rect((width - wide) // 2, max((height - high) // 2, margin), wide, high)
    plate = inner.inset(-margin)
    pygame.draw.rect(surface, theme.plate, plate, border_radius=size)
    pygame.draw.rect(surface, theme.accent, plate, 2, border_radius=size)
    place = Rect(inner.x, inner.y, wide, line)
    letters.line(surface, place, page.title, size + size // 4, theme.ink, centred=False)
    for words in lines:
        place = _below(place, line)
        letters.line(surface, place, words, size, theme.faint_ink, centred=False)
    place = _below(place, line // 2)
    for key, meaning in page.keys:
        place = _below(place, line)
        letters.line(surface, place, key, size, theme.accent, centred=False)
        beside = Rect(inner.x + keys, place.y, wide - keys, line)
        letters.line(surface, beside, meaning, size, theme.ink, centred=False)


def _below(rect: Rect, distance: int) -> Rect:
    return rect._replace(y=rect.y + distance)


def _keys(letters: Letters, size: int, page: Help) -> int:
    """The width of the keys, with a gap."""
    return max(letters.width(key, size) for key, _ in page.keys) + size


def _inner_width(letters: Letters, size: int, page: Help, width: int) -> int:
    widest = _keys(letters, size, page) + max(letters.width(meaning, size) for _, meaning in page.keys)
    return min(widest, max(width - 3 * size, 1))


def _about(letters: Letters, size: int, page: Help, width: int) -> tuple[str, ...]:
    return letters.broken(page.about, size, _inner_width(letters, size, page, width))


def _fits(letters: Letters, size: int, page: Help, width: int, height: int) -> bool:
    rows = len(page.keys) + len(_about(letters, size, page, width)) + 2
    meanings = max(letters.width(meaning, size) for _, meaning in page.keys)
    return _keys(letters, size, page) + meanings + 3 * size <= width and rows * (size * 3 // 2) + 3 * size <= height
