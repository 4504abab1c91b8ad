"""A stack of screens: the one on top is shown."""

from __future__ import annotations

from typing import Protocol

import pygame


class Screen(Protocol):
    """What fills the window. Needs no display: events go in, a surface is painted."""

    def handle(self, event: pygame.event.Event) -> None: ...

    def update(self, dt: float) -> None:
        """Once a turn of the event loop, after the events; dt: seconds since the last."""
        ...

    def draw(self, surface: pygame.Surface) -> bool:
        """Paint all of the surface; False, and nothing is painted, if it already shows it."""
        ...

    def spoil(self) -> None:
        """The surface shows something else by now: the next `draw` paints."""
        ...

    def close(self) -> None:
        """It leaves the stack for good: end what it has begun."""
        ...


class Stack:
    """Never shows nothing while the app runs: taking the last screen away ends the app."""

    def __init__(self, first: Screen) -> None:
        self._screens: list[Screen] = [first]

    def __len__(self) -> int:
        return len(self._screens)

    @property
    def top(self) -> Screen | None:
        """The screen that is shown; None: the app is over."""
        return self._screens[-1] if self._screens else None

    def push(self, screen: Screen) -> None:
        """Show this one; what was shown comes back when it is popped."""
        self._screens.append(screen)
        screen.spoil()

    def pop(self) -> None:
        """Leave the screen on top."""
        if self._screens:
            self._screens.pop().close()
        if self._screens:
            self._screens[-1].spoil()

    def replace(self, screen: Screen) -> None:
        """Leave the screen on top for this one."""
        if self._screens:
            self._screens.pop().close()
        self.push(screen)

    def clear(self) -> None:
        """Leave all screens, the one on top first: the app is over."""
        while self._screens:
            self._screens.pop().close()
