"""What stands beside the board on request, such as an analysis. No pygame surface is needed to make one."""

from __future__ import annotations

from typing import Protocol

import pygame

from arena.gui.boards.overlay import Overlay
from arena.gui.theme import Theme
from arena.view.grid import Rect


class Panel(Protocol):
    """Opened and closed by Tab. Made for one `Table`, whose game, shown position and players it reads."""

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """(key, what it does) of what `handle` understands, for the page of help."""
        ...

    @property
    def revision(self) -> object:
        """Compared by value: another one says that `draw` or `overlay` would show something else."""
        ...

    def opened(self, is_open: bool) -> None:
        """It was opened or closed. It may go on working while it is closed."""
        ...

    def wants(self, width: int, height: int) -> int:
        """How many pixels of a window of this width and height it would like to be wide; 0: there is no room for it."""
        ...

    def lists_moves(self, rect: Rect) -> bool:
        """In `rect` it shows the moves of the game itself, to click on: no other list of them is needed."""
        ...

    def handle(self, event: pygame.event.Event, rect: Rect) -> bool:
        """An event while it is open in `rect`, before the board sees it; True: nobody else needs it."""
        ...

    def update(self, dt: float) -> None:
        """Once a turn of the event loop, also while it is closed; dt: seconds since the last."""
        ...

    def draw(self, surface: pygame.Surface, rect: Rect, theme: Theme) -> None:
        """Paint all of `rect` and nothing else."""
        ...

    def overlay(self) -> Overlay | None:
        """What to lay over the board while it is open."""
        ...

    def close(self) -> None:
        """The game is left: stop thinking."""
        ...
