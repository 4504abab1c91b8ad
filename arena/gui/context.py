"""What all screens share: the theme, the letters and the stack that they are on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from arena.gui.settings import Settings
from arena.gui.theme import Theme
from arena.gui.widgets.letters import Letters

if TYPE_CHECKING:
    from arena.gui.screens.stack import Screen, Stack


class Context:
    """Made once for a window; the app puts `stack` in. Needs `pygame.font.init()`.

    clock: seconds, for everything that is timed. animated: boards may move; off for pictures and most tests.
    """

    def __init__(
        self, settings: Settings | None = None, *, clock: Callable[[], float] = time.monotonic, animated: bool = True
    ) -> None:
        self.settings = Settings() if settings is None else settings
        self.letters = Letters()
        self.clock = clock
        self._may_animate = animated
        self.stack: Stack

    @property
    def animated(self) -> bool:
        return self._may_animate and self.settings.animations

    @property
    def theme(self) -> Theme:
        return self.settings.colours

    def push(self, screen: Screen) -> None:
        self.stack.push(screen)

    def pop(self) -> None:
        self.stack.pop()

    def replace(self, screen: Screen) -> None:
        self.stack.replace(screen)

    def quit(self) -> None:
        """Close the window."""
        self.stack.clear()
