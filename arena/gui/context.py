"""What all screens share: the theme, the letters and the stack that they are on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from arena.gui.theme import LIGHT, Theme
from arena.gui.widgets.letters import Letters

if TYPE_CHECKING:
    from arena.gui.screens.stack import Screen, Stack


class Context:
    """Made once for a window; the app puts `stack` in. Needs `pygame.font.init()`.

    clock: seconds, for everything that is timed. animated: boards may move; off for pictures and most tests.
    """

    def __init__(
        self, theme: Theme = LIGHT, *, clock: Callable[[], float] = time.monotonic, animated: bool = True
    ) -> None:
        self.theme = theme
        self.letters = Letters()
        self.clock = clock
        self.animated = animated
        self.stack: Stack

    def push(self, screen: Screen) -> None:
        self.stack.push(screen)

    def pop(self) -> None:
        self.stack.pop()

    def replace(self, screen: Screen) -> None:
        self.stack.replace(screen)

    def quit(self) -> None:
        """Close the window."""
        self.stack.clear()
