"""The play screen: a board, who plays, and what can be done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pygame

from arena.gui.boards.painter import BoardPainter
from arena.gui.boards.scene import Scene
from arena.gui.context import Context
from arena.gui.panel import Panel
from arena.gui.play import words
from arena.gui.play.cursor import Cursor
from arena.gui.play.layout import Layout, arrange
from arena.gui.play.table import Table
from arena.gui.screens.help import HelpScreen
from arena.gui.screens.play_painter import Painter, View
from arena.gui.screens.shown import Shown
from arena.gui.widgets.button import Button
from arena.view import board
from arena.view.grid import Rect
from arena.view.session import Session

FIRST_SIZE = (900, 640)
_ARROWS = {pygame.K_UP: (-1, 0), pygame.K_DOWN: (1, 0), pygame.K_LEFT: (0, -1), pygame.K_RIGHT: (0, 1)}
_ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_SPACE)
_KEYPAD = {key: str(digit) for digit, key in enumerate((pygame.K_KP0, *range(pygame.K_KP1, pygame.K_KP1 + 9)))}
_MOST_OF_THE_WIDTH = 0.45  # that a panel may have


class Command(NamedTuple):
    """A button and its keys. labels: longest first. enabled: whether pressing it does anything now."""

    labels: tuple[str, ...]
    keys: tuple[int, ...]
    run: Callable[[], None]
    enabled: Callable[[], bool] = lambda: True


class PlayScreen:
    """One board. panel: what Tab opens beside it."""

    def __init__(self, context: Context, table: Table, panel: Callable[[Table], Panel] | None = None) -> None:
        self.context = context
        self.table = table
        self.flipped = False
        self._pointer: tuple[int, int] | None = None
        self._size = FIRST_SIZE
        self._painter = Painter(context.letters, BoardPainter(context.letters, context.animated))
        self._shown = Shown()
        self._board = board.describe(table.session.game)
        self._cursor = Cursor(self._board)
        self._panel = None if panel is None else panel(table)
        self._panel_open = False
        self._commands = self._all_commands()

    @property
    def session(self) -> Session:
        return self.table.session

    @property
    def panel(self) -> Panel | None:
        """The panel, while it is open."""
        return self._panel if self._panel_open else None

    @property
    def layout(self) -> Layout:
        """The layout of the frame drawn last: what the person at the mouse sees."""
        return arrange(self._size, self._board, len(self._commands), self.flipped, self._panel_width())

    @property
    def status(self) -> str:
        """The line of words below the board."""
        return self.table.status

    def handle(self, event: pygame.event.Event) -> None:
        panel, place = self.panel, self.layout.panel
        if event.type == pygame.MOUSEMOTION:
            self._point(event.pos)
        elif event.type == pygame.WINDOWLEAVE:
            self._pointer = None
        toggles = event.type == pygame.KEYDOWN and event.key == pygame.K_TAB and self._panel is not None
        if not toggles and panel is not None and place is not None and panel.handle(event, place):
            return
        if event.type == pygame.KEYDOWN:
            self._press(event.key, event.mod, event.unicode)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._point(event.pos)
            self._click(event.pos)

    def update(self, dt: float) -> None:
        """Make the agent's move once it is found, or start the agent thinking when it is its turn."""
        self.table.update()
        self._painter.board.update(dt)
        if self._panel is not None:
            self._panel.update(dt)

    def draw(self, surface: pygame.Surface) -> bool:
        self._size = surface.get_size()
        scene, view, theme, layout = self.scene(), self.view(), self.context.theme, self.layout
        if not self._shown.stale(surface, (scene, view, theme, layout)) and not self._painter.board.moving:
            return False
        self._painter.paint(surface, layout, theme, scene, view)
        if self.panel is not None and layout.panel is not None:
            self.panel.draw(surface, layout.panel, theme)
        return True

    def spoil(self) -> None:
        self._shown.spoil()

    def close(self) -> None:
        if self._panel is not None:
            self._panel.close()
        if not self.table.close():
            print("qzero: a player is still thinking: waiting for it to stop", file=sys.stderr)

    def scene(self) -> Scene:
        """What there is to show of the board now."""
        session, position, traces = self.session, self.table.position, self.table.traces
        cell = self._cursor.cell
        if cell is None and self._pointer is not None:
            cell = self.layout.cell_at(self._pointer)
        aim = self.table.aimed_at(cell)
        picked = self.table.hand.picked
        return Scene(
            game=session.game.name,
            board=self._board,
            ply=int(position.state.ply),
            stones=position.stones,
            to_move=session.to_move,
            ghost=aim.ghost,
            turned=aim.turned,
            last=traces.landing,
            touched=traces.others,
            route=self.table.route,
            winning=position.winning,
            picked=picked,
            grip=aim.grip,
            reach=aim.reach,
            refused=self.table.refused,
            hints=position.hints(picked) if session.person_to_move else frozenset(),
            cursor=self._cursor.cell,
            overlay=None if self.panel is None else self.panel.overlay(),
        )

    def view(self) -> View:
        """What there is to show around the board now."""
        session = self.session
        return View(
            names=session.names,
            roles=words.roles(session.game, self._board),
            counts=self.table.position.counts if self._board.has_material else None,
            to_move=session.to_move,
            status=self.status,
            moves=self.table.moves,
            buttons=tuple(Button(command.labels, command.enabled()) for command in self._commands),
            hovered=None if self._pointer is None else self._button_at(self._pointer),
            focused=self._cursor.button,
            panel=None if self.panel is None else self.panel.revision,
        )

    def show_help(self) -> None:
        extra = () if self._panel is None else self._panel.keys
        self.context.push(HelpScreen(self.context, self, words.help_text(self.session.game, self._board, extra)))

    def toggle_panel(self) -> None:
        if self._panel is not None:
            self._panel_open = not self._panel_open
            self._panel.opened(self._panel_open)

    def _panel_width(self) -> int:
        if self.panel is None:
            return 0
        width, height = self._size
        return max(min(self.panel.wants(width, height), int(width * _MOST_OF_THE_WIDTH)), 0)

    def _all_commands(self) -> tuple[Command, ...]:
        table, session, off_board = self.table, self.session, self._board.off_board
        commands = (
            Command(("New game (N)", "New (N)", "New", "N"), (pygame.K_n,), table.new_game),
            Command(("Swap seats (S)", "Swap (S)", "Swap", "S"), (pygame.K_s,), table.swap_seats),
            Command(("Undo (U)", "Undo", "U"), (pygame.K_u,), table.undo, lambda: session.can_undo),
            Command(("Redo (R)", "Redo", "R"), (pygame.K_r,), table.redo, lambda: session.can_redo),
            Command(("Help (F1)", "Help", "?"), (pygame.K_F1, pygame.K_h), self.show_help),
            Command(("Quit (Q, Esc)", "Quit (Q)", "Quit", "Q"), (pygame.K_q, pygame.K_ESCAPE), self.context.pop),
        )
        if off_board is None:
            return commands
        labels = f"{off_board.capitalize()} (P)", off_board.capitalize(), "P"
        return Command(labels, (pygame.K_p,), table.play_off_board, lambda: table.off_board_is_legal), *commands

    def _press(self, key: int, modifiers: int, typed: str) -> None:
        digit = _KEYPAD.get(key, typed if typed.isdecimal() and typed.isascii() else None)
        if key in _ARROWS:
            self._pointer = None
            self._cursor.move(*self.layout.place.step(*_ARROWS[key]))
        elif key == pygame.K_TAB and not modifiers & (pygame.KMOD_ALT | pygame.KMOD_META):
            if self._panel is not None and not modifiers & pygame.KMOD_SHIFT:
                self.toggle_panel()
                return
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
        if button is not None:
            self._commands[button].run()
        elif cell is not None:
            self.table.touch(cell)

    def _button_at(self, point: tuple[int, int]) -> int | None:
        return next((number for number, rect in enumerate(self._buttons()) if rect.contains(point)), None)

    def _buttons(self) -> tuple[Rect, ...]:
        return self.layout.buttons
