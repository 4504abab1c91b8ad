"""What can be done on the play screen: buttons and keys, and what each runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pygame

from arena.gui.desktop import clipboard
from arena.gui.play import words
from arena.gui.play.saved import file_name, free_name, saved_game, text_of, write_game
from arena.gui.screens.dialog import menu, question
from arena.gui.screens.help import HelpScreen
from arena.gui.screens.settings import SettingsScreen
from arena.gui.settings import data_folder
from game.errors import QzeroError

if TYPE_CHECKING:
    from arena.gui.screens.play import PlayScreen

_MANY = 10  # moves that Page Up and Page Down go


class Command(NamedTuple):
    """A button and its keys. labels: longest first. enabled: whether pressing it does anything now."""

    labels: tuple[str, ...]
    keys: tuple[int, ...]
    run: Callable[[], None]
    enabled: Callable[[], bool] = lambda: True


class Commands:
    """Those of one play screen. buttons: in the order in which they stand; steps: the four through the game."""

    def __init__(self, screen: PlayScreen) -> None:
        self._screen = screen
        self._context = screen.context
        table, session = screen.table, screen.session
        self._table = table
        off_board = screen.board.off_board
        buttons = [
            Command(("New game (N)", "New (N)", "New", "N"), (pygame.K_n,), self._new_game),
            Command(("Swap seats (S)", "Swap (S)", "Swap", "S"), (pygame.K_s,), self._swap_seats),
            Command(("Undo (U)", "Undo", "U"), (pygame.K_u,), table.undo, lambda: session.can_undo),
            Command(("Redo (R)", "Redo", "R"), (pygame.K_r,), table.redo, lambda: session.can_redo),
            Command(("Flip (F)", "Flip", "F"), (pygame.K_f,), self._flip),
            Command(("Resign (X)", "Resign", "X"), (pygame.K_x,), self._resign, self._can_resign),
            Command(("Game... (G)", "Game", "G"), (pygame.K_g,), self._game_menu),
            Command(("Help (F1)", "Help", "?"), (pygame.K_F1, pygame.K_h), self._help),
            Command(("Leave (Esc)", "Leave", "Esc"), (pygame.K_ESCAPE,), self._context.pop),
        ]
        if screen.has_panel:
            at = len(buttons) - 2
            buttons.insert(at, Command(("Analysis (Tab)", "Analysis", "Hints", "A"), (), screen.toggle_panel))
        if off_board is not None:
            labels = f"{off_board.capitalize()} (P)", off_board.capitalize(), "P"
            buttons.insert(0, Command(labels, (pygame.K_p,), table.play_off_board, lambda: table.off_board_is_legal))
        self.buttons = tuple(buttons)
        back, on = (lambda: table.viewed > 0), (lambda: not table.at_end)
        self.steps = (
            Command(("|<",), (pygame.K_HOME,), lambda: table.view(0), back),
            Command(("<",), (pygame.K_COMMA,), lambda: table.view(table.viewed - 1), back),
            Command((">",), (pygame.K_PERIOD,), lambda: table.view(table.viewed + 1), on),
            Command((">|",), (pygame.K_END,), lambda: table.view(len(session.history.actions)), on),
        )
        self._others = {
            pygame.K_PAGEUP: lambda: table.view(table.viewed - _MANY),
            pygame.K_PAGEDOWN: lambda: table.view(table.viewed + _MANY),
            pygame.K_F2: self._settings,
            pygame.K_q: self._context.quit,
        }
        self._with_control: dict[int, Callable[[], None]] = {
            pygame.K_c: self._copy_moves,
            pygame.K_v: self._paste,
            pygame.K_s: self._save,
            pygame.K_o: self._open,
            pygame.K_z: table.undo,
            pygame.K_y: table.redo,
            pygame.K_LEFT: self.steps[1].run,
            pygame.K_RIGHT: self.steps[2].run,
            pygame.K_HOME: self.steps[0].run,
            pygame.K_END: self.steps[3].run,
        }

    def press(self, key: int, modifiers: int) -> None:
        """Run what this key stands for, if anything."""
        if modifiers & (pygame.KMOD_CTRL | pygame.KMOD_META):
            if key == pygame.K_c and modifiers & pygame.KMOD_SHIFT:
                self._copy_position()
            else:
                self._with_control.get(key, _nothing)()
            return
        found = next((one for one in (*self.buttons, *self.steps) if key in one.keys), None)
        if found is None:
            self._others.get(key, _nothing)()
        else:
            self.run(found)

    def run(self, command: Command) -> None:
        """Run it, unless it would do nothing and say nothing."""
        if command.enabled() or command.run in (self._table.undo, self._table.redo, self._table.play_off_board):
            command.run()

    def _new_game(self) -> None:
        self._asking("Start a new game?", self._table.new_game)

    def _swap_seats(self) -> None:
        self._asking("Start a new game with the seats swapped?", self._table.swap_seats)

    def _asking(self, title: str, run: Callable[[], None]) -> None:
        """At once where nothing would be left behind."""
        if not self._table.under_way:
            run()
            return
        text = f"The game under way has {len(self._table.names)} moves. Undo (U) would bring it back."
        self._context.push(question(self._context, self._screen, title, text, "New game", run, "Go on playing"))

    def _flip(self) -> None:
        self._screen.flipped = not self._screen.flipped

    def _can_resign(self) -> bool:
        return self._table.seat_to_resign is not None

    def _resign(self) -> None:
        seat = self._table.seat_to_resign
        if seat is not None:
            who = self._screen.session.names[seat]
            text = f"{'You lose' if who == 'You' else who + ' loses'} the game. Undo (U) would bring it back."
            ask = question(
                self._context,
                self._screen,
                "Resign?",
                text,
                "Resign",
                lambda: self._table.resign(seat),
                "Go on playing",
            )
            self._context.push(ask)

    def _help(self) -> None:
        page = words.help_text(self._screen.session.game, self._screen.board, self._screen.panel_keys)
        self._context.push(HelpScreen(self._context, self._screen, page))

    def _settings(self) -> None:
        self._context.push(SettingsScreen(self._context, self._screen))

    def _game_menu(self) -> None:
        has_moves = bool(self._screen.session.history.actions)
        entries = (
            ("Save (Ctrl+S)", self._save, has_moves),
            ("Open a saved game (Ctrl+O)", self._open, self._screen.open_saved is not None),
            ("Copy the moves (Ctrl+C)", self._copy_moves, has_moves),
            ("Copy the position (Ctrl+Shift+C)", self._copy_position, True),
            ("Paste a game or a position (Ctrl+V)", self._paste, True),
            ("Settings (F2)", self._settings, True),
            ("Quit (Q)", self._context.quit, True),
        )
        self._context.push(menu(self._context, self._screen, "Game", entries))

    def _save(self) -> None:
        if not self._screen.session.history.actions:
            self._table.tell("Nothing to save yet: no move was made")
            return
        saved = saved_game(self._screen.session)
        path = free_name(data_folder() / file_name(saved))
        try:
            write_game(path, saved)
        except QzeroError as error:
            self._table.tell(f"Not saved: {error}")
        else:
            self._table.tell("Saved: Ctrl+O lists the games that were saved")

    def _open(self) -> None:
        if self._screen.open_saved is not None:
            self._screen.open_saved(self._screen)

    def _copy_moves(self) -> None:
        history = self._screen.session.history
        if int(history.states[0].ply) or not history.actions:
            self._copy_position()  # a list of moves would begin with the usual position
            return
        clipboard.copy(text_of(history))
        self._table.tell("The moves are copied: paste them anywhere")

    def _copy_position(self) -> None:
        clipboard.copy(self._screen.session.game.render(self._table.position.state))
        self._table.tell("The position is copied: paste it anywhere")

    def _paste(self) -> None:
        self._table.paste(clipboard.paste())


def _nothing() -> None:
    """For keys that mean nothing."""
