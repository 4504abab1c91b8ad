"""What the start screen leaves to be loaded behind it. Loads no torch itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import pygame

from arena.gui.context import Context
from arena.gui.screens.stack import Screen
from arena.players.menu import Opponent


class Wanted(NamedTuple):
    """What was chosen: the game by the name that `make` takes, and the opponent's spec with its time to think."""

    game: str
    opponent: str
    seat: str


class Heavy(Protocol):
    """What is loaded behind the screen, see `arena.gui.opening`."""

    def opponents(self, game: str) -> Sequence[Opponent]: ...

    def play_screen(self, context: Context, wanted: Wanted) -> Callable[[], Screen]:
        """Loads the player, which takes long; what it returns makes the screen at once. Raises QzeroError."""
        ...

    def preview(self, context: Context, game: str, surface: pygame.Surface) -> None:
        """Paint the board of a game as it is at the start."""
        ...

    def unfinished(self) -> tuple[str, Callable[[Context], Callable[[], Screen]]] | None:
        """The game that was not finished, in words, and what loads it; None without one."""
        ...

    def open(self, context: Context, path: Path) -> Callable[[], Screen]:
        """Loads a saved game, as `play_screen` does a player. Raises QzeroError."""
        ...

    def saved_games(self, context: Context, below: Screen) -> Screen:
        """The screen that lists the games that were saved."""
        ...
