"""The start screen in a window, which is there before torch is. Loads no torch itself."""

from __future__ import annotations

from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.desktop.display import open_window
from arena.gui.screens.start.screen import Heavy, StartScreen
from arena.gui.settings import load_settings


def run(seed: int = 0) -> None:
    """Open the window and show the start screen until it is closed. Raises QzeroError where no window can be opened."""
    context = Context(load_settings())
    open_window("qzero", context.settings.size)
    App(context, StartScreen(context, lambda: _load(seed))).run()


def _load(seed: int) -> Heavy:
    """In a thread, while the screen is shown already."""
    from arena.gui.opening import Rooms

    return Rooms(seed)
