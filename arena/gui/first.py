"""The start screen in a window, which is there before torch is. Loads no torch itself."""

from __future__ import annotations

from pathlib import Path

from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.desktop.display import open_window
from arena.gui.look import Look
from arena.gui.screens.start.heavy import Heavy
from arena.gui.screens.start.screen import StartScreen
from arena.gui.settings import load_settings


def run(look: Look, seed: int = 0, file: Path | None = None) -> None:
    """Open the window and show the start screen until it is closed. Raises QzeroError where no window can be opened.

    file: of a saved game, which is opened at once.
    """
    context = Context(load_settings(look))
    open_window("qzero", context.settings.size)
    screen = StartScreen(context, lambda: _load(seed))
    if file is not None:
        screen.open_file(file)
    App(context, screen).run()


def _load(seed: int) -> Heavy:
    """In a thread, while the screen is shown already."""
    from agent.machine import leave_a_core
    from arena.gui.opening import Rooms

    leave_a_core()
    return Rooms(seed)
