"""Draws the page of help over everything else."""

from __future__ import annotations

import pygame

from arena.gui import theme
from arena.gui.painting.letters import Letters
from arena.gui.scene import Help
from arena.view.grid import Rect

_SMALLEST, _LARGEST = 9, 24


def paint(surface: pygame.Surface, letters: Letters, text: int, page: Help) -> None:
    """text: height of the letters in the rest of the window, the most that are used here."""
    veil = pygame.Surface(surface.get_size())
    veil.fill(theme.INK)
    veil.set_alpha(theme.VEIL_ALPHA)
    surface.blit(veil, (0, 0))
    width, height = surface.get_size()
    size = max(min(text, _LARGEST), _SMALLEST)
    while size > _SMALLEST and not _fits(letters, size, page, width, height):
        size -= 1
    lines = _about(letters, size, page, width)
    line, margin, keys = size * 3 // 2, size, _keys(letters, size, page)
    most = (height - 3 * margin) // line - len(page.keys) - 1
    lines = lines[: max(most, 0)]
    wide, high = _inner_width(letters, size, page, width), line * (len(page.keys) + len(lines) + 1) + line // 2
    inner = Rect((width - wide) // 2, max((height - high) // 2, margin), wide, high)
    plate = inner.inset(-margin)
    pygame.draw.rect(surface, theme.PLATE, plate, border_radius=size)
    pygame.draw.rect(surface, theme.ACCENT, plate, 2, border_radius=size)
    place = Rect(inner.x, inner.y, wide, line)
    letters.line(surface, place, page.title, size + size // 4, theme.INK, centred=False)
    for words in lines:
        place = _below(place, line)
        letters.line(surface, place, words, size, theme.FAINT_INK, centred=False)
    place = _below(place, line // 2)
    for key, meaning in page.keys:
        place = _below(place, line)
        letters.line(surface, place, key, size, theme.ACCENT, centred=False)
        beside = Rect(inner.x + keys, place.y, wide - keys, line)
        letters.line(surface, beside, meaning, size, theme.INK, centred=False)


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
