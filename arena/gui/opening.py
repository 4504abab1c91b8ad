"""Opens the window on a game, or on the start screen."""

from __future__ import annotations

from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.display import open_window
from arena.gui.play.table import Table
from arena.gui.screens.play import PlayScreen
from arena.view.session import Seats
from game.core import AnyGame


def run(game: AnyGame, seats: Seats, seed: int = 0) -> None:
    """Open a window and play until it is closed. Raises QzeroError where no window can be opened."""
    open_window(f"qzero {game.name}")
    context = Context()
    App(context, PlayScreen(context, Table(game, seats, seed))).run()
