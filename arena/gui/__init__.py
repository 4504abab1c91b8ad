"""The window in which people play."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from game.errors import QzeroError

if TYPE_CHECKING:
    from game.core import AnyGame
    from game.play import Player


def run(game: AnyGame, seats: tuple[Player | None, Player | None], seed: int = 0) -> None:
    """Play `game` in a window until it is closed; None is a person's seat, seat 0 moves first. Raises QzeroError."""
    need_pygame()
    from arena.gui import opening

    opening.run(game, seats, seed)


def choose(seed: int = 0) -> None:
    """Open the window on the screen where a game and an opponent are chosen. Raises QzeroError.

    Nothing that takes long is loaded before the window is there.
    """
    need_pygame()
    from arena.gui import first

    first.run(seed)


def need_pygame() -> None:
    """Raises QzeroError if pygame is not there."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame  # noqa: F401 - is it there?
    except ImportError as error:
        if error.name is None or error.name.split(".")[0] != "pygame":
            raise
        raise QzeroError("the window needs pygame: pip install pygame, or play in the terminal with --text") from None
