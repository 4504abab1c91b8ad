"""Letters: lines, sentences and lists that fit their place."""

from __future__ import annotations

import bisect
import functools
from collections.abc import Sequence

import pygame

from arena.gui.theme import Colour
from arena.view.grid import Rect

_SMALLEST_LETTERS = 13
_PICTURES_KEPT = 1024
_BREAKS_KEPT = 64
_MOST = 2000  # characters of a sentence that are looked at: no window shows more
_OVERSAMPLING = 4  # small letters drawn at their own size stand unevenly apart


class Letters:
    """Keeps the fonts and what was written of late; needs `pygame.font.init()`."""

    def __init__(self) -> None:
        self._fonts: dict[int, pygame.font.Font] = {}
        self._picture = functools.lru_cache(_PICTURES_KEPT)(self._render)
        self._break = functools.lru_cache(_BREAKS_KEPT)(self._broken)

    def width(self, text: str, size: int) -> int:
        return -(-self._font(size).size(_writable(text))[0] // _OVERSAMPLING)

    def line(
        self, surface: pygame.Surface, rect: Rect, text: str, size: int, colour: Colour, centred: bool = True
    ) -> None:
        """One line, cut short where it does not fit, in the middle of the height of `rect`."""
        picture = self._picture(text, size, rect.width, colour)
        x = rect.x + (rect.width - picture.get_width()) // 2 if centred else rect.x
        surface.blit(picture, (x, rect.y + (rect.height - picture.get_height()) // 2))

    def broken(self, text: str, size: int, width: int) -> tuple[str, ...]:
        """Words broken into the lines that fit."""
        return self._break(tuple(text.split()), " ", size, width)

    def sentence(self, surface: pygame.Surface, rect: Rect, text: str, size: int, colour: Colour) -> None:
        """Words broken into the lines that fit, in smaller letters where there are many, and cut short at the end."""
        text = text[:_MOST]
        lines = self.broken(text, size, rect.width)
        while size > _SMALLEST_LETTERS and len(lines) * self._line_height(size) > rect.height:
            size -= 1
            lines = self.broken(text, size, rect.width)
        room = self._room(rect, size)
        self._lines(surface, rect, [*lines[: room - 1], " ".join(lines[room - 1 :])], size, colour)

    def items(self, surface: pygame.Surface, rect: Rect, items: tuple[str, ...], size: int, colour: Colour) -> None:
        """Items broken into lines; the last lines where not all fit."""
        lines = self._break(items, "   ", size, rect.width)
        room = self._room(rect, size)
        if len(lines) > room:
            omission = "...   "
            narrow = rect.width - self.width(omission, size)
            if room == 1:
                lines = (omission + self._tail(items, "   ", size, narrow),)
            else:
                # Lines keep their beginnings when moves are added, so that the list does not flicker.
                first, *rest = self._break(items, "   ", size, narrow)[-room:]
                lines = (omission + first, *rest)
        self._lines(surface, rect, lines, size, colour)

    def _lines(self, surface: pygame.Surface, rect: Rect, lines: Sequence[str], size: int, colour: Colour) -> None:
        height = self._line_height(size)
        for number, line in enumerate(lines):
            self.line(surface, Rect(rect.x, rect.y + number * height, rect.width, height), line, size, colour, False)

    def _room(self, rect: Rect, size: int) -> int:
        """How many lines fit, at least one."""
        return max(rect.height // self._line_height(size), 1)

    def _render(self, text: str, size: int, width: int, colour: Colour) -> pygame.Surface:
        picture = self._font(size).render(_writable(self._cut(text, size, width)), True, colour)
        small = -(-picture.get_width() // _OVERSAMPLING), -(-picture.get_height() // _OVERSAMPLING)
        return pygame.transform.smoothscale(picture, small) if text else picture

    def _line_height(self, size: int) -> int:
        return self._font(size).get_linesize() // _OVERSAMPLING

    def _broken(self, pieces: tuple[str, ...], between: str, size: int, width: int) -> tuple[str, ...]:
        lines: list[str] = []
        for piece in pieces:
            if lines and self.width(f"{lines[-1]}{between}{piece}", size) <= width:
                lines[-1] += f"{between}{piece}"
            else:
                lines.append(piece)
        return tuple(lines)

    def _tail(self, pieces: tuple[str, ...], between: str, size: int, width: int) -> str:
        """As many of the last pieces as fit in one line, at least one."""
        line = pieces[-1]
        for piece in pieces[-2::-1]:
            if self.width(f"{piece}{between}{line}", size) > width:
                break
            line = f"{piece}{between}{line}"
        return line

    def _cut(self, text: str, size: int, width: int) -> str:
        if self.width(text, size) <= width:
            return text
        text = text[:_MOST]
        fitting = bisect.bisect_right(range(1, len(text) + 1), width, key=lambda n: self.width(f"{text[:n]}...", size))
        return f"{text[:fitting]}..." if fitting else ""

    def _font(self, size: int) -> pygame.font.Font:
        """Oversampled. `size` is near the height of a line in pixels."""
        if size not in self._fonts:
            self._fonts[size] = pygame.font.Font(None, (size + size // 4) * _OVERSAMPLING)
        return self._fonts[size]


def _writable(text: str) -> str:
    """Without what fonts refuse: null characters and halves of a pair of surrogates."""
    if text.isprintable():
        return text
    return "".join("?" if one == "\0" or "\ud800" <= one <= "\udfff" else one for one in text)
