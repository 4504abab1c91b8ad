"""How fast the window is, on SDL's dummy driver: what our own work costs, without the desktop's."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pygame
import torch

from arena.gui.app import LOOKS_PER_SECOND, App
from arena.gui.context import Context
from arena.gui.opening import Rooms
from arena.gui.play.table import Table
from arena.gui.screens.play import PlayScreen
from arena.gui.settings import Settings
from arena.players.specs import player
from arena.view.session import Seats
from game.play import sample_uniform
from game.registry import make

SIZE = (1280, 800)
_FIRST = """
import os, sys
from arena.gui.app import App
draw = App.draw
def first(self, surface):
    if draw(self, surface):
        print("drawn", "torch" in sys.modules, flush=True)
        os._exit(0)
    return False
App.draw = first
from arena.console import main
sys.argv = ["qzero", "play"]
main()
"""


class Times(NamedTuple):
    """Seconds, of so many measurements."""

    median: float
    most: float
    rounds: int


def first_frame(rounds: int) -> Times:
    """From the start of the process to the first frame of the start screen."""
    found = []
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "SDL_VIDEODRIVER": "dummy",
            "XDG_CONFIG_HOME": home,
            "XDG_DATA_HOME": home,
            "PYGAME_HIDE_SUPPORT_PROMPT": "1",
        }
        for _ in range(rounds):
            begun = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-c", _FIRST], env=environment, capture_output=True, text=True, check=True
            )
            found.append(time.perf_counter() - begun)
            if done.stdout.split() != ["drawn", "False"]:
                raise RuntimeError(f"expected a frame before torch is loaded, got {done.stdout!r}")
    return _times(found)


def frames(game: str, count: int) -> Times:
    """A whole frame of the board in the middle of a random game, everything drawn anew."""
    with _window(game, (None, None)) as (app, screen, surface):
        session = screen.session
        generator = torch.Generator().manual_seed(0)
        while not session.over and len(session.history.actions) < session.game.max_plies // 2:
            session.play(int(sample_uniform(session.game.legal(session.history.state), generator)))
        app.draw(surface)
        found = []
        for _ in range(count):
            screen.spoil()
            begun = time.perf_counter()
            app.draw(surface)
            pygame.display.flip()
            found.append(time.perf_counter() - begun)
    return _times(found)


def idle(game: str, seconds: float) -> float:
    """The share of one core that the window takes while nothing happens."""
    with _window(game, (None, None)) as (app, _, surface):
        _turns(app, surface, 0.3)
        wall, cpu = time.perf_counter(), time.process_time()
        _turns(app, surface, seconds)
        return (time.process_time() - cpu) / (time.perf_counter() - wall)


def input_to_frame(game: str, agent: str, count: int) -> Times:
    """From an event to the frame that shows it, while `agent` searches in its thread."""
    with _window(game, (player(agent, make(game)), None)) as (app, screen, surface):
        found: list[float] = []
        last = time.monotonic() + 60
        while not screen.table.thinker.busy and time.monotonic() < last:
            app.step(surface)
        for number in range(count):
            _turns(app, surface, 0.05 + 0.013 * (number % 5))
            posted: list[float] = []
            timer = threading.Timer(0.007 * (number % 7), _press, (posted, number))
            timer.start()
            clock = pygame.time.Clock()
            while not app.step(surface) and time.monotonic() < last:
                clock.tick(LOOKS_PER_SECOND)
            pygame.display.flip()
            timer.join()
            found.append(time.perf_counter() - posted[0])
    return _times(found)


def _press(posted: list[float], number: int) -> None:
    """Move the cursor."""
    posted.append(time.perf_counter())
    key = pygame.K_LEFT if number % 2 else pygame.K_RIGHT
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=""))


def _turns(app: App, surface: pygame.Surface, seconds: float) -> None:
    """The event loop for so long."""
    clock, last = pygame.time.Clock(), time.perf_counter() + seconds
    while time.perf_counter() < last:
        if app.step(surface):
            pygame.display.flip()
        clock.tick(LOOKS_PER_SECOND)


@contextmanager
def _window(game: str, seats: Seats) -> Iterator[tuple[App, PlayScreen, pygame.Surface]]:
    before = os.environ.get("SDL_VIDEODRIVER")
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    pygame.font.init()
    try:
        surface = pygame.display.set_mode(SIZE)
        context = Context(Settings(size=SIZE), animated=False)
        screen = Rooms().screen(context, Table(make(game), seats), kept=False)
        app = App(context, screen)
        yield app, screen, surface
        app.stack.clear()
        screen.table.thinker.wait()
    finally:
        pygame.quit()
        if before is None:
            del os.environ["SDL_VIDEODRIVER"]
        else:
            os.environ["SDL_VIDEODRIVER"] = before


def _times(seconds: list[float]) -> Times:
    return Times(statistics.median(seconds), max(seconds), len(seconds))
