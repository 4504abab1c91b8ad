"""Opens the window on what there is to watch."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from agent.machine import leave_a_core
from agent.play.player import QPlayer
from agent.play.qfunction import QFunction
from arena.gui.analysis.panel import analysis
from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.desktop.display import open_window
from arena.gui.screens.play import PlayScreen
from arena.gui.settings import load_settings
from arena.gui.watch.games import GamesPanel, Replay
from arena.gui.watch.live import LiveTable, Minds
from arena.gui.watch.match import MatchPanel
from arena.gui.watch.run import RunScreen
from arena.match.records.read import read_records
from arena.players.specs import player
from arena.watch.run import RunWatch
from game.core import AnyGame
from game.errors import UsageError


def run_match(game: AnyGame, specs: tuple[str, str], seed: int, opening_plies: int | None) -> None:
    """Two players live, until the window is closed. Raises QzeroError."""
    players = player(specs[0], game), player(specs[1], game)
    table = LiveTable(game, players, seed, opening_plies)
    minds = Minds(table, (_copy_of(players[0], specs[0], game), _copy_of(players[1], specs[1], game)))
    context = _window(f"qzero {game.name}: {specs[0]} - {specs[1]}")
    screen = PlayScreen(context, table, lambda _: MatchPanel(table, minds, context.letters))
    screen.toggle_panel()
    App(context, screen).run()


def run_folder(folder: Path) -> None:
    """A training run, until the window is closed. Raises QzeroError."""
    watch = RunWatch(folder)
    context = _window(f"qzero: {folder}")
    watch.start()
    try:
        App(context, RunScreen(context, watch)).run()
    finally:
        watch.close()


def run_games(path: Path) -> None:
    """The games of a tournament, until the window is closed. Raises QzeroError."""
    game, records = read_records(path)
    if not records:
        raise UsageError(f"{path} has no games yet")
    table = Replay(game, records)
    context = _window(f"qzero {game.name}: {path}")
    screen = PlayScreen(context, table, lambda _: GamesPanel(table, analysis(context), context.letters))
    screen.toggle_panel()
    App(context, screen).run()


def _window(title: str) -> Context:
    context = Context(load_settings())
    open_window(title, context.settings.size)
    leave_a_core()
    return context


def _copy_of(one: QPlayer, spec: str, game: AnyGame) -> Callable[[], QFunction] | None:
    """Loads the player once more, for another thread; None for those that follow games or tell no Q."""
    if not isinstance(one, QPlayer) or hasattr(one.q_function, "follow"):
        return None
    return functools.partial(_q_of, spec, game)


def _q_of(spec: str, game: AnyGame) -> QFunction:
    return player(spec, game).q_function
