"""A button: a rectangle with words."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

import pygame

from arena.gui.widgets.base import Brush
from arena.view.grid import Rect

ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_SPACE)


@dataclass(frozen=True, slots=True)
class Button:
    """What a button shows. labels: longest first; the first that fits is shown. enabled: pressing it does something.

    chosen: it stands for what is the case now.
    """

    labels: tuple[str, ...]
    enabled: bool = True
    chosen: bool = False


def draw_button(brush: Brush, rect: Rect, button: Button, *, hovered: bool = False, focused: bool = False) -> None:
    """hovered: under the mouse; focused: the keyboard is at it."""
    surface, letters, theme, size = brush
    ground = theme.button_hover if hovered and button.enabled else theme.button
    ink = theme.ink if button.enabled else theme.disabled_ink
    if button.chosen:
        ground, ink = theme.accent, theme.on_accent
    radius = min(rect.height // 4, size // 2)
    pygame.draw.rect(surface, ground, rect, border_radius=radius)
    edge, line = (theme.focus, max(size // 6, 2)) if focused else (theme.plate_edge, 1)
    pygame.draw.rect(surface, edge, rect, line, border_radius=radius)
    room = rect.width - size // 2
    label = next((text for text in button.labels if letters.width(text, size) <= room), button.labels[-1])
    smaller = size * 5 // 6
    if label is button.labels[-1] and len(button.labels) > 1 and letters.width(button.labels[-2], smaller) <= room:
        label, size = button.labels[-2], smaller  # a word in smaller letters rather than a bare key
    letters.line(surface, rect, label, size, ink)


class PushButton:
    """A widget that runs something. labels: as of a Button, asked anew whenever it is drawn."""

    def __init__(
        self,
        labels: tuple[str, ...] | Callable[[], tuple[str, ...]],
        run: Callable[[], None],
        enabled: Callable[[], bool] = lambda: True,
        chosen: Callable[[], bool] = lambda: False,
    ) -> None:
        self._labels = labels
        self.run = run
        self._enabled = enabled
        self._chosen = chosen

    @property
    def enabled(self) -> bool:
        return self._enabled()

    @property
    def button(self) -> Button:
        labels = self._labels if isinstance(self._labels, tuple) else self._labels()
        return Button(labels, self._enabled(), self._chosen())

    @property
    def state(self) -> Hashable:
        return self.button

    def click(self, rect: Rect, point: tuple[int, int]) -> None:  # noqa: ARG002 - the protocol's
        if self.enabled:
            self.run()

    def key(self, key: int) -> bool:
        if key in ENTER and self.enabled:
            self.run()
        return key in ENTER

    def wheel(self, rect: Rect, notches: int) -> None:
        """Does nothing."""

    def draw(self, brush: Brush, rect: Rect, pointer: tuple[int, int] | None, focused: bool) -> None:
        draw_button(brush, rect, self.button, hovered=pointer is not None, focused=focused)
