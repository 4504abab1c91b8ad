"""A person's hands for the tests of the window: an App on SDL's dummy driver, and players to meet there."""

from __future__ import annotations

import os

os.environ["SDL_VIDEODRIVER"] = "dummy"
os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pygame
import pytest
import torch
from torch import Tensor

from arena.gui.app import App
from arena.gui.boards.view import size_in
from arena.gui.context import Context
from arena.gui.panel import Panel
from arena.gui.play.autosave import Autosave
from arena.gui.play.table import Table
from arena.gui.screens.dialog import Dialog
from arena.gui.screens.play import PlayScreen
from arena.gui.settings import Settings
from arena.gui.theme import LIGHT, Theme
from arena.view.session import Session
from game.play import sample_uniform

PATIENCE = 10.0  # seconds before a test that hangs fails
NEW, SWAP, UNDO, REDO, FLIP, RESIGN, GAME, HELP, LEAVE = range(9)
Size = tuple[int, int]


class Scripted:
    """Plays the named moves, by ply."""

    def __init__(self, moves: dict[int, str], name: str = "robot") -> None:
        self.name = name
        self.moves = moves

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        assert len(state) == 1
        assert isinstance(generator, torch.Generator)
        return torch.tensor([game.parse_move(self.moves[int(state.ply)], state)])


class Held(Scripted):
    """Thinks until it is let go."""

    def __init__(self, moves: dict[int, str]) -> None:
        super().__init__(moves)
        self.started = threading.Event()
        self.go = threading.Event()
        self.thoughts = 0

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        self.thoughts += 1
        action = super().act(game, state, generator)
        self.started.set()
        assert self.go.wait(PATIENCE)
        return action


class Random:
    name = "random"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        return sample_uniform(game.legal(state), generator)


class Broken:
    name = "broken"

    def __init__(self, answer: Tensor | BaseException) -> None:
        self.answer = answer

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:  # noqa: ARG002 - the protocol's names
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


class Window:
    """An App on a display, with a person's hands."""

    def __init__(
        self,
        game: Any,
        *seats: Any,
        size: Size = (640, 560),
        theme: Theme = LIGHT,
        panel: Callable[[Table], Panel] | None = None,
        animated: bool = False,
        kept: bool = False,
        **options: Any,
    ) -> None:
        self.game = game
        self.surface = pygame.display.set_mode(size, pygame.RESIZABLE)
        pygame.event.clear()
        context = Context(Settings(theme=theme.name), animated=animated)
        table = Table(game, (seats[0], seats[1]), **options)
        self.screen = PlayScreen(context, table, panel, Autosave(table.session) if kept else None)
        self.app = App(context, self.screen)
        self.reopen: Callable[[], None] = lambda: None  # what tests do once the last screen was left
        self.step()

    @property
    def session(self) -> Session:
        return self.screen.session

    @property
    def moves(self) -> str:
        return " ".join(self.session.move_names)

    def step(self) -> None:
        self.app.step(self.surface)

    def resize(self, size: Size) -> None:
        self.surface = pygame.display.set_mode(size, pygame.RESIZABLE)
        pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1]))
        self.step()

    def point(self, position: tuple[int, int], button: int = 1) -> None:
        pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=position, button=button))
        pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONUP, pos=position, button=button))
        self.step()

    def click(self, *cells: tuple[int, int]) -> None:
        for row, column in cells:
            self.point(self.screen.layout.cell_rect(row, column).center)

    def press_button(self, number: int) -> None:
        self.point(self.screen.layout.buttons[number].center)

    def press_key(self, key: int) -> None:
        typed = chr(key) if key < 128 else ""
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=typed))
        self.step()

    def agree(self) -> None:
        """Answer the question, if one is asked."""
        if isinstance(self.app.stack.top, Dialog):
            self.press_key(pygame.K_RETURN)

    def hover(self, row: int, column: int) -> None:
        position = self.screen.layout.cell_rect(row, column).center
        pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=position, rel=(0, 0), buttons=(0, 0, 0)))
        self.step()

    def play(self, moves: str) -> None:
        """Click the cells of the moves named, or press P for those that have none."""
        for name in moves.split():
            state = self.session.history.state
            squares = self.game.squares(self.game.parse_move(name, state), state)
            self.click(*((row or 0, column or 0) for row, column in squares))
            if not squares:
                self.press_key(pygame.K_p)

    def settle(self) -> None:
        """Step until the agents have moved and a person is to move, or the game is over."""
        for _ in range(100):
            self.step()
            if self.session.agent_to_move is None:
                self.step()
                return
            assert self.screen.table.thinker.wait(PATIENCE)
        raise AssertionError("the agents never finished")

    def stone_colour(self, row: int, column: int) -> tuple[int, ...]:
        """Of the pixel between what it wears and the edge of the stone in a cell."""
        rect = self.screen.layout.cell_rect(row, column)
        x = rect.center[0] + round(size_in(self.screen.scene().board.kind, rect.width) * 0.37)
        return tuple(self.surface.get_at((x, rect.center[1])))[:3]


@pytest.fixture(autouse=True)
def display() -> Iterator[None]:
    pygame.display.init()
    pygame.font.init()
    yield
    pygame.quit()
