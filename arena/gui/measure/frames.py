"""Seconds that it takes to paint a picture of the play screen, by what has changed since the last one."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable

import pygame
import torch

from arena.gui.context import Context
from arena.gui.play.table import Table
from arena.gui.screens.play import PlayScreen
from arena.gui.settings import Settings
from game.core import AnyGame
from game.play import sample_uniform

Size = tuple[int, int]
_FRAME = 1 / 60
_MOST_FRAMES = 240  # of one movement: four seconds, longer than any takes


def frame_times(game: AnyGame, size: Size, rounds: int, seed: int = 0) -> dict[str, list[float]]:
    """CPU seconds of this thread for each picture, without what the screen itself takes to show it.

    "pointer": another cell is under the mouse. "movement": a piece moves, from the move to its end, a move a round.
    "size": the window has another size, so that everything is drawn anew.
    """
    pygame.font.init()
    screen = PlayScreen(Context(Settings(size=size)), Table(game, (None, None), seed))
    surfaces = [pygame.Surface(size), pygame.Surface((size[0] - 1, size[1] - 1))]
    screen.draw(surfaces[0])
    times: dict[str, list[float]] = {"pointer": [], "movement": [], "size": []}
    generator = torch.Generator().manual_seed(seed)
    for _ in range(rounds):
        if screen.session.history.done:
            screen.table.new_game()
        times["movement"] += _movement(screen, surfaces[0], generator)
        times["pointer"] += _pointer(screen, surfaces[0])
        for surface in reversed(surfaces):
            times["size"].append(_timed(lambda surface=surface: screen.draw(surface)))  # type: ignore[misc] # bound
    screen.close()
    return times


def _movement(screen: PlayScreen, surface: pygame.Surface, generator: torch.Generator) -> list[float]:
    history = screen.session.history
    screen.session.play(int(sample_uniform(screen.session.game.legal(history.state), generator)))
    times = []
    for _ in range(_MOST_FRAMES):
        painted: list[bool] = []
        times.append(_timed(lambda painted=painted: painted.append(screen.draw(surface))))  # type: ignore[misc] # bound
        if not painted[0]:
            return times[:-1]
        screen.update(_FRAME)
    return times


def _pointer(screen: PlayScreen, surface: pygame.Surface) -> list[float]:
    grid = screen.layout.place.grid
    times = []
    for row, column in itertools.islice(itertools.product(range(grid.rows), range(grid.columns)), 0, None, 3):
        point = screen.layout.cell_rect(row, column).center
        screen.handle(pygame.event.Event(pygame.MOUSEMOTION, pos=point, rel=(0, 0), buttons=(0, 0, 0)))
        times.append(_timed(lambda: screen.draw(surface)))
    screen.handle(pygame.event.Event(pygame.WINDOWLEAVE))
    return times


def _timed(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start
