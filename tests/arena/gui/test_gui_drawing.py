"""When the window draws: once for whatever changes, and never for what stays as it is."""

from __future__ import annotations

import time
from typing import Any

import pygame
import pytest
import torch
from torch import Tensor

from arena.gui.opening import run
from arena.gui.screens.play_painter import Painter
from game.play import sample_uniform
from game.registry import make
from tests.arena.gui.hands import PATIENCE, Held, Window
from tests.arena.gui.hands import display as display  # the fixture

TICTACTOE = make("tictactoe")


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Grows by one with every frame that is painted."""
    painted: list[Any] = []
    paint = Painter.paint

    def counting(self: Painter, *what: Any) -> None:
        painted.append(what)
        paint(self, *what)

    monkeypatch.setattr(Painter, "paint", counting)
    return painted


def drawn(window: Window, frames: list[Any], steps: int = 10) -> int:
    """How many frames so many turns of the event loop draw."""
    before = len(frames)
    for _ in range(steps):
        window.step()
    return len(frames) - before


def test_an_idle_window_draws_nothing(frames: list[Any]) -> None:
    window = Window(TICTACTOE, None, None)
    assert len(frames) == 1
    assert drawn(window, frames) == 0
    window.play("b2 a1")
    assert drawn(window, frames) == 0
    window.play("c1 a3 b1 a2")
    assert window.session.history.done
    assert drawn(window, frames) == 0


def test_a_window_draws_nothing_new_while_an_agent_thinks(frames: list[Any]) -> None:
    player = Held({1: "c3"})
    window = Window(TICTACTOE, None, player)
    window.play("a1")
    assert player.started.wait(PATIENCE)
    window.step()
    assert drawn(window, frames) == 0
    player.go.set()
    assert window.screen.table.thinker.wait(PATIENCE)
    assert drawn(window, frames) == 1
    assert frames[-1][3].stones[0][2] == 1


def test_the_mouse_draws_where_it_changes_something(frames: list[Any]) -> None:
    def moves_to(point: tuple[int, int]) -> int:
        pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=point, rel=(0, 0), buttons=(0, 0, 0)))
        return drawn(window, frames, 2)

    window = Window(TICTACTOE, None, None)
    x, y = window.screen.layout.cell_rect(0, 0).center
    assert moves_to((x, y)) == 1
    assert moves_to((x + 3, y + 2)) == 0
    assert moves_to(window.screen.layout.cell_rect(0, 1).center) == 1


@pytest.mark.parametrize("event", [pygame.VIDEOEXPOSE, pygame.WINDOWEXPOSED, pygame.WINDOWRESTORED])
def test_what_the_screen_has_lost_is_drawn_again(event: int, frames: list[Any]) -> None:
    window = Window(TICTACTOE, None, None)
    pygame.event.post(pygame.event.Event(event))
    assert drawn(window, frames) == 1


def test_another_size_is_drawn_once(frames: list[Any]) -> None:
    window = Window(TICTACTOE, None, None)
    window.step()
    before = len(frames)
    window.resize((800, 500))
    assert frames[-1][0].get_size() == (800, 500)
    assert 1 <= len(frames) - before <= 2
    assert drawn(window, frames) == 0


def test_what_lies_under_the_mouse_follows_the_size(frames: list[Any]) -> None:
    window = Window(TICTACTOE, None, None, size=(640, 560))
    window.hover(0, 0)
    window.surface = pygame.display.set_mode((1200, 900), pygame.RESIZABLE)
    window.step()
    assert frames[-1][3] == window.screen.scene()


class Lingerer:
    """Closes the window after some turns of the event loop."""

    name = "lingerer"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        time.sleep(0.3)
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        return sample_uniform(game.legal(state), generator)


def test_frames_that_show_nothing_new_are_not_sent_to_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[None] = []
    monkeypatch.setattr(pygame.display, "flip", lambda: sent.append(None))
    run(TICTACTOE, (Lingerer(), None))
    assert 1 <= len(sent) <= 4  # the first, the agent's move, and what a new window may have to show again
