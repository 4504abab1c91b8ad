"""The window: events in, moves and pictures out."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import NamedTuple

import pygame

from arena.gui import words
from arena.gui.cursor import Cursor
from arena.gui.layout import Layout, arrange
from arena.gui.painting import Painter
from arena.gui.scene import Button, Help, Scene
from arena.gui.screen import FIRST_SIZE, FullScreen, open_window
from arena.gui.table import Table
from arena.view import board
from arena.view.session import Seats, Session
from game.core import AnyGame

_LOOKS_PER_SECOND = 60  # how often events are handled; a frame is drawn only if something has changed
_ARROWS = {pygame.K_UP: (-1, 0), pygame.K_DOWN: (1, 0), pygame.K_LEFT: (0, -1), pygame.K_RIGHT: (0, 1)}
_ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_SPACE)
_KEYPAD = {key: str(digit) for digit, key in enumerate((pygame.K_KP0, *range(pygame.K_KP1, pygame.K_KP1 + 9)))}
_SWITCHES_WINDOWS = pygame.KMOD_ALT | pygame.KMOD_META
_SPOILS_THE_PICTURE = (pygame.VIDEOEXPOSE, pygame.WINDOWEXPOSED, pygame.WINDOWSHOWN, pygame.WINDOWRESTORED)


class Command(NamedTuple):
    """A button and its keys. labels: longest first. enabled: whether pressing it does anything now."""

    labels: tuple[str, ...]
    keys: tuple[int, ...]
    run: Callable[[], None]
    enabled: Callable[[], bool] = lambda: True


class App:
    """One window of one game; step it by `step`, or by `handle`, `update` and `draw`. Needs pygame's display and fonts.

    pause: seconds between moves when both seats are agents.
    """

    def __init__(
        self,
        game: AnyGame,
        seats: Seats,
        seed: int = 0,
        *,
        pause: float = 0.6,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.table = Table(game, seats, seed, pause, clock)
        self.running = True
        self._pointer: tuple[int, int] | None = None
        self._size = FIRST_SIZE
        self._painter = Painter()
        self._shown: Scene | None = None
        self._board = board.describe(game)
        self._cursor = Cursor(self._board)
        self._help: Help | None = None
        self._full_screen = FullScreen()
        self._commands = self._all_commands()

    @property
    def session(self) -> Session:
        return self.table.session

    @property
    def layout(self) -> Layout:
        """The layout of the frame drawn last: what the person at the mouse sees."""
        rows, columns = self._board.rows, self._board.columns
        return arrange(self._size, rows, columns, len(self._commands), self._board.hexagonal)

    @property
    def status(self) -> str:
        """The line of words below the board."""
        return self.table.status

    def step(self, surface: pygame.Surface) -> bool:
        """One turn of the event loop; whether there is a new picture."""
        events, waiting = pygame.event.get(), self.session.agent_to_move is not None
        for event in events:
            self.handle(event)
        self.update()
        return (bool(events) or waiting or self._shown is None) and self.draw(surface)

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.quit()
        elif event.type == pygame.KEYDOWN:
            self._press(event.key, event.mod, event.unicode)
        elif event.type == pygame.MOUSEMOTION:
            self._point(event.pos)
        elif event.type == pygame.WINDOWLEAVE:
            self._pointer = None
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._point(event.pos)
            self._click(event.pos)
        elif event.type in _SPOILS_THE_PICTURE:
            self._shown = None

    def update(self) -> None:
        """Make the agent's move once it is found, or start the agent thinking when it is its turn."""
        self.table.update()

    def draw(self, surface: pygame.Surface) -> bool:
        """Paint the scene; False if the surface already shows it."""
        if surface.get_size() != self._size:
            self._size, self._shown = surface.get_size(), None
        scene = self.scene()
        if scene == self._shown:
            return False
        self._shown = scene
        self._painter.paint(surface, self.layout, scene)
        return True

    def scene(self) -> Scene:
        """What there is to show now."""
        session, position, traces = self.session, self.table.position, self.table.traces
        cell = self._cursor.cell
        if cell is None and self._pointer is not None:
            cell = self.layout.cell_at(self._pointer)
        ghost, grip = self.table.aimed_at(cell)
        picked = self.table.hand.picked
        return Scene(
            board=self._board,
            stones=position.stones,
            to_move=session.to_move,
            names=session.names,
            roles=words.roles(session.game),
            counts=position.counts if self._board.has_material else None,
            ghost=ghost,
            last=traces.landing,
            touched=traces.others,
            winning=position.winning,
            picked=picked,
            grip=grip,
            hints=position.hints(picked) if session.person_to_move else frozenset(),
            cursor=self._cursor.cell,
            status=self.status,
            moves=self.table.moves,
            buttons=tuple(Button(command.labels, command.enabled()) for command in self._commands),
            hovered=None if self._pointer is None else self._button_at(self._pointer),
            focused=self._cursor.button,
            help=self._help,
        )

    def toggle_help(self) -> None:
        self._help = words.help_text(self.session.game, self._board) if self._help is None else None

    def quit(self) -> None:
        self.running = False

    def _all_commands(self) -> tuple[Command, ...]:
        table, session, off_board = self.table, self.session, self._board.off_board
        commands = (
            Command(("New game (N)", "New (N)", "New", "N"), (pygame.K_n,), table.new_game),
            Command(("Swap seats (S)", "Swap (S)", "Swap", "S"), (pygame.K_s,), table.swap_seats),
            Command(("Undo (U)", "Undo", "U"), (pygame.K_u,), table.undo, lambda: session.can_undo),
            Command(("Redo (R)", "Redo", "R"), (pygame.K_r,), table.redo, lambda: session.can_redo),
            Command(("Help (F1)", "Help", "?"), (pygame.K_F1, pygame.K_h), self.toggle_help),
            Command(("Quit (Q, Esc)", "Quit (Q)", "Quit", "Q"), (pygame.K_q, pygame.K_ESCAPE), self.quit),
        )
        if off_board is None:
            return commands
        labels = f"{off_board.capitalize()} (P)", off_board.capitalize(), "P"
        return Command(labels, (pygame.K_p,), table.play_off_board, lambda: table.off_board_is_legal), *commands

    def _press(self, key: int, modifiers: int, typed: str) -> None:
        digit = _KEYPAD.get(key, typed if typed.isdecimal() and typed.isascii() else None)
        if key == pygame.K_F11:
            self._full_screen.toggle()
            self._shown = None
        elif self._help is not None:
            self._help = None
        elif key in _ARROWS:
            self._pointer = None
            self._cursor.move(*_ARROWS[key])
        elif key == pygame.K_TAB and not modifiers & _SWITCHES_WINDOWS:
            enabled = [command.enabled() for command in self._commands]
            self._cursor.tab(enabled, -1 if modifiers & pygame.KMOD_SHIFT else 1)
        elif key in _ENTER:
            self._enter()
        elif digit is not None:
            self._pointer = None
            cell = self._cursor.digit(digit)
            if cell is not None and self._board.falls:
                self.table.touch(cell)
        else:
            command = next((command for command in self._commands if key in command.keys), None)
            if command is not None:
                command.run()

    def _enter(self) -> None:
        """Activate whatever the cursor is on; show the cursor if it is hidden."""
        if self._cursor.button is not None:
            self._commands[self._cursor.button].run()
        elif self._cursor.cell is not None:
            self.table.touch(self._cursor.cell)
        else:
            self._cursor.show()

    def _point(self, point: tuple[int, int]) -> None:
        self._pointer = point
        self._cursor.hide(self.layout.cell_at(point))

    def _click(self, point: tuple[int, int]) -> None:
        button, cell = self._button_at(point), self.layout.cell_at(point)
        if self._help is not None:
            self._help = None
        elif button is not None:
            self._commands[button].run()
        elif cell is not None:
            self.table.touch(cell)

    def _button_at(self, point: tuple[int, int]) -> int | None:
        return next((number for number, rect in enumerate(self.layout.buttons) if rect.contains(point)), None)


def run(game: AnyGame, seats: Seats, seed: int = 0) -> None:
    """Open a window and play until it is closed. Raises QzeroError where no window can be opened."""
    open_window(f"qzero {game.name}")
    app = App(game, seats, seed)
    clock = pygame.time.Clock()
    try:
        while app.running:
            if app.step(pygame.display.get_surface()):
                pygame.display.flip()
            clock.tick(_LOOKS_PER_SECOND)
    finally:
        app.table.thinker.drop()
        pygame.quit()
        if not app.table.close():
            print(
                "qzero: the window is closed, but a player is still thinking: waiting for it to stop", file=sys.stderr
            )
