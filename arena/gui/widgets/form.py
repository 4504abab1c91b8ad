"""Widgets by name on one screen: which the mouse is over, and which the keyboard is at."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

import pygame

from arena.gui.widgets.base import Brush, Widget
from arena.view.grid import Rect

_SWITCHES_WINDOWS = pygame.KMOD_ALT | pygame.KMOD_META


class Form:
    """Tab and Shift+Tab go through the widgets in the order given; every other key goes to the one they are at.

    places: where each widget is now; one that has no place is not there.
    """

    def __init__(self, widgets: Mapping[str, Widget], places: Callable[[], Mapping[str, Rect]], focus: str) -> None:
        self.widgets = dict(widgets)
        self._places = places
        self.focus = focus
        self._by_keyboard = False  # show where the keyboard is: not while the mouse is in use
        self._pointer: tuple[int, int] | None = None

    @property
    def state(self) -> Hashable:
        """Compared by value: another one is drawn differently."""
        over = self._over()
        # Within a widget that is not a plain button the place of the mouse matters, in steps that are seen.
        pointer = None if over is None else self._pointer
        return (
            tuple((name, widget.state) for name, widget in self.widgets.items()),
            self.focus if self._by_keyboard else None,
            over,
            pointer,
        )

    def handle(self, event: pygame.event.Event) -> bool:
        """Whether the event meant something here."""
        if event.type == pygame.MOUSEMOTION:
            self._pointer = event.pos
        elif event.type == pygame.WINDOWLEAVE:
            self._pointer = None
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._pointer, self._by_keyboard = event.pos, False
            over = self._over()
            if over is not None and self.widgets[over].enabled:
                self.focus = over
                self.widgets[over].click(self._places()[over], event.pos)
                return True
        elif event.type == pygame.MOUSEWHEEL:
            over = self._over()
            if over is not None:
                self.widgets[over].wheel(self._places()[over], event.y)
                return True
        elif event.type == pygame.KEYDOWN:
            return self._key(event.key, event.mod)
        return False

    def draw(self, brush: Brush) -> None:
        places, over = self._places(), self._over()
        for name, widget in self.widgets.items():
            if name in places:
                at = self._by_keyboard and name == self.focus
                widget.draw(brush, places[name], self._pointer if name == over else None, at)

    def step(self, by: int) -> None:
        """Go to the next widget (1) or the one before (-1); the first time only show where the keyboard is."""
        places = self._places()
        stops = [name for name, widget in self.widgets.items() if widget.enabled and name in places]
        if stops:
            here = stops.index(self.focus) if self.focus in stops else 0
            moves = self._by_keyboard and self.focus in stops
            self.focus = stops[(here + by) % len(stops)] if moves else stops[here]
            self._by_keyboard = True

    def _key(self, key: int, modifiers: int) -> bool:
        if key == pygame.K_TAB and not modifiers & _SWITCHES_WINDOWS:
            self.step(-1 if modifiers & pygame.KMOD_SHIFT else 1)
            return True
        if modifiers & (pygame.KMOD_CTRL | _SWITCHES_WINDOWS):
            return False
        known = self.widgets[self.focus].key(key)
        self._by_keyboard = self._by_keyboard or known
        return known

    def _over(self) -> str | None:
        if self._pointer is None:
            return None
        return next((name for name, rect in self._places().items() if rect.contains(self._pointer)), None)
