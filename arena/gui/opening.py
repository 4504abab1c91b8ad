"""Opens the window on a game, and makes the screens that need torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pygame

from agent.machine import leave_a_core
from arena.gui.analysis.panel import analysis
from arena.gui.app import App
from arena.gui.boards.layout import place
from arena.gui.boards.painter import BoardPainter
from arena.gui.boards.scene import Scene
from arena.gui.context import Context
from arena.gui.desktop.display import open_window
from arena.gui.look import Look
from arena.gui.play.absent import seated
from arena.gui.play.autosave import Autosave, forget, is_autosave, saved_games, unfinished
from arena.gui.play.saved import SavedGame, given_up, history_of, read_game
from arena.gui.play.table import Table
from arena.gui.screens.play import PlayScreen
from arena.gui.screens.stack import Screen
from arena.gui.screens.start.heavy import Wanted
from arena.gui.screens.start.saved import SavedScreen
from arena.gui.screens.start.screen import StartScreen
from arena.gui.settings import load_settings
from arena.gui.widgets.base import text_height
from arena.players.menu import HUMAN, Opponent
from arena.players.menu.measured import opponents
from arena.players.specs import player
from arena.view import board
from arena.view.grid import Rect
from arena.view.position import Position
from arena.view.session import Seats
from game.core import AnyGame
from game.play import History
from game.registry import make


def run(
    game: AnyGame, seats: Seats, seed: int = 0, start: History[Any] | None = None, look: Look | None = None
) -> None:
    """Open a window and play until it is closed. Raises QzeroError where no window can be opened.

    start: the moves that were made already.
    """
    context = Context(load_settings(look))
    open_window(f"qzero {game.name}", context.settings.size)
    leave_a_core()
    heavy = Rooms(seed)
    table = Table(game, seats, seed, minutes=context.settings.clock)
    if start is not None and start.actions:
        table.session.load(start)
    app = App(context, StartScreen(context, lambda: heavy))
    app.stack.push(heavy.screen(context, table))
    app.run()


class Rooms:
    """What the start screen needs torch for: players, boards and games. seed: of what agents draw."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def opponents(self, game: str) -> Sequence[Opponent]:
        """Whom one can meet in this game, with their measured strength."""
        return opponents(make(game))

    def play_screen(self, context: Context, wanted: Wanted) -> Callable[[], Screen]:
        """Loads the player, which takes long; what it returns makes the screen at once. Raises QzeroError."""
        game = make(wanted.game)
        other = None if wanted.opponent == HUMAN else player(wanted.opponent, game)
        seats: Seats = (None, other) if wanted.seat == "first" else (other, None)
        return lambda: self.screen(context, Table(game, seats, self._seed, minutes=context.settings.clock))

    def preview(self, context: Context, game: str, surface: pygame.Surface) -> None:
        """Paint the board of a game as it is at the start."""
        rules = make(game)
        shape, position = board.describe(rules), Position(rules, rules.initial(1))
        scene = Scene(game=rules.name, board=shape, ply=0, stones=position.stones, to_move=0)
        width, height = surface.get_size()
        layout = place(Rect(0, 0, width, height), shape, text_height(min(width, height)) * 2 // 3)
        BoardPainter(context.letters, animated=False).paint(surface, layout, context.theme, scene)

    def unfinished(self) -> tuple[str, Callable[[Context], Callable[[], Screen]]] | None:
        """The game that was not finished, in words, and what loads it; None without one."""
        found = unfinished()
        if found is None:
            return None
        path, saved = found
        return saved.title, lambda context: self.open(context, path)  # another window may have played on

    def saved_games(self, context: Context, below: Screen) -> Screen:
        """The screen that lists the games that were saved; what is chosen comes on top of `below`."""
        return SavedScreen(context, below, _entries, lambda path: self.open(context, path), context.push, forget)

    def open(self, context: Context, path: Path) -> Callable[[], Screen]:
        """Loads a saved game; what it returns makes its screen. Raises QzeroError."""
        saved = read_game(path)
        return self._loaded(context, saved, path if saved.result is None and is_autosave(path) else None)

    def screen(
        self,
        context: Context,
        table: Table,
        path: Path | None = None,
        kept: bool = True,
        loaded: bool = False,
        notice: str = "",
    ) -> PlayScreen:
        """The board of this table.

        path: the file in which the window has kept it, and goes on. kept: against loss. loaded: from a file.
        notice: what there is to say of it first.
        """

        def open_saved(screen: PlayScreen) -> None:
            entries, load = _entries, lambda file: self.open(context, file)
            context.push(SavedScreen(context, screen, entries, load, context.replace, forget))

        autosave = Autosave(table.session, path=path, loaded=loaded) if kept else None
        return PlayScreen(context, table, analysis(context), autosave, open_saved, notice)

    def _loaded(self, context: Context, saved: SavedGame, path: Path | None) -> Callable[[], Screen]:
        history = history_of(saved)
        seats, notice = seated(saved, history.game)
        table = Table(history.game, seats, self._seed, minutes=context.settings.clock)
        table.session.load(history, *given_up(saved))
        return lambda: self.screen(context, table, path, loaded=True, notice=notice)


def _entries() -> list[tuple[Path, str, str, bool]]:
    return [
        (path, saved.title, saved.note, True) if isinstance(saved, SavedGame) else (path, path.name, str(saved), False)
        for path, saved in saved_games()
    ]
