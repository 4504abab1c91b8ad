"""The window: a stack of screens, and the loop that feeds them."""

from __future__ import annotations

import sys

import pygame

from arena.gui.context import Context
from arena.gui.desktop.display import FullScreen
from arena.gui.screens.stack import Screen, Stack
from arena.gui.settings import save_settings

LOOKS_PER_SECOND = 60  # how often events are handled; a frame is drawn only if something has changed
_SPOILS_THE_PICTURE = (pygame.VIDEOEXPOSE, pygame.WINDOWEXPOSED, pygame.WINDOWSHOWN, pygame.WINDOWRESTORED)


class App:
    """Feeds the screen on top of its stack; step it by `step`, or by `handle`, `update` and `draw`.

    Needs pygame's display and fonts.
    """

    def __init__(self, context: Context, first: Screen) -> None:
        self.context = context
        self.stack = Stack(first)
        context.stack = self.stack
        self._full_screen = FullScreen(context.settings.size)
        self._last = context.clock()

    @property
    def running(self) -> bool:
        return self.stack.top is not None

    def step(self, surface: pygame.Surface) -> bool:
        """One turn of the event loop; whether there is a new picture."""
        for event in pygame.event.get():
            self.handle(event)
        now = self.context.clock()
        self.update(now - self._last)
        self._last = now
        return self.draw(surface)

    def handle(self, event: pygame.event.Event) -> None:
        if self.stack.top is None:
            return
        if event.type == pygame.QUIT:
            self.context.quit()
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_F11:
            self._full_screen.toggle()
            self.stack.top.spoil()
        elif event.type in _SPOILS_THE_PICTURE:
            self.stack.top.spoil()
        else:
            self.stack.top.handle(event)

    def update(self, dt: float) -> None:
        if self.stack.top is not None:
            self.stack.top.update(dt)

    def draw(self, surface: pygame.Surface) -> bool:
        """Paint what there is to show; False if the surface already shows it."""
        return self.stack.top is not None and self.stack.top.draw(surface)

    def run(self) -> None:
        """Until the last screen is left. Whatever happens, each screen is closed."""
        clock = pygame.time.Clock()
        try:
            while self.running:
                surface = pygame.display.get_surface()
                if self.step(surface):
                    pygame.display.flip()
                clock.tick(LOOKS_PER_SECOND)
        finally:
            self.context.settings.size = self._full_screen.size
            self.stack.clear()
            pygame.quit()
            trouble = save_settings(self.context.settings)
            if trouble is not None:
                print(f"qzero: the settings are not kept: {trouble}", file=sys.stderr)
