"""A screen over another, which goes on behind it: questions, the page of help."""

from __future__ import annotations

from typing import Any

import pygame

from arena.gui.context import Context
from arena.gui.screens.shown import Shown
from arena.gui.screens.stack import Screen

_VEIL_ALPHA = 150  # of 255


class Modal:
    """Shows `below` behind a veil. A subclass says what is in front (`content`, compared by value) and paints it."""

    def __init__(self, context: Context, below: Screen) -> None:
        self.context = context
        self.below = below
        self._behind: pygame.Surface | None = None
        self._shown = Shown()

    def content(self) -> Any:
        raise NotImplementedError

    def paint(self, surface: pygame.Surface) -> None:
        raise NotImplementedError

    def handle(self, event: pygame.event.Event) -> None:
        raise NotImplementedError

    def update(self, dt: float) -> None:
        self.below.update(dt)

    def draw(self, surface: pygame.Surface) -> bool:
        if self._behind is None or self._behind.get_size() != surface.get_size():
            self._behind = surface.copy()
            self.below.spoil()
        behind = self.below.draw(self._behind)
        if not self._shown.stale(surface, (self.content(), self.context.theme)) and not behind:
            return False
        surface.blit(self._behind, (0, 0))
        veil = pygame.Surface(surface.get_size())
        veil.fill(self.context.theme.veil)
        veil.set_alpha(_VEIL_ALPHA)
        surface.blit(veil, (0, 0))
        self.paint(surface)
        return True

    def spoil(self) -> None:
        self._shown.spoil()

    def close(self) -> None:
        """Closes itself only."""
