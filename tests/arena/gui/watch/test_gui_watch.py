"""The screens that watch: a live match, a tournament's games, a training run; and the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ
from agent.search.budget import Budget
from agent.search.search_q import SearchQ
from arena.gui.analysis.panel import AnalysisPanel
from arena.gui.analysis.review import Review
from arena.gui.analysis.who import Adviser
from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.play.table import Table
from arena.gui.screens.play import PlayScreen
from arena.gui.settings import Settings
from arena.gui.theme import THEMES
from arena.gui.watch.chart import short
from arena.gui.watch.games import GamesPanel, Replay
from arena.gui.watch.live import REST, LiveTable, Minds
from arena.gui.watch.match import MatchPanel
from arena.gui.watch.run import RunScreen, how_it_goes
from arena.gui.watch.wall import tiles
from arena.match.records.read import read_records
from arena.view import board
from arena.view.grid import Rect
from arena.watch.run import News, RunWatch
from game.registry import make
from tests.arena.gui.hands import display as display  # the fixture
from tests.conftest import Qzero

RULES = make("tictactoe")
SIZES = [(640, 480), (800, 600), (1280, 800), (2560, 1600)]


class Shown:
    """A screen in an App, with keys."""

    def __init__(self, make_screen: Any, size: tuple[int, int] = (1000, 700), theme: str = "light") -> None:
        self.surface = pygame.display.set_mode(size, pygame.RESIZABLE)
        pygame.event.clear()
        self.now = 0.0
        self.context = Context(Settings(theme=theme), clock=lambda: self.now, animated=False)
        self.screen = make_screen(self.context, lambda: self.now)
        self.app = App(self.context, self.screen)
        self.step()

    def step(self, seconds: float = 0.0) -> bool:
        self.now += seconds
        return self.app.step(self.surface)

    def press(self, key: int, typed: str = "") -> None:
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=typed))
        self.step()

    def click(self, point: tuple[int, int]) -> None:
        pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=point, button=1))
        self.step()


class Live(Shown):
    """Two players who know nothing, one of them with a search."""

    table: LiveTable
    minds: Minds
    panel: MatchPanel

    def __init__(self, **settings: Any) -> None:
        def made(context: Context, clock: Any) -> PlayScreen:
            players = QPlayer("plain", ConstantQ(RULES)), QPlayer("deep", _deep())
            self.table = LiveTable(RULES, players, 0, 1, clock)
            self.minds = Minds(self.table, (lambda: ConstantQ(RULES), _deep))
            self.panel = MatchPanel(self.table, self.minds, context.letters)
            screen = PlayScreen(context, self.table, lambda _: self.panel)
            screen.toggle_panel()
            return screen

        super().__init__(made, **settings)

    def play_on(self) -> None:
        """Until the game is over."""
        for _ in range(60):
            self.step(5.0 if not self.table.session.history.done else 0.0)
            assert self.table.thinker.wait(30)
            if self.table.session.history.done:
                self.step()
                return
        raise AssertionError("the game never ended")


def _deep() -> SearchQ:
    return SearchQ(ConstantQ(RULES), Budget(nodes=20))


@pytest.fixture
def live() -> Iterator[Live]:
    found = Live()
    yield found
    found.screen.close()
    assert found.table.thinker.wait(30)


def test_games_follow_each_other_with_the_seats_swapped(live: Live) -> None:
    opening = live.table.names[:1]
    assert live.table.seat_of == (0, 1)
    live.play_on()
    assert sum(live.table.score) == 1
    live.step(REST + 1)
    assert live.table.games == 1
    assert live.table.seat_of == (1, 0)
    assert live.table.names[:1] == opening  # each opening twice
    live.play_on()
    assert sum(live.table.score) == 2
    live.press(pygame.K_n)
    assert live.table.names[:1] != opening


def test_no_game_is_counted_twice_and_none_begins_without_its_opening(live: Live) -> None:
    live.play_on()
    live.press(pygame.K_n)
    score = list(live.table.score)
    live.press(pygame.K_u)  # would bring the game back that is over
    live.step()
    assert live.table.score == score
    assert not live.table.session.history.done
    live.press(pygame.K_TAB)  # the keys of the board, without the panel's
    for key, games in ((pygame.K_s, 2), (pygame.K_n, 3)):
        live.press(key)
        assert live.table.games == games
        assert live.table.names
    made, games_before = list(live.table.names), live.table.games
    live.table.paste("a1 b1")
    assert (live.table.names, live.table.games) == (made, games_before)
    assert not live.table.session.can_undo


def test_what_both_think(live: Live) -> None:
    live.press(pygame.K_SPACE)
    for analyst in live.minds.analysts:
        assert analyst is not None
        assert analyst.wait(30)
    live.step()
    plain, deep = live.minds.of(0, 1), live.minds.of(1, 1)
    assert plain is not None
    assert deep is not None
    assert plain.nodes == 1
    assert 1 < deep.nodes <= 20
    assert live.minds.value(0, 1) == 0
    overlay = live.screen.scene().overlay
    assert overlay is not None
    assert len(overlay.marks) == 8
    for _ in range(3):
        live.press(pygame.K_v)
    assert live.screen.scene().overlay is None


def test_space_stops_and_speed_changes(live: Live) -> None:
    live.press(pygame.K_SPACE)
    made = len(live.table.names)
    live.step(100.0)
    assert live.table.thinker.wait(30)
    live.step(100.0)
    assert len(live.table.names) == made
    assert live.table.paused
    live.press(pygame.K_PLUS, "+")
    assert live.table._pause == 0.2
    for _ in range(9):
        live.press(pygame.K_MINUS, "-")
    assert live.table._pause == 4.0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", THEMES)
def test_a_live_match_in_all_sizes(size: tuple[int, int], theme: str) -> None:
    found = Live(size=size, theme=theme)
    found.play_on()
    found.screen.close()
    assert found.table.thinker.wait(30)


@pytest.fixture
def games(qzero: Qzero, tmp_path: Path) -> Path:
    """The file of a small tournament."""
    said = qzero("tournament", "random", "one-ply", "--game", "tictactoe", "--games", "20", "--file", "games.db")
    assert said.code == 0
    return tmp_path / "games.db"


def replay(path: Path) -> tuple[Shown, Replay, GamesPanel]:
    game, records = read_records(path)
    table = Replay(game, records)
    panels: list[GamesPanel] = []

    def analysis(table: Table) -> AnalysisPanel:
        return AnalysisPanel(Review(table, Adviser("plain", lambda: ConstantQ(RULES))), shown_context[0].letters)

    shown_context: list[Context] = []

    def made(context: Context, _: Any) -> PlayScreen:
        shown_context.append(context)
        panels.append(GamesPanel(table, analysis, context.letters))
        screen = PlayScreen(context, table, lambda _: panels[0])
        screen.toggle_panel()
        return screen

    return Shown(made), table, panels[0]


def test_the_games_of_a_tournament_are_stepped_through(games: Path) -> None:
    shown, table, panel = replay(games)
    assert table.record.number == 1
    assert table.viewed == 0
    assert table.session.names == (table.record.first, table.record.second)
    shown.press(pygame.K_RIGHT)
    assert table.viewed == 1
    shown.press(pygame.K_END)
    assert table.at_end
    won = {1: 0, -1: 1, 0: None}[table.record.row.result]
    assert table.session.history.winner == won
    shown.press(pygame.K_DOWN)
    assert (table.record.number, table.viewed) == (2, 0)
    assert table.status.startswith("Game 2: ")
    place = shown.screen.layout.panel
    shown.click((place.center[0], place.y + 3 * (place.height // 6)))
    assert table.chosen > 1
    shown.press(pygame.K_u)  # undo
    assert "played already" in table.status
    before = table.chosen
    shown.press(pygame.K_a)
    assert panel.analysing
    assert panel._analysis.review.analyst.wait(60)  # type: ignore[attr-defined] # this panel has one
    shown.step()
    assert shown.screen.scene().overlay is not None
    assert table.chosen == before
    shown.screen.close()


def test_a_run_on_its_screen(tiny_run: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_run, tmp_path / "tiny"))
    watch = RunWatch(folder, boards=12)
    watch.look()
    for _ in range(5):
        watch.move()
    for size in SIZES:
        for theme in THEMES:
            shown = Shown(lambda context, _: RunScreen(context, watch), size, theme)
            assert not shown.step()  # nothing new: nothing is drawn
            watch.move()
            assert shown.step()
    shown.press(pygame.K_SPACE)
    assert watch.paused
    shown.press(pygame.K_F1)
    shown.press(pygame.K_F1)
    shown.press(pygame.K_ESCAPE)
    assert not shown.app.running


def test_how_a_run_goes_in_words() -> None:
    news = News(moves=2_500_000, planned=10_000_000, games=1000, moves_per_second=480_000.4, seconds=600)
    assert how_it_goes(news) == "2.5 M of 10.0 M moves, 25 %, 1,000 games, 480,000 moves/s, 10 min of work"
    stuck = News(moves=5, games=1, quiet=1000.0)
    assert how_it_goes(stuck).endswith("nothing new for 17 min: is it still running?")
    done = News(moves=10, planned=10, quiet=1e6)
    assert how_it_goes(done).endswith("finished")
    assert [short(value) for value in (12, 1234, 3_400_000, 2.5e9)] == ["12", "1,234", "3.4 M", "2.50 GB"[:-1]]


@pytest.mark.parametrize("name", ["connect4", "hex:5", "tictactoe"])
@pytest.mark.parametrize("count", [1, 5, 12])
def test_tiles_fill_the_wall_without_overlapping(name: str, count: int) -> None:
    area = Rect(10, 20, 700, 500)
    found = tiles(area, count, board.describe(make(name)), 8)
    assert len(found) == count
    for number, one in enumerate(found):
        assert area.x <= one.x
        assert one.right <= area.right
        assert area.y <= one.y
        assert one.bottom <= area.bottom
        assert not any(one.overlaps(other) for other in found[:number])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing-here"], "there is no nothing-here: give the folder of a run, the file of a tournament, or two"),
        (["a", "b", "c"], "watch takes two players, a run folder, or the file of a tournament"),
        (["random", "nobody"], "no player is called 'nobody'"),
        ([".", "--game", "hex"], "--game is for two players"),
        (["."], ". is no run: expected the folder of one made by qzero train"),
    ],
)
def test_what_cannot_be_watched(arguments: list[str], said: str, qzero: Qzero) -> None:
    found = qzero("watch", *arguments)
    assert found.code == 2
    assert said in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize("what", [["random", "one-ply", "--game", "tictactoe"], ["run"], ["games.db"]])
def test_no_display_is_one_line(
    what: list[str], qzero: Qzero, games: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert games.exists()
    shutil.copytree(tiny_run, tmp_path / "run")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    found = qzero("watch", *what)
    assert found.code == 1
    assert found.err.startswith("qzero: cannot open a window (no display)")
    assert found.err.count("\n") == 1


@pytest.mark.parametrize("what", [["random", "one-ply", "--game", "tictactoe"], ["run"], ["games.db"]])
def test_the_command_opens_and_closes(
    what: list[str], qzero: Qzero, games: Path, tiny_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert games.exists()
    shutil.copytree(tiny_run, tmp_path / "run")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    steps = []

    def step(app: App, surface: pygame.Surface, once: Any = App.step) -> bool:
        steps.append(once(app, surface))
        if len(steps) == 5:
            app.context.quit()
        return True

    monkeypatch.setattr(App, "step", step)
    found = qzero("watch", *what)
    assert (found.code, found.err) == (0, "")
    assert len(steps) == 5


def test_the_run_is_not_written_to(tiny_run: Path, qzero: Qzero, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_run, tmp_path / "tiny"))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    watch = RunWatch(folder, boards=2)
    watch.look()
    watch.move()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert json.loads(qzero("info", folder, "--json").out)["game"] == "tictactoe"
