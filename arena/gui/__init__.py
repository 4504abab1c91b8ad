"""The window in which people play."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from arena.gui.look import Look
from game.errors import QzeroError

if TYPE_CHECKING:
    from game.core import AnyGame
    from game.play import History, Player


def run(
    game: AnyGame,
    seats: tuple[Player | None, Player | None],
    seed: int = 0,
    start: History[Any] | None = None,
    look: Look | None = None,
) -> None:
    """Play `game` in a window until it is closed; None is a person's seat, seat 0 moves first. Raises QzeroError.

    start: the moves that were made already. look: with a picture in it, that is drawn instead, without a window.
    """
    need_pygame()
    from arena.gui import opening
    from arena.gui.offscreen import pictures

    look = Look() if look is None else look
    if look.picture is not None:
        pictures.screenshot(look.picture, game, seats, start, look)
    else:
        opening.run(game, seats, seed, start, look)


def choose(look: Look | None = None, seed: int = 0, file: Path | None = None) -> None:
    """Open the window on the screen where a game and an opponent are chosen, or on the saved game in `file`.

    Nothing that takes long is loaded before the window is there. Raises QzeroError.
    """
    need_pygame()
    from arena.gui import first

    first.run(Look() if look is None else look, seed, file)


def need_pygame() -> None:
    """Raises QzeroError if pygame is not there."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        import pygame  # noqa: F401 - is it there?
    except ImportError as error:
        if error.name is None or error.name.split(".")[0] != "pygame":
            raise
        raise QzeroError("the window needs pygame: pip install pygame, or play in the terminal with --text") from None
