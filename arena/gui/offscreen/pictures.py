"""The window as a picture, drawn without a display."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pygame

from agent.store.files import write_atomically
from arena.gui.analysis.panel import AnalysisPanel
from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.look import Look
from arena.gui.opening import Rooms
from arena.gui.play.table import Table
from arena.gui.screens.start.screen import StartScreen
from arena.gui.settings import Settings
from arena.players.menu import Opponent
from arena.players.menu.measured import opponents
from arena.players.specs import player
from arena.view.session import Seats
from game.core import AnyGame
from game.notation import parse_moves
from game.play import History
from game.registry import make

_SIZE = (1280, 800)
_PATIENCE = 240.0  # seconds for what is loaded or thought before a picture is drawn
_QUIET = 5.0  # seconds without news after which an analysis is taken to be done


class Shown(NamedTuple):
    """A picture of the documentation: a board after these moves. name: of the file. analysed: with the analysis."""

    name: str
    game: str
    moves: str
    opponent: str
    theme: str = "light"
    analysed: bool = False
    size: tuple[int, int] = (1280, 800)


SHOWN = (
    Shown("window", "connect4", "4 5 2 2 1 3 3 3 3 5", "shipped", analysed=True, size=(1440, 810)),
    Shown("hex", "hex:7", "d4 f5 c3 c5 d5 f3 c4 d7 c6 e7", "shipped"),
    Shown("othello", "othello", "d3 c5 e6 e3 d6 c3 d2 c1 f3 f4 g3 f5", "shipped", theme="dark"),
)


def context_of(look: Look) -> Context:
    """Without the settings of whoever draws the picture: the same picture for everybody."""
    pygame.font.init()
    return Context(Settings(size=look.size or _SIZE, theme=look.theme or "light"), animated=False)


def screenshot(path: Path, game: AnyGame, seats: Seats, start: History[Any] | None, look: Look) -> None:
    """The board after the moves of `start` as a PNG file. Raises WriteError."""
    save(_drawn(context_of(look), game, seats, start, analysed=False), path)


def documentation(folder: Path) -> None:
    """All pictures of the documentation as PNG files in this folder. Raises WriteError."""
    for one in SHOWN:
        game = make(one.game)
        seats = (None, player(one.opponent, game))
        context = context_of(Look(one.size, one.theme))
        save(_drawn(context, game, seats, parse_moves(game, one.moves), one.analysed), folder / f"{one.name}.png")
    save(start_screen(context_of(Look())), folder / "start.png")


def start_screen(context: Context) -> pygame.Surface:
    """The start screen, once everything behind it is loaded."""
    screen = StartScreen(context, _Alone)
    surface = pygame.Surface(context.settings.size)
    app = App(context, screen)
    _wait(lambda: screen.settled, app)
    app.update(0.0)
    screen.spoil()
    app.draw(surface)
    return surface


def save(surface: pygame.Surface, path: Path) -> None:
    """As PNG, whatever the file is called. Raises WriteError."""
    data = io.BytesIO()
    pygame.image.save(surface, data, "picture.png")
    write_atomically(path, data.getvalue())


class _Alone(Rooms):
    """Without the games and runs of whoever draws the picture."""

    def opponents(self, game: str) -> Sequence[Opponent]:
        return opponents(make(game), Path("/nowhere"))

    def unfinished(self) -> None:
        return None


def _drawn(context: Context, game: AnyGame, seats: Seats, start: History[Any] | None, analysed: bool) -> pygame.Surface:
    """What the play screen shows; nobody thinks about the next move."""
    table = Table(game, seats)
    if start is not None:
        table.session.load(start)
    screen = Rooms().screen(context, table, kept=False)
    App(context, screen)
    surface = pygame.Surface(context.settings.size)
    if analysed:
        screen.toggle_panel()
        screen.draw(surface)
        if isinstance(screen.panel, AnalysisPanel):
            _wait_for_thoughts(screen.panel)
    screen.spoil()
    screen.draw(surface)
    screen.close()
    return surface


def _wait(holds: Callable[[], bool], app: App) -> None:
    """Let the app go on until this holds, or patience is at an end."""
    last = time.monotonic() + _PATIENCE
    while not holds() and time.monotonic() < last:
        app.update(0.0)
        time.sleep(0.01)


def _wait_for_thoughts(panel: AnalysisPanel) -> None:
    """Until it has something to show, and nothing new has come for a while."""
    now = time.monotonic()
    last, since, shown = now + _PATIENCE, now, panel.revision
    while now < last and (panel.overlay() is None or now - since < _QUIET):
        panel.update(0.0)
        if panel.revision != shown or panel.thinking:
            since, shown = now, panel.revision
        time.sleep(0.01)
        now = time.monotonic()


if __name__ == "__main__":
    documentation(Path(sys.argv[1]))
