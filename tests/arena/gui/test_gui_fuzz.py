"""Random events: whatever is pressed, clicked and turned, nothing is raised and the game stays a legal one."""

from __future__ import annotations

import random

import pygame
import pytest

from arena.gui.desktop.display import resized
from arena.gui.opening import Rooms
from arena.gui.play.saved import history_of, saved_game
from arena.gui.play.table import Table
from arena.gui.screens.play import PlayScreen
from arena.gui.screens.start.screen import StartScreen
from game.play import History, check_legal
from game.registry import make
from tests.arena.gui.hands import PATIENCE, Random, Window
from tests.arena.gui.hands import display as display  # the fixture

GAMES = ["tictactoe", "connect4", "othello:6", "hex:5+swap", "breakthrough:4x4", "gomoku:5x5x4"]
KEYS = [
    *range(pygame.K_a, pygame.K_z + 1),
    *range(pygame.K_0, pygame.K_9 + 1),
    *range(pygame.K_F1, pygame.K_F12 + 1),
    *(pygame.K_UP, pygame.K_DOWN, pygame.K_LEFT, pygame.K_RIGHT, pygame.K_RETURN, pygame.K_SPACE, pygame.K_TAB),
    *(pygame.K_HOME, pygame.K_END, pygame.K_PAGEUP, pygame.K_PAGEDOWN, pygame.K_COMMA, pygame.K_PERIOD),
    *(pygame.K_ESCAPE, pygame.K_DELETE, pygame.K_BACKSPACE, pygame.K_KP5, pygame.K_LSHIFT, pygame.K_UNKNOWN),
]
MODIFIERS = [0, 0, 0, pygame.KMOD_LSHIFT, pygame.KMOD_LCTRL, pygame.KMOD_LCTRL | pygame.KMOD_LSHIFT, pygame.KMOD_LALT]
SIZES = [(640, 560), (900, 640), (320, 240), (500, 800), (1, 1)]


class Fuzz:
    """Draws events and feeds them to a window. chance: the generator of all that is random."""

    def __init__(self, window: Window, chance: random.Random) -> None:
        self.window = window
        self.chance = chance

    def event(self) -> pygame.event.Event:
        chance, (width, height) = self.chance, self.window.surface.get_size()
        point = chance.randrange(-5, width + 5), chance.randrange(-5, height + 5)
        kind = chance.random()
        if kind < 0.35:
            key = chance.choice(KEYS)
            typed = chr(key) if key < 128 else ""
            return pygame.event.Event(pygame.KEYDOWN, key=key, mod=chance.choice(MODIFIERS), unicode=typed)
        if kind < 0.65:
            button = chance.choice((1, 1, 1, 1, 2, 3))
            return pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=self.aimed() or point, button=button)
        if kind < 0.75:
            return pygame.event.Event(pygame.MOUSEMOTION, pos=point, rel=(0, 0), buttons=(0, 0, 0))
        if kind < 0.8:
            return pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=chance.choice((-3, -1, 1, 3)), flipped=False)
        others = (pygame.WINDOWLEAVE, pygame.VIDEOEXPOSE, pygame.USEREVENT)
        released = pygame.event.Event(pygame.MOUSEBUTTONUP, pos=point, button=1)
        return chance.choice((released, *(pygame.event.Event(kind) for kind in others)))

    def aimed(self) -> tuple[int, int] | None:
        """Often a place on the board, so that games get on."""
        screen = self.window.app.stack.top
        if not isinstance(screen, PlayScreen) or self.chance.random() < 0.4:
            return None
        board = screen.board
        cell = self.chance.randrange(board.rows), self.chance.randrange(board.columns)
        return screen.layout.cell_rect(*cell).center

    def run(self, events: int) -> None:
        window = self.window
        for number in range(events):
            if number % 200 == 199:
                window.surface = resized(self.chance.choice(SIZES), pygame.RESIZABLE)
            window.app.handle(self.event())
            window.app.update(self.chance.choice((0.0, 0.02, 5.0)))
            window.app.draw(window.surface)
            if not window.app.running:
                window.reopen()
            top = window.app.stack.top
            if isinstance(top, PlayScreen) and number % 20 == 0:
                check(top)


def check(screen: PlayScreen) -> None:
    """The game on the board is one that the rules allow, and what is shown is of that game."""
    session = screen.session
    history = History(session.game, session.history.states[0])
    for action, state in zip(session.history.actions, session.history.states, strict=False):
        check_legal(session.game, history.state, action)
        assert history.state.equal(state)
        history.push(action)
    assert history.state.equal(session.history.state)
    assert 0 <= screen.table.viewed <= len(session.history.actions)
    assert history_of(saved_game(session)).state.equal(session.history.state)


def fuzz(name: str, events: int, seed: int) -> None:
    chance = random.Random(seed)
    game = make(name)
    seats = (None, Random()) if seed % 2 else (None, None)
    window = Window(game, *seats, minutes=seed % 3, kept=seed % 2 == 0)
    opened = window.app

    def reopen() -> None:
        """Somebody has left: back to a board."""
        context = opened.context
        table = Table(game, seats, seed)
        screen = Rooms().screen(context, table, kept=False)
        opened.stack.push(screen)

    window.reopen = reopen
    Fuzz(window, chance).run(events)
    while window.app.running:
        window.app.stack.pop()
    assert window.screen.table.thinker.wait(PATIENCE)
    check(window.screen)


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("seed", [0, 1])
def test_random_events(name: str, seed: int) -> None:
    fuzz(name, 500, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*GAMES, "breakthrough"])
def test_many_random_events(name: str) -> None:
    for seed in range(4):
        fuzz(name, 5_000, seed + 10)


@pytest.mark.parametrize("seed", [0, 1])
def test_random_events_on_the_start_screen(seed: int) -> None:
    window = Window(make("tictactoe"), None, None)
    context = window.app.context
    rooms = Rooms()

    def reopen() -> None:
        window.app.stack.push(StartScreen(context, lambda: rooms))

    window.reopen = reopen
    window.app.context.quit()
    reopen()
    Fuzz(window, random.Random(seed)).run(400)
    while window.app.running:
        window.app.stack.pop()
