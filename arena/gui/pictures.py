"""The window as a picture, drawn without a display."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import pygame

from agent.store.files import write_atomically
from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.look import Look
from arena.gui.opening import Rooms
from arena.gui.play.table import Table
from arena.gui.screens.stack import Screen
from arena.gui.screens.start.screen import StartScreen
from arena.gui.settings import Settings
from arena.view.session import Seats
from game.core import AnyGame
from game.play import History

_SIZE = (1280, 800)
_PATIENCE = 60.0  # seconds for what is loaded behind the start screen


def context_of(look: Look) -> Context:
    """Without the settings of whoever draws the picture: the same picture for everybody."""
    pygame.font.init()
    return Context(Settings(size=look.size or _SIZE, theme=look.theme or "light"), animated=False)


def screenshot(path: Path, game: AnyGame, seats: Seats, start: History[Any] | None, look: Look) -> None:
    """The board after the moves of `start` as a PNG file. Raises WriteError."""
    context = context_of(look)
    table = Table(game, seats)
    if start is not None:
        table.session.load(start)
    save(picture_of(context, Rooms().screen(context, table, kept=False)), path)


def start_screen(path: Path, look: Look, settings: Settings | None = None) -> None:
    """The start screen, once everything behind it is loaded."""
    context = context_of(look)
    if settings is not None:
        context.settings = settings
    screen = StartScreen(context, Rooms)
    surface = pygame.Surface(context.settings.size)
    app, last = App(context, screen), time.monotonic() + _PATIENCE
    while not screen.settled and time.monotonic() < last:
        app.update(0.0)
        time.sleep(0.01)
    screen.spoil()
    app.draw(surface)
    save(surface, path)


def picture_of(context: Context, screen: Screen) -> pygame.Surface:
    """What the screen shows, in the size of the settings."""
    surface = pygame.Surface(context.settings.size)
    App(context, screen)
    screen.draw(surface)
    return surface


def save(surface: pygame.Surface, path: Path) -> None:
    """As PNG, whatever the file is called. Raises WriteError."""
    data = io.BytesIO()
    pygame.image.save(surface, data, "picture.png")
    write_atomically(path, data.getvalue())
