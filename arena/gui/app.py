"""The window: events in, moves and pictures out."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import pygame

from arena.gui import board, words
from arena.gui.hand import Hand
from arena.gui.layout import Layout, arrange
from arena.gui.painting import Painter
from arena.gui.position import Position
from arena.gui.scene import Button, Scene
from arena.gui.thinker import Thinker
from arena.session import Seats, Session, ask
from game.core import Game
from game.errors import IllegalMoveError, QzeroError
from game.play import Player

_FRAMES_PER_SECOND = 30
_FIRST_SIZE = (900, 640)
_CLOSING_PATIENCE = 1.0  # seconds given to a running thought when the window closes
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
_DRIVERS_NOBODY_SEES = ("offscreen", "dummy")


class Command(NamedTuple):
    """A button and its keys. labels: longest first."""

    labels: tuple[str, ...]
    keys: tuple[int, ...]
    run: Callable[[], None]


class App:
    """One window of one game; step it by `step`, or by `handle`, `update` and `draw`. Needs pygame's display and fonts.

    pause: seconds between the moves where both seats are agents'.
    """

    def __init__(
        self,
        game: Game[Any],
        seats: Seats,
        seed: int = 0,
        *,
        pause: float = 0.6,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = Session(game, seats, seed)
        self.thinker = Thinker()
        self.running = True
        self._pause = pause
        self._clock = clock
        self._last_move_at = clock() - pause
        self._message: str | None = None
        self._failed = False
        self._hand = Hand()
        self._pointer: tuple[int, int] | None = None
        self._size = _FIRST_SIZE
        self._painter = Painter()
        self._board = board.describe(game)
        self._positions: list[Position] = []
        self._moves: tuple[str, ...] = ()
        self._commands = (
            *self._off_board_commands(),
            Command(("New game (N)", "New (N)", "N"), (pygame.K_n,), self.new_game),
            Command(("Undo (U)", "U"), (pygame.K_u,), self.undo),
            Command(("Swap seats (S)", "Swap (S)", "S"), (pygame.K_s,), self.swap_seats),
            Command(("Quit (Q, Esc)", "Quit (Q)", "Q"), (pygame.K_q, pygame.K_ESCAPE), self.quit),
        )

    @property
    def layout(self) -> Layout:
        """Of the frame drawn last, which is what the person at the mouse sees."""
        rows, columns = self._board.rows, self._board.columns
        return arrange(self._size, rows, columns, len(self._commands), self._board.hexagonal)

    @property
    def position(self) -> Position:
        """The position now, which remembers what it has asked the game."""
        states = self.session.history.states
        if not self._positions or self._positions[-1].state is not states[-1]:
            self._positions = [Position(self.session.game, state) for state in states[-2:]]
            self._moves = words.numbered(self.session.move_names)
        return self._positions[-1]

    @property
    def status(self) -> str:
        """The line of words below the board."""
        if self._message is not None:
            return self._message
        return words.status(self.session, self.position)

    def step(self, surface: pygame.Surface) -> None:
        """One turn of the event loop."""
        for event in pygame.event.get():
            self.handle(event)
        self.update()
        self.draw(surface)

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.quit()
        elif event.type == pygame.KEYDOWN:
            self._press(event.key)
        elif event.type == pygame.MOUSEMOTION:
            self._pointer = event.pos
        elif event.type == pygame.WINDOWLEAVE:
            self._pointer = None
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._pointer = event.pos
            self._click(event.pos)

    def update(self) -> None:
        """Make the agent's move if it is found, or set the agent to think if its turn has come."""
        session = self.session
        player = session.agent_to_move
        if player is None or self._failed:
            return
        if not session.has_person and self._clock() < self._last_move_at + self._pause:
            return
        if not self.thinker.busy:
            state, generator = session.history.state, session.next_generator()
            self.thinker.start(functools.partial(ask, player, session.game, state, generator))
        thought = self.thinker.poll()
        if thought is None:
            return
        if thought.action is None:
            self._give_up(player, thought.error)
            return
        try:
            self._play(thought.action)
        except IllegalMoveError as error:
            self._give_up(player, error)

    def draw(self, surface: pygame.Surface) -> None:
        self._size = surface.get_size()
        self._painter.paint(surface, self.layout, self.scene())

    def scene(self) -> Scene:
        """What there is to show now."""
        session, position = self.session, self.position
        last, touched = None, frozenset[board.Cell]()
        if session.history.actions:
            last, touched = self._positions[0].traces(session.history.actions[-1], position)
        ghost, grip = self._under_pointer()
        return Scene(
            board=self._board,
            stones=position.stones,
            to_move=session.to_move,
            names=session.names,
            counts=position.counts if self._board.has_material else None,
            ghost=ghost,
            last=last,
            touched=touched,
            winning=position.winning,
            picked=self._hand.picked,
            grip=grip,
            hints=position.hints(self._hand.picked) if session.person_to_move else frozenset(),
            status=self.status,
            moves=self._moves,
            buttons=tuple(Button(command.labels, self._enabled(command)) for command in self._commands),
            hovered=None if self._pointer is None else self._button_at(self._pointer),
        )

    def new_game(self) -> None:
        self.session.new_game()
        self._begin_anew()

    def swap_seats(self) -> None:
        self.session.swap_seats()
        self._begin_anew()

    def undo(self) -> None:
        if self.session.undo():
            self._begin_anew()
        else:
            self._message = "Nothing to take back"

    def play_off_board(self) -> None:
        """Make the move that touches no cell, if it is legal."""
        if not self.session.person_to_move:
            return
        if self.position.off_board is None:
            self._message = f"Not a legal move. {self.session.situation()}"
        else:
            self._play(self.position.off_board)

    def quit(self) -> None:
        self.running = False

    def close(self, patience: float = _CLOSING_PATIENCE) -> bool:
        """Call off what is being thought; whether its thread ended within `patience` seconds."""
        self.thinker.drop()
        return self.thinker.wait(patience)

    def _begin_anew(self) -> None:
        """The position has changed other than by a move."""
        self.thinker.drop()
        self._message = None
        self._failed = False
        self._hand.drop()

    def _give_up(self, player: Player, error: BaseException | None) -> None:
        """Say what went wrong with the player and ask nothing of it until undo or a new game."""
        self._failed = True
        self._message = f"{player.name} failed: {str(error) or type(error).__name__}"

    def _play(self, action: int) -> None:
        self.session.play(action)
        self._message = None
        self._hand.drop()
        self._last_move_at = self._clock()

    def _press(self, key: int) -> None:
        for command in self._commands:
            if key in command.keys:
                command.run()
                return

    def _click(self, point: tuple[int, int]) -> None:
        button = self._button_at(point)
        if button is not None:
            self._commands[button].run()
            return
        cell = self.layout.cell_at(point)
        if cell is None or not self.session.person_to_move:
            return
        click = self._hand.click(self.position, cell)
        self._message = None if click.legal else f"Not a legal move. {self.session.situation()}"
        if click.action is not None:
            self._play(click.action)

    def _button_at(self, point: tuple[int, int]) -> int | None:
        return next((number for number, rect in enumerate(self.layout.buttons) if rect.contains(point)), None)

    def _off_board_commands(self) -> tuple[Command, ...]:
        name = self._board.off_board
        if name is None:
            return ()
        return (Command((f"{name.capitalize()} (P)", name.capitalize(), "P"), (pygame.K_p,), self.play_off_board),)

    def _enabled(self, command: Command) -> bool:
        if command.run != self.play_off_board:
            return True
        return self.session.person_to_move and self.position.off_board is not None

    def _under_pointer(self) -> tuple[tuple[board.Cell, int] | None, board.Cell | None]:
        """The stone that a click at the pointer would place; the cell where it would begin a longer move."""
        session = self.session
        cell = self.layout.cell_at(self._pointer) if self._pointer is not None else None
        if cell is None or session.to_move is None or not session.person_to_move:
            return None, None
        click = self._hand.preview(self.position, cell)
        if click.action is None:
            return None, cell if click.picked else None
        landing = self.position.landing(click.action)
        return None if landing is None else (landing, session.to_move), None


def run(game: Game[Any], seats: Seats, seed: int = 0) -> None:
    """Open a window and play until it is closed. Raises QzeroError where no window can be opened."""
    _open_window(f"qzero {game.name}")
    app = App(game, seats, seed)
    clock = pygame.time.Clock()
    try:
        while app.running:
            app.step(pygame.display.get_surface())
            pygame.display.flip()
            clock.tick(_FRAMES_PER_SECOND)
    finally:
        app.thinker.drop()
        pygame.quit()
        if not app.close():
            print("qzero: the window is closed, but a player does not stop thinking: waiting for it", file=sys.stderr)


def _open_window(title: str) -> None:
    if sys.platform == "linux" and not any(os.environ.get(name) for name in _DISPLAYS):
        # SDL would look for one all the same, and complain on stderr in its own words.
        raise QzeroError("cannot open a window (no display): play in the terminal with --text")
    try:
        # Not pygame.init(): that would open sound devices and joysticks too.
        pygame.font.init()
        pygame.display.init()
        driver = pygame.display.get_driver()
        # Without a display SDL falls back to drivers that draw nowhere; fine only where that was asked for.
        if driver in _DRIVERS_NOBODY_SEES and os.environ.get("SDL_VIDEODRIVER") != driver:
            raise pygame.error("no display")
        pygame.display.set_mode(_FIRST_SIZE, pygame.RESIZABLE)
    except pygame.error as error:
        pygame.quit()
        raise QzeroError(f"cannot open a window ({error}): play in the terminal with --text") from None
    pygame.display.set_caption(title)
