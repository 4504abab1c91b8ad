"""The moves of a game in lines, one of them chosen; a click says which."""

from __future__ import annotations

import functools
from typing import NamedTuple

import pygame

from arena.gui.widgets.base import Brush
from arena.gui.widgets.letters import Letters
from arena.view.grid import Rect


class _Token(NamedTuple):
    """move: how many moves lead there, None for a number. x: from the left of its line."""

    text: str
    move: int | None
    x: int
    width: int


class MoveList:
    """Draws moves into a rectangle, scrolled so that the chosen one can be seen."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        self._lines = functools.lru_cache(8)(self._broken)

    def draw(
        self, brush: Brush, rect: Rect, names: tuple[str, ...], chosen: int, pointer: tuple[int, int] | None
    ) -> None:
        """chosen: how many moves lead to the position that is shown."""
        surface, letters, theme, text = brush
        over = None if pointer is None else self.at(rect, names, chosen, text, pointer)
        for y, line in self._shown(rect, names, chosen, text):
            for token in line:
                place = Rect(rect.x + token.x, y, token.width, self._line_height(text))
                if token.move is not None and token.move in (chosen, over):
                    ground = theme.accent if token.move == chosen else theme.button_hover
                    around = Rect(place.x - text // 5, place.y, place.width + text * 2 // 5, place.height)
                    pygame.draw.rect(surface, ground, around, border_radius=text // 4)
                ink = theme.faint_ink if token.move is None else theme.ink
                if token.move == chosen and token.move is not None:
                    ink = theme.on_accent
                letters.line(surface, place, token.text, text, ink, centred=False)

    def at(self, rect: Rect, names: tuple[str, ...], chosen: int, text: int, point: tuple[int, int]) -> int | None:
        """How many moves lead to the position that a click at `point` asks for."""
        if not rect.contains(point):
            return None
        for y, line in self._shown(rect, names, chosen, text):
            if y <= point[1] < y + self._line_height(text):
                for token in line:
                    if (
                        token.move is not None
                        and 0 <= point[0] - rect.x - token.x + text // 5 < token.width + text * 2 // 5
                    ):
                        return token.move
        return None

    def _shown(
        self, rect: Rect, names: tuple[str, ...], chosen: int, text: int
    ) -> list[tuple[int, tuple[_Token, ...]]]:
        """The lines that fit, each with its y: those around the chosen move."""
        lines = self._lines(names, text, rect.width)
        height = self._line_height(text)
        room = max(rect.height // height, 1)
        here = next((at for at, line in enumerate(lines) if any(token.move == chosen for token in line)), 0)
        first = min(max(here - room + 2, 0), max(len(lines) - room, 0)) if room > 1 else here
        return [(rect.y + at * height, line) for at, line in enumerate(lines[first : first + room])]

    def _line_height(self, text: int) -> int:
        return text * 3 // 2

    def _broken(self, names: tuple[str, ...], text: int, width: int) -> tuple[tuple[_Token, ...], ...]:
        lines: list[list[_Token]] = [[]]
        x, gap = 0, text // 2
        for at in range(0, len(names), 2):
            pieces: list[tuple[str, int | None]] = [(f"{at // 2 + 1}.", None)]
            pieces += [(name, at + 1 + number) for number, name in enumerate(names[at : at + 2])]
            widths = [self._letters.width(piece, text) for piece, _ in pieces]
            if lines[-1] and x + sum(widths) + gap * len(widths) > width:
                lines.append([])
                x = 0
            x += 0 if not lines[-1] else gap
            for (piece, move), wide in zip(pieces, widths, strict=True):
                if lines[-1] and x + wide > width:
                    lines.append([])
                    x = 0
                lines[-1].append(_Token(piece, move, x + text // 5, wide))
                x += wide + gap
        return tuple(tuple(line) for line in lines)
