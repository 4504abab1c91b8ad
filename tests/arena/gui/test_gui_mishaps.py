"""What must not go wrong, whatever a person does: games are not lost, and nothing that is pasted stops the window."""

from __future__ import annotations

import dataclasses
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pygame
import pytest

from arena.gui.app import App
from arena.gui.context import Context
from arena.gui.opening import Rooms
from arena.gui.play.autosave import saved_games, unfinished
from arena.gui.play.saved import SavedGame, read_game, write_game
from arena.gui.screens.dialog import question
from arena.gui.screens.play import PlayScreen
from arena.gui.screens.stack import Screen
from arena.gui.screens.start.saved import SavedScreen
from arena.gui.screens.start.screen import StartScreen
from arena.gui.settings import Settings
from arena.players.specs import player, shipped
from game.registry import make
from tests.arena.gui.hands import PATIENCE, Window
from tests.arena.gui.hands import display as display  # the fixture

CONNECT4 = make("connect4")


def save(window: Window) -> Path:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_s, mod=pygame.KMOD_LCTRL, unicode=""))
    window.step()
    return saved_games()[0][0]


def opened(window: Window, path: Path) -> PlayScreen:
    screen = Rooms().open(window.app.context, path)()
    assert isinstance(screen, PlayScreen)
    window.app.stack.push(screen)
    window.step()
    return screen


def test_a_game_that_a_person_saved_stays_as_it_was_saved() -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4 5")
    path = save(window)
    for act in ("nothing", "a move", "a new game", "resigning"):
        screen = opened(window, path)
        if act == "a move":
            screen.table.touch((0, 0))
        elif act == "a new game":
            screen.table.new_game()
        elif act == "resigning":
            screen.table.resign(0)
        window.step()
        window.app.context.pop()
        assert read_game(path).moves == "4 4 5", act
        found = unfinished()
        assert (found is not None) == (act == "a move")
        if found is not None:
            assert (found[1].moves, found[0] != path) == ("4 4 5 1", True)
            found[0].unlink()


def test_a_game_that_the_window_keeps_goes_on_in_its_file() -> None:
    window = Window(CONNECT4, None, None, kept=True)
    window.play("4 4 5")
    window.screen.close()
    found = unfinished()
    assert found is not None
    screen = opened(window, found[0])
    screen.table.touch((0, 0))
    window.app.context.pop()
    assert [(path, read_game(path).moves) for path, _ in saved_games()] == [(found[0], "4 4 5 1")]


def test_a_second_window_never_writes_over_what_the_first_has_played_since() -> None:
    window = Window(CONNECT4, None, None, kept=True)
    window.play("4 4 5")
    window.screen.close()
    found = unfinished()
    assert found is not None
    slow = Rooms().open(window.app.context, found[0])  # the second: has read the game, and is not on the screen yet
    first = opened(window, found[0])
    first.table.touch((0, 0))
    window.app.context.pop()
    second = slow()
    assert isinstance(second, PlayScreen)
    window.app.stack.push(second)
    second.table.touch((0, 6))
    window.app.context.pop()
    assert sorted(saved.moves for _, saved in saved_games() if isinstance(saved, SavedGame)) == ["4 4 5 1", "4 4 5 7"]
    assert not list(found[0].parent.glob("*.lock"))


def test_the_start_screen_goes_on_with_the_game_as_another_window_left_it() -> None:
    window = Window(CONNECT4, None, None, kept=True)
    window.play("4 4 5")
    window.screen.close()
    rooms, context = Rooms(), window.app.context
    offered = rooms.unfinished()
    assert offered is not None
    other = opened(window, saved_games()[0][0])
    other.table.touch((0, 0))
    context.pop()
    screen = offered[1](context)()
    assert isinstance(screen, PlayScreen)
    assert screen.session.move_names == ["4", "4", "5", "1"]
    screen.close()


def test_two_games_saved_in_one_second_are_two_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.gui.screens.play_commands.file_name", lambda _: "game.json")
    window = Window(CONNECT4, None, None)
    for move in ("4", "5"):
        window.play(move)
        save(window)
    assert sorted(saved.moves for _, saved in saved_games() if isinstance(saved, SavedGame)) == ["4", "4 5"]


def with_a_run(folder: Path) -> None:
    """A player of Connect Four at runs/mine in this folder."""
    (folder / "runs").mkdir(parents=True)
    with shipped("connect4") as file:
        shutil.copy(file, folder / "runs" / "mine")


def test_a_game_finds_its_player_from_any_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_a_run(home / "here")
    (home / "there").mkdir()
    monkeypatch.chdir(home / "here")
    window = Window(CONNECT4, None, player("runs/mine@temperature=0.1", CONNECT4))
    window.play("4")
    path = save(window)
    assert read_game(path).title == "Connect Four: You - runs/mine@temperature=0.1"
    monkeypatch.chdir(home / "there")
    screen = opened(window, path)
    run = str(home / "here" / "runs" / "mine")
    assert screen.session.names == ("You", f"{run}@temperature=0.1")
    assert "plays instead" not in screen.status
    monkeypatch.chdir(home / "here")
    assert read_game(save(window)).players == ("human", f"{run}@temperature=0.1")


def test_an_old_save_of_a_player_who_is_gone_opens_and_another_plays() -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4")
    path = save(window)
    write_game(path, dataclasses.replace(read_game(path), players=("human", "runs/gone@temperature=0")))
    screen = opened(window, path)
    assert screen.session.move_names == ["4", "4"]
    assert screen.status.startswith("no player is called 'runs/gone' and no such file exists: ")
    other = screen.session.names[1]
    assert f"{other} plays instead" in screen.status
    window.press_key(pygame.K_LEFT)
    assert "runs/gone" not in screen.status
    screen.table.touch((0, 0))
    last = time.monotonic() + 6 * PATIENCE
    while len(screen.session.move_names) < 4:
        assert time.monotonic() < last, screen.status
        window.step()
        time.sleep(0.01)


def test_a_finished_game_of_a_player_who_is_gone_keeps_the_name() -> None:
    window = Window(CONNECT4, None, None)
    window.play("1 2 1 2 1 2 1")
    path = save(window)
    write_game(path, dataclasses.replace(read_game(path), players=("human", "runs/gone")))
    screen = opened(window, path)
    assert screen.session.names == ("You", "runs/gone")
    assert screen.session.over
    assert "runs/gone" in screen.status
    screen.table.undo()
    screen.table.touch((0, 2))
    last = time.monotonic() + PATIENCE
    while "failed" not in screen.table.status:
        assert time.monotonic() < last
        window.step()
        time.sleep(0.01)
    assert screen.session.move_names[-1] == "3"


def list_of(
    context: Context, delete: Callable[[Path], None], opened: Callable[[Screen], None], ready: threading.Event
) -> SavedScreen:
    """The list of saved games, which loads one as soon as it is `ready`: a start screen, whichever it is."""
    entries = [(path, saved.title, saved.note, True) for path, saved in saved_games() if isinstance(saved, SavedGame)]

    def load(_: Path) -> Callable[[], Screen]:
        assert ready.wait(PATIENCE)
        return lambda: StartScreen(context, Rooms)

    return SavedScreen(context, StartScreen(context, Rooms), lambda: entries, load, opened, delete)


def test_a_saved_game_is_deleted_only_after_a_question() -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4 5")
    path, gone = save(window), list[Path]()
    window.app.stack.push(list_of(window.app.context, gone.append, window.app.stack.push, threading.Event()))
    for key, deleted in ((pygame.K_n, 0), (pygame.K_ESCAPE, 0), (pygame.K_RETURN, 1)):
        window.press_key(pygame.K_DELETE)
        assert gone == []
        window.press_key(key)
        assert gone == [path] * deleted
        assert isinstance(window.app.stack.top, SavedScreen)


def test_a_game_that_was_loaded_waits_for_the_question_on_top_of_the_list() -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4 5")
    save(window)
    shown, ready = list[Screen](), threading.Event()
    screen = list_of(window.app.context, lambda _: None, shown.append, ready)
    window.app.stack.push(screen)
    window.press_key(pygame.K_RETURN)
    assert screen._loading is not None
    window.app.stack.push(question(window.app.context, screen, "Sure?", "", "Yes", lambda: None, "No"))
    ready.set()
    screen._loading.wait()
    screen.update(0.1)
    assert shown == []
    window.press_key(pygame.K_ESCAPE)
    assert len(shown) == 1
    assert window.app.stack.top is window.screen


RUBBISH = (
    "x" * 99_000,
    "x y " * 20_000,
    "a\0b",
    "\ud800 d3",
    '{"format": "qzero game 1", "game": "connect4", "rules_version": Infinity, "first": "", "second": ""}',
)


@pytest.mark.parametrize("text", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_that_is_pasted_is_refused_at_once(text: str) -> None:
    window = Window(CONNECT4, None, None)
    began = time.process_time()
    window.screen.table.paste(text)
    for size in ((640, 560), (1000, 700), (330, 250)):
        window.resize(size)
    assert window.screen.status.startswith("Not pasted: ")
    assert time.process_time() - began < 5  # letter by letter it took minutes


@pytest.mark.parametrize("game", ["hex:banana", "hex:", "gomoku:0x0x0", "connect4:9x9", "hex:11\0"])
def test_settings_with_a_board_that_there_is_not(game: str) -> None:
    surface = pygame.display.set_mode((1280, 800))
    context = Context(Settings(game=game), animated=False)
    screen = StartScreen(context, Rooms)
    app = App(context, screen)
    last = time.monotonic() + PATIENCE
    while not (screen.settled and screen.status == ""):
        assert time.monotonic() < last
        app.step(surface)
        time.sleep(0.005)
    app.step(surface)
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_RETURN, mod=0, unicode="\r"))
    while not screen.status or screen.status.startswith("Loading"):
        assert time.monotonic() < last
        app.step(surface)
        time.sleep(0.005)
    assert game.partition(":")[0] in screen.status
    app.stack.clear()


def test_closing_before_anything_is_loaded_ends_what_waits_for_it(tmp_path: Path) -> None:
    surface = pygame.display.set_mode((640, 480))
    context = Context(Settings(), animated=False)
    screen = StartScreen(context, Rooms)
    screen.open_file(tmp_path / "game.json")
    opening = screen._opening
    assert opening is not None
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    app = App(context, screen)
    app.step(surface)
    assert not app.running
    assert opening.wait(PATIENCE)
