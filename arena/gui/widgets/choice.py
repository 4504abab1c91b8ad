"""One of a few: buttons side by side where they fit, else one between two arrows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

import pygame

from arena.gui.widgets.base import Brush, across
from arena.gui.widgets.button import ENTER, Button, draw_button
from arena.gui.widgets.letters import Letters
from arena.view.grid import Rect

V = TypeVar("V")
_STEPS = {pygame.K_LEFT: -1, pygame.K_DOWN: -1, pygame.K_RIGHT: 1, pygame.K_UP: 1}
_MOST_BESIDE = 6  # buttons side by side


class Choice(Generic[V]):
    """options: (value, label); `value` is the chosen one's. changed: called when a person has chosen another.

    usable: whether it means anything now.
    """

    def __init__(
        self,
        options: Sequence[tuple[V, str]],
        value: V | None = None,
        changed: Callable[[], None] = lambda: None,
        usable: Callable[[], bool] = lambda: True,
    ) -> None:
        self._changed = changed
        self._usable = usable
        self._index = 0
        self._fits = True
        self.options: tuple[tuple[V, str], ...] = ()
        self.offer(options, value)

    def offer(self, options: Sequence[tuple[V, str]], value: V | None = None) -> None:
        """Other options, at least one; `value`, or else what was chosen before, is chosen if it is among them."""
        wanted = value if value is not None or not self.options else self.value
        self.options = tuple(options)
        values = [option for option, _ in self.options]
        self._index = values.index(wanted) if wanted in values else 0

    @property
    def value(self) -> V:
        return self.options[self._index][0]

    @property
    def label(self) -> str:
        return self.options[self._index][1]

    @property
    def enabled(self) -> bool:
        return len(self.options) > 1 and self._usable()

    @property
    def state(self) -> Hashable:
        return tuple(label for _, label in self.options), self._index, self._usable()

    def step(self, by: int) -> None:
        """Choose the next or the one before, as far as there is one."""
        self._choose(min(max(self._index + by, 0), len(self.options) - 1))

    def click(self, rect: Rect, point: tuple[int, int]) -> None:
        if self._fits:
            for number, part in enumerate(self._parts(rect)):
                if part.contains(point):
                    self._choose(number)
        else:
            self.step(-1 if point[0] < rect.center[0] else 1)

    def key(self, key: int) -> bool:
        if key in _STEPS:
            self.step(_STEPS[key])
        elif key in ENTER:
            self._choose((self._index + 1) % len(self.options))
        return key in _STEPS or key in ENTER

    def wheel(self, rect: Rect, notches: int) -> None:  # noqa: ARG002 - the protocol's
        self.step(notches)

    def draw(self, brush: Brush, rect: Rect, pointer: tuple[int, int] | None, focused: bool) -> None:
        self._fits = self._have_room(brush.letters, brush.text, rect)
        if self._fits:
            for number, (part, (_, label)) in enumerate(zip(self._parts(rect), self.options, strict=True)):
                over = pointer is not None and part.contains(pointer)
                usable = self._usable()
                button = Button((label,), usable, chosen=usable and number == self._index)
                draw_button(brush, part, button, hovered=over, focused=focused and number == self._index)
            return
        draw_button(brush, rect, Button((self.label,), self._usable()), hovered=pointer is not None, focused=focused)
        size, theme, y = rect.height // 4, brush.theme, rect.center[1]
        for x, way, on in (
            (rect.x + size, 1, self.enabled and self._index > 0),
            (rect.right - size, -1, self.enabled and self._index < len(self.options) - 1),
        ):
            corners = [(x, y), (x + way * size, y - size), (x + way * size, y + size)]
            pygame.draw.polygon(brush.surface, theme.accent if on else theme.disabled_ink, corners)

    def _parts(self, rect: Rect) -> tuple[Rect, ...]:
        return across(rect, len(self.options), max(rect.height // 8, 1))

    def _have_room(self, letters: Letters, size: int, rect: Rect) -> bool:
        room = self._parts(rect)[0].width - size // 2
        few = len(self.options) <= _MOST_BESIDE
        return few and all(letters.width(label, size) <= room for _, label in self.options)

    def _choose(self, index: int) -> None:
        if index != self._index:
            self._index = index
            self._changed()
