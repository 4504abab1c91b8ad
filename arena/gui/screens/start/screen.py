"""The start screen: which game, on which board, against whom. Loads no torch itself: that goes on behind it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pygame

from arena.gui.background import Background
from arena.gui.context import Context
from arena.gui.screens.help import HelpScreen
from arena.gui.screens.shown import Shown
from arena.gui.screens.stack import Screen
from arena.gui.screens.start.heavy import Heavy, Wanted
from arena.gui.screens.start.layout import StartLayout, arrange
from arena.gui.theme import THEMES
from arena.gui.widgets.base import Brush, Widget
from arena.gui.widgets.button import PushButton
from arena.gui.widgets.choice import Choice
from arena.gui.widgets.form import Form
from arena.gui.widgets.page import Help
from arena.gui.widgets.rows import Row, Rows
from arena.players.menu import Opponent, fixed_opponents
from game.errors import QzeroError
from game.registry import names, titled, usual_boards

_SEATS = (("first", "First"), ("second", "Second"))
_SECONDS = ((0.0, "No search"), (0.2, "0.2 s"), (1.0, "1 s"), (3.0, "3 s"), (10.0, "10 s"))
_KEYS = (
    ("Up, Down", "choose in a list"),
    ("Left, Right", "choose one of a row"),
    ("Tab, Shift+Tab", "go to the next, or the one before"),
    ("Return", "play"),
    ("C", "continue the game that was not finished"),
    ("O", "open a saved game"),
    ("T", "light or dark"),
    ("F1", "this help"),
    ("F11", "full screen, or a window again"),
    ("Q, Esc", "quit"),
)
_ABOUT = "Choose a game and whom to play. The strength beside a player was measured when it was trained."


class StartScreen:
    """load: gives what is loaded behind the screen; it runs in a thread from the first `update` on."""

    def __init__(self, context: Context, load: Callable[[], Heavy]) -> None:
        self.context = context
        self._load = load
        self._heavy: Background[Heavy] | None = None
        self._opening: Background[Callable[[], Screen]] | None = None
        self._lists: dict[str, Background[Sequence[Opponent]]] = {}
        self._opening_what = ""
        self._closed = False
        self._message = ""
        self._shown = Shown()
        self._size = context.settings.size
        self._preview: tuple[Any, pygame.Surface] | None = None
        self._look_for_unfinished = True  # at the next turn in which this screen is on top
        self._unfinished: tuple[str, Callable[[Context], Callable[[], Screen]]] | None = None
        self._families = names()
        self._make_widgets()

    @property
    def game(self) -> str:
        """The chosen game, by the name that `make` takes."""
        return self._boards.value

    @property
    def opponent(self) -> Opponent:
        return self._offered[self._opponents.index]

    @property
    def heavy(self) -> Heavy | None:
        """What was loaded; None as long as it is not."""
        done = self._heavy is not None and self._heavy.done and self._heavy.error is None
        return self._heavy.result if done and self._heavy is not None else None

    @property
    def status(self) -> str:
        """One line about what is going on."""
        if self._opening is not None:
            return f"Loading {self._opening_what}..."
        return self._message or ("" if self.heavy is not None else "Loading the players...")

    @property
    def layout(self) -> StartLayout:
        return arrange(self._size, len(self._families), self._unfinished is not None)

    @property
    def settled(self) -> bool:
        """Nothing is being loaded any more."""
        return self.heavy is not None and bool(self._lists) and all(one.done for one in self._lists.values())

    def open_file(self, path: Path) -> None:
        """Go on with a saved game, as soon as everything is loaded."""
        self._opening = Background(lambda: self._loaded(self.heavy).open(self.context, path))
        self._opening_what = path.name

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.DROPFILE and self._opening is None:
            self.open_file(Path(event.file))
        elif event.type == pygame.WINDOWFOCUSGAINED:
            self._look_for_unfinished = True  # another window may have kept one meanwhile
        elif event.type == pygame.KEYDOWN and event.key in (pygame.K_ESCAPE, pygame.K_q):
            self.context.quit()
        elif self.form.handle(event):
            return
        elif event.type == pygame.KEYDOWN and not event.mod & (pygame.KMOD_CTRL | pygame.KMOD_ALT):
            by_key = {
                pygame.K_F1: self._show_help,
                pygame.K_h: self._show_help,
                pygame.K_t: self._other_theme,
                pygame.K_c: self._continue,
                pygame.K_o: self._open,
                pygame.K_RETURN: self._play,
                pygame.K_KP_ENTER: self._play,
            }
            by_key.get(event.key, lambda: None)()

    def update(self, dt: float) -> None:  # noqa: ARG002 - the protocol's
        if self._heavy is None:
            self._heavy = Background(self._load)
        elif self._heavy.error is not None:
            self._message = str(self._heavy.error) or type(self._heavy.error).__name__
        self._look_for_opponents()
        if self._look_for_unfinished and self.heavy is not None and self.context.stack.top is self:
            self._look_for_unfinished = False
            self._unfinished = self.heavy.unfinished()
        if self._opening is not None and self._opening.done and self.context.stack.top is self:
            opening, self._opening = self._opening, None
            self._look_for_unfinished = True
            if opening.error is not None:
                self._message = str(opening.error) or type(opening.error).__name__
            else:
                self._remember()
                self.context.push(opening.result())

    def draw(self, surface: pygame.Surface) -> bool:
        self._size = surface.get_size()
        what = (self.form.state, self.status, self.context.theme, self.heavy is not None, self._unfinished)
        if not self._shown.stale(surface, what):
            return False
        self._paint(surface)
        return True

    def spoil(self) -> None:
        self._shown.spoil()

    def close(self) -> None:
        """What is being loaded ends by itself."""
        self._closed = True
        self._remember()

    def _make_widgets(self) -> None:
        settings = self.context.settings
        family = settings.game.partition(":")[0]
        at = self._families.index(family) if family in self._families else self._families.index("connect4")
        titles = [
            Row(titled(usual_boards(one)[0][0]).removesuffix(f" {usual_boards(one)[0][1]}")) for one in self._families
        ]
        self._games = Rows(titles, at, self._other_game, self._play)
        self._boards: Choice[str] = Choice(usual_boards(self._families[at]), None, self._other_board)
        self._boards.offer(_with(usual_boards(self._families[at]), settings.game, family), settings.game)
        self._offered: Sequence[Opponent] = ()
        self._opponents = Rows((), 0, activated=self._play)
        self._seat = Choice(_SEATS, settings.seat)
        self._seconds = Choice(_SECONDS, settings.seconds, usable=lambda: self.opponent.thinks)
        self._offer(fixed_opponents(self.game), settings.opponent)
        widgets: Mapping[str, Widget] = {
            "games": self._games,
            "board": self._boards,
            "opponents": self._opponents,
            "seat": self._seat,
            "seconds": self._seconds,
            "play": PushButton(("Play (Return)", "Play"), self._play, lambda: self._opening is None),
            "continue": PushButton(self._continue_labels, self._continue, lambda: self._unfinished is not None),
            "open": PushButton(("Open a game (O)", "Open (O)", "Open"), self._open, lambda: self.heavy is not None),
            "theme": PushButton(("Light / dark (T)", "Theme (T)", "Theme"), self._other_theme),
            "help": PushButton(("Help (F1)", "Help", "?"), self._show_help),
            "quit": PushButton(("Quit (Q)", "Quit"), self.context.quit),
        }
        self.form = Form(widgets, lambda: self.layout.places, "games")

    def _offer(self, opponents: Sequence[Opponent], wanted: str) -> None:
        """Show these, with the wanted one chosen if it is among them."""
        self._offered = opponents
        specs = [one.spec for one in opponents]
        at = specs.index(wanted) if wanted in specs else 0
        self._opponents.offer([Row(one.title, one.note) for one in opponents], at)

    def _other_game(self) -> None:
        self._boards.offer(usual_boards(self._families[self._games.index]))
        self._other_board()

    def _other_board(self) -> None:
        self._message = ""
        self._offer(fixed_opponents(self.game), self.opponent.spec)

    def _look_for_opponents(self) -> None:
        """Those that come from files, once they can be had."""
        heavy, game = self.heavy, self.game
        if heavy is None:
            return
        if game not in self._lists:
            self._lists[game] = Background(lambda: heavy.opponents(game), "opponents")
        found = self._lists[game]
        if found.done and found.error is None and self._offered is not found.result:
            wanted = self.opponent.spec
            if self.context.settings.game == game and wanted == self._offered[0].spec:
                wanted = self.context.settings.opponent or wanted
            self._offer(found.result, wanted)

    def _play(self) -> None:
        heavy, wanted = self.heavy, self._wanted()
        if self._opening is None:
            self._message, self._opening_what = "", self.opponent.title
            self._opening = Background(lambda: self._loaded(heavy).play_screen(self.context, wanted))

    def _continue(self) -> None:
        if self._opening is None and self._unfinished is not None:
            self._opening_what, load = self._unfinished
            self._opening = Background(lambda: load(self.context))

    def _open(self) -> None:
        if self.heavy is not None and self._opening is None:
            self._look_for_unfinished = True
            self.context.push(self.heavy.saved_games(self.context, self))

    def _loaded(self, heavy: Heavy | None) -> Heavy:
        """In a thread: waits until everything is loaded. Raises what has gone wrong."""
        if heavy is not None:
            return heavy
        while self._heavy is None:
            if self._closed:
                raise QzeroError("the window was closed")
            time.sleep(0.001)
        self._heavy.wait()
        if self._heavy.error is not None:
            raise self._heavy.error
        return self._heavy.result

    def _wanted(self) -> Wanted:
        seconds = self._seconds.value or None
        return Wanted(self.game, self.opponent.spec_with(seconds), self._seat.value)

    def _remember(self) -> None:
        settings = self.context.settings
        settings.game, settings.opponent = self.game, self.opponent.spec
        settings.seat, settings.seconds = self._seat.value, self._seconds.value

    def _continue_labels(self) -> tuple[str, ...]:
        said = "" if self._unfinished is None else self._unfinished[0]
        return f"Continue: {said} (C)", f"Continue (C): {said}", "Continue (C)"

    def _other_theme(self) -> None:
        self.context.settings.theme = next(name for name in THEMES if name != self.context.settings.theme)

    def _show_help(self) -> None:
        self.context.push(HelpScreen(self.context, self, Help("qzero", _ABOUT, _KEYS)))

    def _paint(self, surface: pygame.Surface) -> None:
        theme, letters, layout = self.context.theme, self.context.letters, self.layout
        surface.fill(theme.paper)
        brush = Brush(surface, letters, theme, layout.text)
        letters.line(surface, layout.title, "qzero", layout.title.height, theme.ink, centred=False)
        for rect, words in layout.labels:
            letters.line(surface, rect, words, layout.text, theme.faint_ink, centred=False)
        letters.line(surface, layout.status, self.status, layout.text, theme.ink, centred=False)
        self.form.draw(brush)
        if layout.preview is not None and self.heavy is not None:
            of = self.game, layout.preview[2:], theme
            if self._preview is None or self._preview[0] != of:
                picture = pygame.Surface(layout.preview[2:])
                picture.fill(theme.paper)
                with contextlib.suppress(QzeroError):  # a board of damaged settings: Play says what is wrong
                    self.heavy.preview(self.context, self.game, picture)
                self._preview = of, picture
            surface.blit(self._preview[1], layout.preview[:2])


def _with(boards: Sequence[tuple[str, str]], game: str, family: str) -> tuple[tuple[str, str], ...]:
    """The usual boards, and the one that was played last if it is none of them."""
    usual = [name for name, _ in boards]
    if not game or family != usual[0].partition(":")[0] or game in usual:
        return tuple(boards)
    return (*boards, (game, game.partition(":")[2] or game))
