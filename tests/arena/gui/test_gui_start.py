"""The start screen: what it offers, before and after torch is loaded, and what its widgets lead to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pygame
import pytest
import torch

from arena.gui import first
from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.opening import Rooms
from arena.gui.screens.play import PlayScreen
from arena.gui.screens.start.heavy import Heavy, Wanted
from arena.gui.screens.start.layout import arrange
from arena.gui.screens.start.screen import StartScreen
from arena.gui.settings import Settings, config_file, load_settings, save_settings
from arena.players.coming import learned_on, shipped_games
from arena.players.menu import HUMAN, Opponent, fixed_opponents
from arena.players.menu.measured import in_words, opponents
from arena.players.specs import player
from game.registry import make, names, usual_boards
from tests.arena.gui.hands import PATIENCE
from tests.arena.gui.hands import display as display  # the fixture


class Start:
    """A start screen with a person's hands. heavy: None stays unloaded."""

    def __init__(
        self, size: tuple[int, int] = (900, 640), load: Callable[[], Heavy] = Rooms, settings: Settings | None = None
    ) -> None:
        self.surface = pygame.display.set_mode(size, pygame.RESIZABLE)
        pygame.event.clear()
        self.context = Context(settings or Settings(), animated=False)
        self.screen = StartScreen(self.context, load)
        self.app = App(self.context, self.screen)
        self.app.step(self.surface)

    def until(self, holds: Callable[[], bool]) -> None:
        last = time.monotonic() + 6 * PATIENCE
        while not holds():
            assert time.monotonic() < last, self.screen.status
            self.app.step(self.surface)
            time.sleep(0.005)

    def press(self, *keys: int, mod: int = 0) -> None:
        for key in keys:
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=""))
            self.app.step(self.surface)

    def click(self, name: str, share: tuple[float, float] = (0.5, 0.5)) -> None:
        rect = self.screen.layout.places[name]
        point = rect.x + int(rect.width * share[0]), rect.y + int(rect.height * share[1])
        pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=point, button=1))
        self.app.step(self.surface)

    def board(self) -> PlayScreen:
        """The play screen, once it has opened."""
        self.until(lambda: isinstance(self.app.stack.top, PlayScreen))
        top = self.app.stack.top
        assert isinstance(top, PlayScreen)
        return top

    def choose(self, game: str, opponent: str) -> None:
        """With the keyboard: the game's family, its board, the opponent."""
        family = game.partition(":")[0]
        self.press(pygame.K_HOME, *[pygame.K_DOWN] * names().index(family), pygame.K_TAB)
        boards = [name for name, _ in usual_boards(family)]
        if len(boards) > 1:
            self.press(*[pygame.K_LEFT] * len(boards), *[pygame.K_RIGHT] * boards.index(game), pygame.K_TAB)
        specs = [one.spec for one in self.screen._offered]
        self.press(pygame.K_HOME, *[pygame.K_DOWN] * specs.index(opponent))


GAMES = [name for family in names() for name, _ in usual_boards(family)]


@pytest.mark.parametrize("game", GAMES)
def test_every_game_and_board_opens_by_the_keyboard_alone(game: str) -> None:
    start = Start()
    start.until(lambda: start.screen.heavy is not None)
    start.choose(game, "random")
    assert (start.screen.game, start.screen.opponent.spec) == (make(game).name, "random")
    start.press(pygame.K_RETURN)
    board = start.board()
    assert board.session.game.name == make(game).name
    assert board.session.names == ("You", "random")
    start.press(pygame.K_ESCAPE)
    assert start.app.stack.top is start.screen


def test_a_board_opens_by_clicks() -> None:
    start = Start()
    start.until(lambda: start.screen.heavy is not None)
    start.click("games", (0.5, 0.01))
    assert start.screen.game.startswith("breakthrough")
    start.click("seat", (0.9, 0.5))
    start.click("play")
    board = start.board()
    assert board.session.names[1] == "You"


def test_play_waits_for_what_is_still_loading() -> None:
    go: list[bool] = []

    def load() -> Heavy:
        while not go:
            time.sleep(0.001)
        return Rooms()

    start = Start(load=load)
    start.choose("tictactoe", "one-ply")
    assert start.screen.status == "Loading the players..."
    start.press(pygame.K_RETURN)
    assert start.screen.status == "Loading Beginner..."
    go.append(True)
    assert start.board().session.names == ("You", "one-ply")


def test_the_window_keeps_a_core_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = torch.get_num_threads()
    try:
        for cores, left in ((4, 3), (1, 1)):
            monkeypatch.setattr("agent.machine.cores", lambda cores=cores: cores)
            first._load(0)
            assert torch.get_num_threads() == left
    finally:
        torch.set_num_threads(threads)


def test_what_goes_wrong_is_said_and_the_screen_lives_on() -> None:
    class Failing(Rooms):
        def play_screen(self, context: Context, wanted: Wanted) -> Any:  # noqa: ARG002 - the protocol's names
            raise MemoryError("no room for the weights")

    start = Start(load=Failing)
    start.until(lambda: start.screen.heavy is not None)
    start.press(pygame.K_RETURN)
    start.until(lambda: "no room" in start.screen.status)
    assert start.app.stack.top is start.screen

    def broken() -> Heavy:
        raise ImportError("torch is damaged")

    start = Start(load=broken)
    start.until(lambda: start.screen.status == "torch is damaged")
    start.press(pygame.K_RETURN)
    start.until(lambda: start.screen.status == "torch is damaged")


def test_what_was_chosen_is_chosen_the_next_time() -> None:
    start = Start()
    start.until(lambda: start.screen.heavy is not None)
    start.choose("hex:7", "shipped")
    start.press(pygame.K_TAB, pygame.K_RIGHT, pygame.K_TAB, pygame.K_RIGHT)
    start.press(pygame.K_ESCAPE)
    assert not start.app.running
    settings = start.context.settings
    assert (settings.game, settings.opponent, settings.seat, settings.seconds) == ("hex:7", "shipped", "second", 0.2)
    again = Start(settings=settings)
    assert (again.screen.game, again.screen.opponent.spec) == ("hex:7", "shipped")
    assert again.screen._wanted() == Wanted("hex:7", "shipped@seconds=0.2", "second")


def test_who_does_not_search_is_given_no_time() -> None:
    start = Start(settings=Settings(game="hex:7", opponent="random", seconds=1.0))
    assert start.screen._wanted() == Wanted("hex:7", "random", "first")
    start.click("seconds", (0.99, 0.5))
    assert start.screen._seconds.value == 1.0, "it means nothing now"
    start.press(pygame.K_TAB, pygame.K_TAB, pygame.K_TAB, pygame.K_TAB)
    assert start.screen.form.focus != "seconds"


def test_a_board_that_no_menu_lists_is_kept_too() -> None:
    start = Start(settings=Settings(game="gomoku:7x7x4"))
    assert start.screen.game == "gomoku:7x7x4"


@pytest.mark.parametrize("size", [(320, 240), (500, 800), (800, 600), (1280, 800), (2560, 1600)])
@pytest.mark.parametrize("unfinished", [False, True])
def test_nothing_overlaps_and_all_is_inside(size: tuple[int, int], unfinished: bool) -> None:
    layout = arrange(size, 6, unfinished)
    rects = [layout.title, layout.status, *layout.places.values(), *(rect for rect, _ in layout.labels)]
    if layout.preview is not None:
        rects.append(layout.preview)
    if size == (320, 240):
        return  # too small to be useful; drawing it does no harm
    for number, a in enumerate(rects):
        assert min(a) >= 0
        assert a.right <= size[0]
        assert a.bottom <= size[1]
        for b in rects[:number]:
            assert a.right <= b.x or b.right <= a.x or a.bottom <= b.y or b.bottom <= a.y, (a, b)


@pytest.mark.parametrize("size", [(1, 1), (320, 240), (1280, 800)])
def test_it_is_drawn_once_for_whatever_changes(size: tuple[int, int]) -> None:
    start = Start(size)
    start.until(lambda: start.screen.heavy is not None and start.screen._lists != {})
    start.until(lambda: all(one.done for one in start.screen._lists.values()))
    for _ in range(3):
        start.app.step(start.surface)
    assert not any(start.app.step(start.surface) for _ in range(5))
    start.press(pygame.K_t)
    assert start.context.theme.name == "dark"
    assert tuple(start.surface.get_at((0, 0)))[:3] == start.context.theme.paper
    start.press(pygame.K_F1)
    assert len(start.app.stack) == 2
    start.press(pygame.K_F1)
    assert len(start.app.stack) == 1


# Opponents


def test_opponents_of_a_menu_are_players() -> None:
    for game in ("connect4", "tictactoe", "hex:4"):
        for one in fixed_opponents(game):
            if one.spec not in (HUMAN, "perfect"):
                assert player(one.spec_with(0.1), make(game)).q_function is not None
    assert {game for game in GAMES if learned_on(game) == game} == set(shipped_games()) & set(GAMES)


def test_time_to_think_goes_to_those_who_can_use_it() -> None:
    assert Opponent("shipped", "", thinks=True).spec_with(0.2) == "shipped@seconds=0.2"
    assert Opponent("shipped", "", thinks=True).spec_with(None) == "shipped"
    assert Opponent("random", "").spec_with(1.0) == "random"


def test_runs_stand_in_the_menu_with_their_strength(tiny_run: Path) -> None:
    found = opponents(make("tictactoe"), tiny_run.parent)
    run = next(one for one in found if one.spec == str(tiny_run))
    record = json.loads((tiny_run / "config.json").read_text())
    assert run.note == ("its strength is not recorded" if not record.get("strength") else run.note)
    assert run.thinks
    assert found[0].spec == "shipped"
    assert "% " in found[0].note, "what was measured of the player that comes with qzero"
    assert in_words({}) == "its strength is not recorded"


def test_the_first_frame_needs_no_torch() -> None:
    code = """
import sys, time
import pygame
from arena.gui import first
from arena.gui.look import Look
from arena.gui.app import App
step, frames = App.step, []
def stepping(self, surface):
    drawn = step(self, surface)
    frames.append(("torch" in sys.modules, drawn))
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    return drawn
App.step = stepping
first._load = lambda seed: None
first.run(Look())
assert frames[0] == (False, True), frames
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr


# Settings


def test_settings_are_remembered() -> None:
    settings = Settings(size=(1111, 777), theme="dark", sound=True, hints=False, clock=5, game="hex:7", seconds=0.2)
    assert save_settings(settings) is None
    assert load_settings() == settings
    assert config_file().parent.name == "qzero"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"size": [1, 2, 3], "theme": "pink", "clock": "5"}', '{"size": [1e9, 5]}', "[" * 9999],
)
def test_damaged_settings_are_as_at_the_first_time(text: str) -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_text(text)
    assert load_settings() == Settings()


def test_settings_that_cannot_be_kept_are_no_reason_to_fail(home: Path) -> None:
    (home / "config").write_text("a file where a folder should be")
    assert load_settings() == Settings()
    said = save_settings(Settings())
    assert said is not None
    assert str(config_file()) in said


def test_the_saved_games_are_read_when_the_screen_is_shown_and_not_at_every_picture() -> None:
    read: list[int] = []

    class Counting(Rooms):
        def unfinished(self) -> None:
            read.append(len(read))

    start = Start(load=Counting)
    start.until(lambda: start.screen.settled)
    assert len(read) == 1
    for _ in range(20):
        pygame.event.post(pygame.event.Event(pygame.VIDEOEXPOSE))
        start.app.step(start.surface)
    start.press(pygame.K_F1)
    start.press(pygame.K_ESCAPE)
    assert len(read) == 1
    start.choose("tictactoe", "random")
    start.press(pygame.K_RETURN)
    start.board()
    assert len(read) == 1
    start.press(pygame.K_ESCAPE)
    assert len(read) == 2
    start.press(pygame.K_o, pygame.K_ESCAPE)
    start.app.step(start.surface)
    assert len(read) == 3
    pygame.event.post(pygame.event.Event(pygame.WINDOWFOCUSGAINED))
    start.app.step(start.surface)
    assert len(read) == 4
