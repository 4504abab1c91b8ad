"""What all widgets share. A widget is told its rectangle whenever it is drawn or clicked, and keeps none."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple, Protocol

import pygame

from arena.gui.theme import Theme
from arena.gui.widgets.letters import Letters
from arena.view.grid import Rect

SMALLEST_TEXT, LARGEST_TEXT = 11, 40


class Brush(NamedTuple):
    """What is needed to paint: the surface, the letters, the colours, and the height of the letters."""

    surface: pygame.Surface
    letters: Letters
    theme: Theme
    text: int


class Widget(Protocol):
    @property
    def enabled(self) -> bool:
        """Whether it can be used now; if not, the keyboard passes over it."""
        ...

    @property
    def state(self) -> Hashable:
        """Compared by value: another one is drawn differently."""
        ...

    def click(self, rect: Rect, point: tuple[int, int]) -> None: ...

    def key(self, key: int) -> bool:
        """A key while the keyboard is at it; False: it means nothing here."""
        ...

    def wheel(self, rect: Rect, notches: int) -> None:
        """The wheel over it, positive away from the person."""
        ...

    def draw(self, brush: Brush, rect: Rect, pointer: tuple[int, int] | None, focused: bool) -> None:
        """pointer: where the mouse is, if it is over the widget."""
        ...


def text_height(side: int) -> int:
    """Height of the letters in a window whose shorter side is so long."""
    return min(max(side // 26, SMALLEST_TEXT), max(26, min(side // 40, LARGEST_TEXT)))


def across(rect: Rect, parts: int, gap: int) -> tuple[Rect, ...]:
    """`rect` cut into `parts` of equal width, `gap` apart."""
    width = max((rect.width - gap * (parts - 1)) // max(parts, 1), 1)
    return tuple(Rect(rect.x + i * (width + gap), rect.y, width, rect.height) for i in range(parts))
