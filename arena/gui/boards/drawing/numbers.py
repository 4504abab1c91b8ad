"""Numbers that fit their places, alike all over the board."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pygame

from arena.gui.theme import Colour
from arena.gui.widgets.letters import Letters
from arena.view.grid import Rect

_SMALLEST = 8  # height of letters that can just be read
_SMALL = 11  # before letters become smaller than this, numbers become shorter


class Style(NamedTuple):
    """short: without the 0 before the point, such as "-.62". size: height of the letters."""

    short: bool
    size: int


def style_for(letters: Letters, texts: Iterable[str], width: int) -> Style | None:
    """As large as all fit into `width` pixels, up to two fifths of them high; None where they could not be read."""
    texts = list(texts)
    for short, smallest in ((False, _SMALL), (True, _SMALLEST)):
        widest = max((_form(text, short) for text in texts), key=lambda text: letters.width(text, _SMALL), default="")
        for size in range(max(width * 2 // 5, _SMALL), smallest - 1, -1):
            if widest and letters.width(widest, size) <= width:
                return Style(short, size)
    return None


def write(surface: pygame.Surface, letters: Letters, rect: Rect, text: str, style: Style | None, ink: Colour) -> None:
    """In the middle of `rect`; nothing without a style."""
    if text and style is not None:
        letters.line(surface, rect, _form(text, style.short), style.size, ink)


def _form(text: str, short: bool) -> str:
    return text.replace("0.", ".", 1) if short else text
