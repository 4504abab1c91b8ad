"""The play screen: a board, who plays, and what can be done."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pygame

from arena.gui.boards.painter import BoardPainter
from arena.gui.boards.scene import Scene
from arena.gui.context import Context
from arena.gui.desktop import sounds
from arena.gui.panel import Panel
from arena.gui.play import words
from arena.gui.play.autosave import Autosave
from arena.gui.play.cursor import Cursor
from arena.gui.play.layout import Layout, arrange
from arena.gui.play.table import Table
from arena.gui.screens.play_commands import Commands
from arena.gui.screens.play_painter import Painter, View
from arena.gui.screens.shown import Shown
from arena.gui.widgets.button import Button
from arena.view import board
from arena.view.grid import Rect
from arena.view.session import Session

_ARROWS = {pygame.K_UP: (-1, 0), pygame.K_DOWN: (1, 0), pygame.K_LEFT: (0, -1), pygame.K_RIGHT: (0, 1)}
_ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_SPACE)
_KEYPAD = {key: str(digit) for digit, key in enumerate((pygame.K_KP0, *range(pygame.K_KP1, pygame.K_KP1 + 9)))}
_CONTROL = pygame.KMOD_CTRL | pygame.KMOD_META
_MOST_OF_THE_WIDTH = 0.45  # that a panel may have


class PlayScreen:
    """One board. panel: what Tab opens beside it. autosave: keeps the game; None: nobody does.

    open_saved: shows the list of saved games over the screen it is given.
    notice: said before the status until a person does something.
    """

    def __init__(
        self,
        context: Context,
        table: Table,
        panel: Callable[[Table], Panel] | None = None,
        autosave: Autosave | None = None,
        open_saved: Callable[[PlayScreen], None] | None = None,
        notice: str = "",
    ) -> None:
        self.context = context
        self.table = table
        self.open_saved = open_saved
        self._notice = notice
        self.board = board.describe(table.session.game)
        self.flipped = False
        self._autosave = autosave
        self._pointer: tuple[int, int] | None = None
        self._size = context.settings.size
        self._painter = Painter(context.letters, BoardPainter(context.letters))
        self._shown = Shown()
        self._cursor = Cursor(self.board)
        self._panel = None if panel is None else panel(table)
        self._panel_open = False
        self._heard = len(table.session.history.actions), table.session.over
        self._commands = Commands(self)

    @property
    def session(self) -> Session:
        return self.table.session

    @property
    def has_panel(self) -> bool:
        return self._panel is not None

    @property
    def panel(self) -> Panel | None:
        """The panel, while it is open."""
        return self._panel if self._panel_open else None

    @property
    def panel_keys(self) -> tuple[tuple[str, str], ...] | None:
        """What the panel understands, for the page of help."""
        return None if self._panel is None else self._panel.keys

    @property
    def layout(self) -> Layout:
        """The layout of the frame drawn last: what the person at the mouse sees."""
        width = self._panel_width()
        listed = self.panel is None or not self.panel.lists_moves(Rect(0, 0, width, self._size[1]))
        return arrange(self._size, self.board, len(self._commands.buttons), self.flipped, width, listed)

    @property
    def status(self) -> str:
        """The line of words below the board."""
        return f"{self._notice}. {self.table.status}" if self._notice else self.table.status

    def handle(self, event: pygame.event.Event) -> None:
        panel, place = self.panel, self.layout.panel
        if event.type in (pygame.KEYDOWN, pygame.MOUSEBUTTONDOWN):
            self._notice = ""
        if event.type == pygame.MOUSEMOTION:
            self._point(event.pos)
        elif event.type == pygame.WINDOWLEAVE:
            self._pointer = None
        toggles = event.type == pygame.KEYDOWN and event.key == pygame.K_TAB and not event.mod & pygame.KMOD_SHIFT
        if not toggles and panel is not None and place is not None and panel.handle(event, place):
            return
        if event.type == pygame.KEYDOWN:
            self._press(event.key, event.mod, event.unicode)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._point(event.pos)
            self._click(event.pos)
        elif event.type == pygame.MOUSEWHEEL:
            self.table.view(self.table.viewed - event.y)

    def update(self, dt: float) -> None:
        """Make the agent's move once it is found, or start the agent thinking when it is its turn."""
        self.table.update(dt)
        self._painter.board.animated = self.context.animated
        self._painter.board.update(dt)
        if self._panel is not None:
            self._panel.update(dt)
        if self._autosave is not None:
            trouble = self._autosave.trouble
            self._autosave.update()
            if self._autosave.trouble not in (None, trouble):
                self.table.tell(f"This game is not kept: {self._autosave.trouble}")
        self._sound()

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
        """Stop thinking and keep the game."""
        if self._panel is not None:
            self._panel.close()
        self.table.thinker.drop()
        if self._autosave is not None:
            self._autosave.close()
            if self._autosave.trouble is not None:
                print(f"qzero: the game is not kept: {self._autosave.trouble}", file=sys.stderr)
        self.table.close()

    def scene(self) -> Scene:
        """What there is to show of the board now."""
        table, position, traces = self.table, self.table.position, self.table.traces
        cell = self._cursor.cell
        if cell is None and self._pointer is not None:
            cell = self.layout.cell_at(self._pointer)
        aim = table.aimed_at(cell)
        picked = table.hand.picked
        shows_hints = table.person_to_move and self.context.settings.hints
        return Scene(
            game=self.session.game.name,
            board=self.board,
            ply=int(position.state.ply),
            stones=position.stones,
            to_move=table.to_move,
            ghost=aim.ghost,
            turned=aim.turned,
            last=traces.landing,
            touched=traces.others,
            route=table.route,
            winning=position.winning,
            picked=picked,
            grip=aim.grip,
            reach=aim.reach,
            refused=table.refused,
            hints=position.hints(picked) if shows_hints else frozenset(),
            cursor=self._cursor.cell,
            overlay=None if self.panel is None else self.panel.overlay(),
        )

    def view(self) -> View:
        """What there is to show around the board now."""
        table, pointer, layout = self.table, self._pointer, self.layout
        over_moves = pointer is not None and layout.moves is not None and layout.moves.contains(pointer)
        commands = (*self._commands.buttons, *self._commands.steps)
        return View(
            names=self.session.names,
            roles=words.roles(self.session.game, self.board),
            counts=table.position.counts if self.board.has_material else None,
            to_move=table.to_move,
            status=self.status,
            clocks=table.clocks.texts,
            moves=tuple(table.names),
            viewed=table.viewed,
            buttons=tuple(Button(command.labels, command.enabled()) for command in commands),
            hovered=None if pointer is None else self._button_at(pointer),
            focused=self._cursor.button,
            pointer=pointer if over_moves else None,
            panel=None if self.panel is None else self.panel.revision,
        )

    def toggle_panel(self) -> None:
        if self._panel is not None:
            self._panel_open = not self._panel_open
            self._panel.opened(self._panel_open)

    def _panel_width(self) -> int:
        if self.panel is None:
            return 0
        width, height = self._size
        return max(min(self.panel.wants(width, height), int(width * _MOST_OF_THE_WIDTH)), 0)

    def _press(self, key: int, modifiers: int, typed: str) -> None:
        digit = _KEYPAD.get(key, typed if typed.isdecimal() and typed.isascii() else None)
        if modifiers & _CONTROL and key != pygame.K_TAB:
            self._commands.press(key, modifiers)
        elif key in _ARROWS:
            self._pointer = None
            self._cursor.move(*self.layout.place.step(*_ARROWS[key]))
        elif key == pygame.K_TAB and not modifiers & (pygame.KMOD_ALT | pygame.KMOD_META):
            self._tab(bool(modifiers & pygame.KMOD_SHIFT))
        elif key in _ENTER:
            self._enter()
        elif digit is not None:
            self._pointer = None
            cell = self._cursor.digit(digit)
            if cell is not None and self.board.falls:
                self.table.touch(cell)
        else:
            self._commands.press(key, modifiers)

    def _tab(self, shift: bool) -> None:
        if self._panel is not None and not shift:
            self.toggle_panel()
            return
        enabled = [command.enabled() for command in self._commands.buttons]
        self._cursor.tab(enabled, -1 if shift and self._panel is None else 1)

    def _enter(self) -> None:
        """Activate whatever the cursor is on; show the cursor if it is hidden."""
        if self._cursor.button is not None:
            self._commands.run(self._commands.buttons[self._cursor.button])
        elif self._cursor.cell is not None:
            self.table.touch(self._cursor.cell)
        else:
            self._cursor.show()

    def _point(self, point: tuple[int, int]) -> None:
        self._pointer = point
        self._cursor.hide(self.layout.cell_at(point))

    def _click(self, point: tuple[int, int]) -> None:
        layout, button = self.layout, self._button_at(point)
        cell = layout.cell_at(point)
        if button is not None:
            self._commands.run((*self._commands.buttons, *self._commands.steps)[button])
        elif cell is not None:
            self.table.touch(cell)
        elif layout.moves is not None:
            names = tuple(self.table.names)
            move = self._painter.moves.at(layout.moves, names, self.table.viewed, layout.text, point)
            if move is not None:
                self.table.view(move)

    def _button_at(self, point: tuple[int, int]) -> int | None:
        places: tuple[Rect, ...] = (*self.layout.buttons, *self.layout.steps)
        return next((number for number, rect in enumerate(places) if rect.contains(point)), None)

    def _sound(self) -> None:
        """A click for a move, another for the end."""
        now = len(self.session.history.actions), self.session.over
        if self.context.settings.sound and now != self._heard:
            captured = any(self.table.traces.others) and not self.board.falls
            sounds.play("end" if now[1] else "capture" if captured else "move")
        self._heard = now
