"""A list of rows that scrolls, one of them chosen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import pygame

from arena.gui.widgets.base import Brush
from arena.gui.widgets.button import ENTER
from arena.view.grid import Rect

_STEPS = {pygame.K_UP: -1, pygame.K_DOWN: 1, pygame.K_PAGEUP: -8, pygame.K_PAGEDOWN: 8}
_FAR = 1_000_000


class Row(NamedTuple):
    """What a row says; the note is in faint letters below the title."""

    title: str
    note: str = ""


class Rows:
    """changed: called when a person has chosen another row. activated: called at Return, or a click on the chosen one.

    Rows of which one has a note are two lines high.
    """

    def __init__(
        self,
        rows: Sequence[Row] = (),
        index: int = 0,
        changed: Callable[[], None] = lambda: None,
        activated: Callable[[], None] = lambda: None,
        empty: str = "",
    ) -> None:
        self.rows = tuple(rows)
        self.index = index
        self._changed = changed
        self._activated = activated
        self._empty = empty
        self._top = 0  # pixels scrolled
        self._follow = True  # scroll so that the chosen row can be seen

    def offer(self, rows: Sequence[Row], index: int) -> None:
        """Other rows, of which this one is chosen."""
        self.rows, self.index, self._follow = tuple(rows), index, True

    @property
    def enabled(self) -> bool:
        return bool(self.rows)

    @property
    def state(self) -> Hashable:
        return self.rows, self.index, self._top, self._follow

    def click(self, rect: Rect, point: tuple[int, int]) -> None:
        number = (point[1] - rect.y + self._top) // self._row_height
        if 0 <= number < len(self.rows):
            if number == self.index:
                self._activated()
            else:
                self._choose(number)

    def key(self, key: int) -> bool:
        if key in _STEPS:
            self._choose(self.index + _STEPS[key])
        elif key in (pygame.K_HOME, pygame.K_END):
            self._choose(0 if key == pygame.K_HOME else _FAR)
        elif key in ENTER and self.rows:
            self._activated()
        else:
            return False
        return True

    def wheel(self, rect: Rect, notches: int) -> None:
        self._follow = False
        self._scroll(rect, self._top - notches * self._row_height)

    def draw(self, brush: Brush, rect: Rect, pointer: tuple[int, int] | None, focused: bool) -> None:
        surface, letters, theme, text = brush
        two = any(row.note for row in self.rows)
        self._row_height = height = text * 3 if two else text * 2
        if self._follow:
            self._scroll(rect, min(self._top, self.index * height))
            self._scroll(rect, max(self._top, (self.index + 1) * height - rect.height))
        else:
            self._scroll(rect, self._top)
        radius = text // 2
        pygame.draw.rect(surface, theme.plate, rect, border_radius=radius)
        if not self.rows and self._empty:
            letters.sentence(surface, rect.inset(text), self._empty, text, theme.faint_ink)
        before = surface.get_clip()
        surface.set_clip(pygame.Rect(rect.inset(1)).clip(before))
        bar = text // 2 if len(self.rows) * height > rect.height else 0
        for number, row in enumerate(self.rows):
            place = Rect(rect.x, rect.y + number * height - self._top, rect.width - bar, height)
            if place.bottom > rect.y and place.y < rect.bottom:
                _row(brush, place, row, number == self.index, pointer is not None and place.contains(pointer), two)
        if bar:
            whole = len(self.rows) * height
            top, size = rect.height * self._top // whole, max(rect.height * rect.height // whole, text)
            place = Rect(rect.right - bar, rect.y + min(top, rect.height - size), bar, size).inset(text // 8)
            pygame.draw.rect(surface, theme.disabled_ink, place, border_radius=bar // 3)
        surface.set_clip(before)
        edge, line = (theme.focus, max(text // 6, 2)) if focused else (theme.plate_edge, 1)
        pygame.draw.rect(surface, edge, rect, line, border_radius=radius)

    _row_height = 1

    def _choose(self, index: int) -> None:
        index = min(max(index, 0), len(self.rows) - 1)
        self._follow = True
        if self.rows and index != self.index:
            self.index = index
            self._changed()

    def _scroll(self, rect: Rect, top: int) -> None:
        self._top = min(max(top, 0), max(len(self.rows) * self._row_height - rect.height, 0))


def _row(brush: Brush, place: Rect, row: Row, chosen: bool, hovered: bool, two: bool) -> None:
    surface, letters, theme, text = brush
    if chosen or hovered:
        pygame.draw.rect(
            surface, theme.accent if chosen else theme.button_hover, place.inset(2), border_radius=text // 3
        )
    ink, faint = (theme.on_accent, theme.on_accent) if chosen else (theme.ink, theme.faint_ink)
    inner = Rect(place.x + text * 2 // 3, place.y, place.width - text * 4 // 3, place.height)
    if not two or not row.note:
        letters.line(surface, inner, row.title, text, ink, centred=False)
        return
    gap = text // 3
    small = max(text * 4 // 5, 9)
    top = inner.y + (inner.height - text - gap - small) // 2
    letters.line(surface, Rect(inner.x, top, inner.width, text), row.title, text, ink, centred=False)
    lower = Rect(inner.x, top + text + gap, inner.width, small)
    letters.line(surface, lower, row.note, small, faint, centred=False)
