"""The event loop under the clock: what it takes when nothing happens, and how soon it answers while an agent thinks."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pygame

from arena.gui.app import LOOKS_PER_SECOND, App
from arena.gui.context import Context
from arena.gui.play.table import Table
from arena.gui.screens.play import PlayScreen
from arena.gui.settings import Settings
from arena.view.session import Seats
from game.core import AnyGame

Size = tuple[int, int]
_BETWEEN_EVENTS = (0.041, 0.067, 0.053, 0.089)  # seconds, so that events come at every point of a frame


def idle_load(game: AnyGame, size: Size, seconds: float) -> float:
    """The share of one core that the window takes while a person thinks and touches nothing. Needs SDL's display."""
    with _app(game, (None, None), size) as (app, _):
        surface, clock = pygame.display.get_surface(), pygame.time.Clock()
        _turn(app, surface, clock)
        cpu, start = time.process_time(), time.perf_counter()
        while time.perf_counter() < start + seconds:
            _turn(app, surface, clock)
        return (time.process_time() - cpu) / (time.perf_counter() - start)


def answer_times(game: AnyGame, seats: Seats, size: Size, seconds: float) -> list[float]:
    """Seconds from a movement of the mouse to the picture that answers it, while the players of `seats` search.

    Both are agents, which begin another game after each. Needs SDL's display.
    """
    with _app(game, seats, size) as (app, screen):
        surface, clock = pygame.display.get_surface(), pygame.time.Clock()
        _turn(app, surface, clock)
        mouse = _Mouse([rect.center for rect in screen.layout.buttons[:2]])
        hand = threading.Thread(target=mouse.move, args=(time.perf_counter() + seconds,))
        hand.start()
        while hand.is_alive():
            _turn(app, surface, clock)
            mouse.seen(screen.view().hovered)
            if screen.session.history.done:
                screen.table.new_game()
        hand.join()
        return mouse.answers


class _Mouse:
    """Jumps between two buttons, each of which looks different below it, in a thread of its own."""

    def __init__(self, points: list[tuple[int, int]]) -> None:
        self.answers: list[float] = []
        self._points = points
        self._waiting: tuple[int, float] | None = None  # for this button to be lit, since then

    def move(self, until: float) -> None:
        for number, wait in zip(itertools.cycle((0, 1)), itertools.cycle(_BETWEEN_EVENTS), strict=False):
            if time.perf_counter() > until:
                return
            if self._waiting is None:
                self._waiting = number, time.perf_counter()
                point = self._points[number]
                pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=point, rel=(0, 0), buttons=(0, 0, 0)))
            time.sleep(wait)

    def seen(self, lit: int | None) -> None:
        """A picture with this button lit has been shown."""
        if self._waiting is not None and lit == self._waiting[0]:
            self.answers.append(time.perf_counter() - self._waiting[1])
            self._waiting = None


def _turn(app: App, surface: pygame.Surface, clock: pygame.time.Clock) -> None:
    """As in `App.run`."""
    if app.step(surface):
        pygame.display.flip()
    clock.tick(LOOKS_PER_SECOND)


@contextmanager
def _app(game: AnyGame, seats: Seats, size: Size) -> Iterator[tuple[App, PlayScreen]]:
    pygame.font.init()
    pygame.display.init()
    pygame.display.set_mode(size)
    try:
        context = Context(Settings(size=size))
        screen = PlayScreen(context, Table(game, seats, pause=0.0))
        yield App(context, screen), screen
        screen.close()
    finally:
        pygame.display.quit()
