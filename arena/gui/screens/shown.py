"""Whether a surface already shows what there is to show."""

from __future__ import annotations

from typing import Any

import pygame


class Shown:
    """Remembers what was painted last; what there is to show is compared by value."""

    def __init__(self) -> None:
        self._shown: Any = None
        self._size = (0, 0)

    def stale(self, surface: pygame.Surface, what: Any) -> bool:
        """Whether `what`, not None, must be painted; from now on it counts as painted."""
        if surface.get_size() == self._size and what == self._shown:
            return False
        self._size, self._shown = surface.get_size(), what
        return True

    def spoil(self) -> None:
        """The surface shows something else by now."""
        self._shown = None
