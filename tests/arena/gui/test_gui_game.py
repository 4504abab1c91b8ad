"""A game as something to leaf through, copy, save, resign and play by the clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygame
import pytest
import torch

from arena.gui.desktop import clipboard, sounds
from arena.gui.play import pasting
from arena.gui.play.autosave import Autosave, saved_games, unfinished
from arena.gui.play.saved import (
    GameFileError,
    SavedGame,
    game_of_json,
    history_of,
    read_game,
    saved_game,
    write_game,
)
from arena.gui.screens.dialog import Dialog
from arena.gui.screens.settings import SettingsScreen
from arena.gui.settings import data_folder
from arena.view.session import Session
from game.errors import QzeroError
from game.notation import parse_moves
from game.play import sample_uniform
from game.registry import make
from tests.arena.gui.hands import FLIP, GAME, PATIENCE, RESIGN, Held, Scripted, Window
from tests.arena.gui.hands import display as display  # the fixture

TICTACTOE, CONNECT4, HEX = make("tictactoe"), make("connect4"), make("hex:5")
CTRL = pygame.KMOD_LCTRL


def control(window: Window, key: int, mod: int = CTRL) -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=mod, unicode=""))
    window.step()


def stones(window: Window) -> int:
    return sum(seat is not None for row in window.screen.scene().stones for seat in row)


# Through the game


def test_keys_lead_through_the_game() -> None:
    window = Window(CONNECT4, None, None)
    window.play("1 2 3 4 5 6 7 1 2 3 4 5")
    for key, viewed in (
        (pygame.K_COMMA, 11),
        (pygame.K_COMMA, 10),
        (pygame.K_PAGEUP, 0),
        (pygame.K_COMMA, 0),
        (pygame.K_PERIOD, 1),
        (pygame.K_PAGEDOWN, 11),
        (pygame.K_HOME, 0),
        (pygame.K_END, 12),
        (pygame.K_PERIOD, 12),
    ):
        window.press_key(key)
        assert window.screen.view().viewed == viewed
        assert stones(window) == viewed
        assert window.screen.scene().ply == viewed
    assert window.moves == "1 2 3 4 5 6 7 1 2 3 4 5"
    control(window, pygame.K_LEFT)
    assert window.screen.table.viewed == 11
    control(window, pygame.K_RIGHT)
    assert window.screen.table.at_end


def test_the_wheel_the_buttons_and_the_list_lead_through_the_game() -> None:
    window = Window(HEX, None, None, size=(900, 640))
    window.play("a1 b2 c3 d4 e5")
    pygame.event.post(pygame.event.Event(pygame.MOUSEWHEEL, x=0, y=2, flipped=False))
    window.step()
    assert window.screen.table.viewed == 3
    assert window.screen.status.startswith("Move 3 of 5")
    assert window.screen.scene().last == (2, 2)
    layout = window.screen.layout
    for number, viewed in enumerate((0, 0, 1, 5)):
        window.point(layout.steps[number].center)
        assert window.screen.table.viewed == viewed
    assert layout.moves is not None
    found = {}
    for y in range(layout.moves.y, layout.moves.bottom, 4):
        for x in range(layout.moves.x, layout.moves.right, 4):
            window.point((x, y))
            found[window.screen.table.viewed] = True
    assert set(found) == {1, 2, 3, 4, 5}, "every move in the list can be clicked"


def test_a_click_in_an_earlier_position_plays_on_from_there_and_undo_brings_the_game_back() -> None:
    window = Window(TICTACTOE, None, Scripted({1: "b2", 3: "c3"}))
    window.play("a1")
    window.settle()
    window.play("a2")
    window.settle()
    assert window.moves == "a1 b2 a2 c3"
    window.press_key(pygame.K_COMMA)
    window.press_key(pygame.K_COMMA)
    assert window.screen.scene().to_move == 0
    window.play("c1")
    window.settle()
    assert window.moves == "a1 b2 c1 c3"
    window.press_key(pygame.K_u)
    window.press_key(pygame.K_u)
    assert window.moves == "a1 b2 a2 c3"


def test_the_agents_turn_in_an_earlier_position_is_not_for_clicks() -> None:
    window = Window(TICTACTOE, None, Scripted({1: "b2"}))
    window.play("a1")
    window.settle()
    window.press_key(pygame.K_COMMA)
    window.play("c3")
    assert (window.moves, window.screen.table.viewed) == ("a1 b2", 1)
    assert "plays on" not in window.screen.status


def test_an_agents_move_does_not_tear_anybody_out_of_the_past() -> None:
    player = Held({1: "b2"})
    window = Window(TICTACTOE, None, player)
    window.play("a1")
    assert player.started.wait(PATIENCE)
    window.press_key(pygame.K_HOME)
    player.go.set()
    window.settle()
    assert (window.moves, window.screen.table.viewed) == ("a1 b2", 0)
    window.press_key(pygame.K_END)
    assert stones(window) == 2


@pytest.mark.parametrize("name", ["hex:5", "othello:6", "breakthrough", "gomoku:5x5x4", "tictactoe"])
def test_a_turned_board_is_played_as_it_is_seen(name: str) -> None:
    window = Window(make(name), None, None)
    before = window.screen.layout.cell_rect(0, 0)
    window.press_key(pygame.K_f)
    assert window.screen.layout.cell_rect(*(side - 1 for side in make(name).observation_shape[1:])) == before
    game, generator = make(name), torch.Generator().manual_seed(3)
    for made in range(1, 7):
        state = window.session.history.state
        window.play(game.move_name(int(sample_uniform(game.legal(state), generator)), state))
        assert len(window.session.history.actions) == made
    place = window.screen.layout.place
    for row, column in ((0, 0), (1, 2), (3, 1)):
        if row < window.screen.board.rows and column < window.screen.board.columns:
            assert place.cell_at(place.cell_rect(row, column).center) == (row, column)
    window.press_key(pygame.K_DOWN)
    cursor = window.screen.scene().cursor
    window.press_key(pygame.K_DOWN)
    assert cursor is not None
    assert window.screen.scene().cursor == (max(cursor[0] - 1, 0), cursor[1]), "down is down on the screen"


def test_a_board_whose_stones_fall_is_seen_from_behind() -> None:
    window = Window(CONNECT4, None, None)
    left = window.screen.layout.cell_rect(5, 0)
    window.press_button(FLIP)
    assert window.screen.layout.cell_rect(5, 6) == left
    window.play("1")
    assert window.moves == "1"


# Leaving a game


@pytest.mark.parametrize("key", [pygame.K_n, pygame.K_s])
def test_a_game_under_way_is_left_only_after_a_question(key: int) -> None:
    window = Window(TICTACTOE, None, None)
    window.play("a1 b2")
    window.press_key(key)
    assert isinstance(window.app.stack.top, Dialog)
    window.press_key(pygame.K_ESCAPE)
    assert (window.moves, len(window.app.stack)) == ("a1 b2", 1)
    window.press_key(key)
    window.press_key(pygame.K_y)
    assert (window.moves, len(window.app.stack)) == ("", 1)
    window.press_key(key)
    assert len(window.app.stack) == 1, "nothing would be lost"


@pytest.mark.parametrize("by_key", [False, True])
def test_resigning(by_key: bool) -> None:
    window = Window(TICTACTOE, None, Scripted({1: "b2"}))
    assert window.screen.view().buttons[RESIGN].enabled is False
    window.play("a1")
    window.settle()
    if by_key:
        window.press_key(pygame.K_x)
    else:
        window.press_button(RESIGN)
    assert not window.session.over, "it asks first"
    window.press_key(pygame.K_RETURN)
    assert window.screen.status == "Game over: robot wins, you resigned"
    assert window.screen.scene().to_move is None
    window.play("c3")
    assert window.moves == "a1 b2"
    window.press_key(pygame.K_u)
    assert (window.screen.status, window.session.over) == ("Your move", False)
    window.press_key(pygame.K_r)
    assert window.session.winner == 1


def test_time_runs_out_for_whoever_is_to_move() -> None:
    now = [0.0]
    window = Window(TICTACTOE, None, None, minutes=1, clock=lambda: now[0])
    assert window.screen.view().clocks == ("1:00", "1:00")
    window.screen.update(50.0)
    assert window.screen.view().clocks == ("1:00", "1:00"), "before the first move nobody's time runs"
    window.play("a1")
    window.screen.update(41.5)
    clocks = window.screen.view().clocks
    assert clocks is not None
    assert (clocks[0], clocks[1][:4]) == ("1:00", "0:18")
    window.screen.update(20)
    assert window.session.winner == 0
    assert window.screen.status == "Game over: Player 1 wins, Player 2 ran out of time"
    saved = game_of_json(_written(saved_game(window.session)))
    assert saved.ending == "time"
    again = Window(TICTACTOE, None, None)
    again.screen.table.paste(_written(saved))
    assert again.screen.status == "Game over: Player 1 wins, Player 2 ran out of time"
    window.press_key(pygame.K_u)
    clocks = window.screen.view().clocks
    assert clocks is not None
    assert clocks[1] in ("1:00", "0:59"), "the game goes on, with time to play"
    window.screen.table.resign(0)
    assert window.session.situation() == "Game over: Player 2 wins, Player 1 resigned"


# Text


@pytest.mark.parametrize(
    "name", ["tictactoe", "connect4", "othello:6", "hex:5+swap", "gomoku:5x5x4", "breakthrough:4x4"]
)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_game_is_copied_and_pasted(name: str, seed: int) -> None:
    game, generator = make(name), torch.Generator().manual_seed(seed)
    window = Window(game, None, None)
    while not window.session.history.done:
        state = window.session.history.state
        window.play(game.move_name(int(sample_uniform(game.legal(state), generator)), state))
    moves, last = window.moves, window.session.history.state
    control(window, pygame.K_c)
    assert clipboard.paste() == moves
    other = Window(game, None, None)
    control(other, pygame.K_v)
    assert other.moves == moves
    assert other.session.history.state.equal(last)
    other.press_key(pygame.K_u)
    assert len(other.session.history.actions) == len(moves.split()) - 1


def test_a_position_is_copied_and_pasted() -> None:
    window = Window(make("othello:6"), None, None)
    window.play("b3")
    window.press_key(pygame.K_HOME)
    control(window, pygame.K_c, CTRL | pygame.KMOD_LSHIFT)
    assert clipboard.paste() == make("othello:6").render(make("othello:6").initial(1))
    window.press_key(pygame.K_END)
    control(window, pygame.K_c, CTRL | pygame.KMOD_LSHIFT)
    other = Window(make("othello:6"), None, None)
    control(other, pygame.K_v)
    assert other.session.history.state.equal(window.session.history.state)
    assert other.moves == ""
    control(other, pygame.K_c)
    assert clipboard.paste() == make("othello:6").render(window.session.history.state), "moves would start elsewhere"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing to paste"),
        ("z9", "starts with no tictactoe move"),
        ("a1 a1", "not legal"),
        ("{}", "saved game"),
        ("game\tfirst\tsecond", "no game in these lines"),
        ("a1" * 60_000, "too long"),
    ],
)
def test_what_cannot_be_pasted_is_said_and_changes_nothing(text: str, words: str) -> None:
    window = Window(TICTACTOE, None, None)
    window.play("b2")
    clipboard.copy(text)
    control(window, pygame.K_v)
    assert window.screen.status.startswith("Not pasted: ")
    assert words in window.screen.status
    assert window.moves == "b2"


@pytest.mark.parametrize("text", ["a1 b2 c3", "a1b2c3", "1. a1 b2 2. c3", "a1,b2,c3", " a1\nb2\nc3 "])
def test_moves_are_read_however_they_are_written(text: str) -> None:
    found = pasting.read(TICTACTOE, text)
    assert found.history.actions == parse_moves(TICTACTOE, "a1b2c3").actions


def test_lines_of_records_are_pasted(qzero: Any) -> None:
    qzero("tournament", "random", "one-ply", "--game", "tictactoe", "--games", "4", "--file", "t.db")
    out = qzero("records", "t.db").out
    lines = out.splitlines()
    for text in (out, lines[1], lines[-1]):
        moves = text.splitlines()[0 if text in lines else 1].split("\t")[6]
        found = pasting.read(TICTACTOE, text)
        assert found.history.actions == parse_moves(TICTACTOE, moves).actions
        assert found.history.done


def test_the_game_menu_does_what_its_keys_do() -> None:
    window = Window(TICTACTOE, None, None)
    window.play("a1 b2")
    window.press_button(GAME)
    menu = window.app.stack.top
    assert isinstance(menu, Dialog)
    window.point(menu.place_of(2).center)
    assert clipboard.paste() == "a1 b2"
    assert len(window.app.stack) == 1
    window.press_key(pygame.K_g)
    window.point(menu.place_of(0).center)
    assert len(saved_games()) == 1
    window.press_key(pygame.K_g)
    window.point((1, 1))
    assert len(window.app.stack) == 1, "a click beside the menu closes it"


# Files


def session_of(game: Any, moves: str, *seats: Any) -> Session:
    session = Session(game, (seats[0], seats[1]) if seats else (None, None))
    for name in moves.split():
        session.play(game.parse_move(name, session.history.state))
    return session


def test_a_saved_game_is_the_tournaments(tmp_path: Path) -> None:
    session = session_of(TICTACTOE, "a1 b1 a2 b2 a3")
    saved = saved_game(session)
    assert (saved.game, saved.rules_version, saved.players) == (
        "tictactoe",
        TICTACTOE.rules_version,
        ("human", "human"),
    )
    assert (saved.moves, saved.result, saved.ending) == ("a1 b1 a2 b2 a3", 1, "rules")
    path = tmp_path / "deep" / "game.json"
    write_game(path, saved)
    assert read_game(path) == saved
    assert history_of(saved).actions == session.history.actions


def test_a_game_from_a_position_and_one_that_was_resigned() -> None:
    game = make("othello:6")
    start = session_of(game, "b3").history.state
    session = Session(game, (None, None))
    from game.play import History

    session.load(History(game, start))
    state = session.history.state
    session.play(int(game.legal(state)[0].nonzero()[0]))
    session.resign(0)
    saved = game_of_json(_written(saved_game(session)))
    assert (saved.result, saved.ending) == (-1, "forfeit")
    assert history_of(saved).state.equal(session.history.state)


def _written(saved: SavedGame) -> str:
    path = data_folder() / "x.json"
    write_game(path, saved)
    return path.read_text()


def test_damaged_files_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    write_game(path, saved_game(session_of(HEX, "a1 b2 c3")))
    whole = path.read_bytes()
    for at in range(0, len(whole) - 2, 7):
        path.write_bytes(whole[:at])
        with pytest.raises(GameFileError, match=r"game\.json"):
            read_game(path)
    path.write_bytes(whole.replace(b"a1 b2", b"a1 b3"))
    with pytest.raises(GameFileError, match="damaged"):
        read_game(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(GameFileError):
        read_game(path)
    with pytest.raises(GameFileError):
        read_game(tmp_path)
    other = saved_game(session_of(HEX, "a1"))
    from dataclasses import replace

    with pytest.raises(GameFileError, match="other rules"):
        history_of(replace(other, rules_version=99))
    with pytest.raises(GameFileError, match="no game of hex:5"):
        history_of(replace(other, moves="a1 a1"))


# Kept without asking


def wait_for(autosave: Autosave) -> None:
    while autosave._writing is not None:
        autosave.update()


def test_a_game_is_kept_from_its_first_move_to_its_end() -> None:
    session = Session(TICTACTOE, (None, None))
    autosave = Autosave(session)
    autosave.update()
    wait_for(autosave)
    assert unfinished() is None
    for number, name in enumerate(["a1", "b1", "a2", "b2", "a3"], start=1):
        session.play(TICTACTOE.parse_move(name, session.history.state))
        autosave.update()
        wait_for(autosave)
        found = unfinished()
        assert (found is None) == (number == 5)
        if found is not None:
            assert len(found[1].moves.split()) == number
    assert saved_games() == []
    autosave.close()


def test_a_window_closed_in_the_middle_of_a_game_offers_it_again() -> None:
    window = Window(TICTACTOE, None, Scripted({1: "b2", 3: "c3"}), kept=True)
    window.play("a1")
    window.settle()
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.step()
    assert not window.app.running
    found = unfinished()
    assert found is not None
    assert (found[1].moves, found[1].players) == ("a1 b2", ("human", "robot"))


def test_a_place_that_cannot_be_written_is_said_and_the_game_goes_on(home: Path) -> None:
    (home / "data").write_text("a file where a folder should be")
    window = Window(TICTACTOE, None, None, kept=True)
    window.play("a1")
    for _ in range(200):
        window.step()
        if "not kept" in window.screen.status:
            break
        pygame.time.wait(5)
    assert window.screen.status.startswith("This game is not kept: cannot write")
    window.play("b2")
    assert window.moves == "a1 b2"
    control(window, pygame.K_s)
    assert window.screen.status.startswith("Not saved: cannot write")


def test_two_windows_that_go_on_with_one_game_keep_both() -> None:
    path = data_folder() / "unfinished-1.json"
    write_game(path, saved_game(session_of(TICTACTOE, "a1")))
    sessions = [session_of(TICTACTOE, "a1"), session_of(TICTACTOE, "a1")]
    windows = [Autosave(session, path=path) for session in sessions]
    assert windows[0].path == path != windows[1].path
    for window, session, move in zip(windows, sessions, ("b2", "c3"), strict=True):
        session.play(TICTACTOE.parse_move(move, session.history.state))
        window.close()
    kept = [saved.moves for _, saved in saved_games() if isinstance(saved, SavedGame)]
    assert sorted(kept) == ["a1 b2", "a1 c3"]
    assert not list(data_folder().glob("*.lock"))
    last = Autosave(session_of(TICTACTOE, "a1 b2"), path=path)
    assert last.path == path
    last.close()


def test_the_last_good_game_is_offered_whatever_else_lies_there() -> None:
    write_game(data_folder() / "unfinished-1.json", saved_game(session_of(TICTACTOE, "a1")))
    (data_folder() / "unfinished-2.json").write_text("{")
    (data_folder() / "note.txt").write_text("x")
    (data_folder() / "folder.json").mkdir()
    found = unfinished()
    assert found is not None
    assert found[1].moves == "a1"
    assert sum(isinstance(saved, QzeroError) for _, saved in saved_games()) == 2


# Sound and settings


def test_sound_is_off_until_it_is_turned_on(monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window(TICTACTOE, None, None)
    window.play("a1")
    assert not pygame.mixer.get_init()
    heard: list[str] = []
    monkeypatch.setattr(sounds, "play", heard.append)
    window.press_key(pygame.K_F2)
    screen = window.app.stack.top
    assert isinstance(screen, SettingsScreen)
    rect = screen.place_of(1)
    window.point((rect.right - 5, rect.center[1]))
    assert window.app.context.settings.sound
    assert pygame.mixer.get_init()
    window.press_key(pygame.K_ESCAPE)
    window.play("b2 a2 b1 a3")
    assert heard == ["move", "move", "move", "end"]
    pygame.mixer.quit()


def test_no_audio_device_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise pygame.error("no such device")

    monkeypatch.setattr(pygame.mixer, "init", fail)
    window = Window(TICTACTOE, None, None)
    window.press_key(pygame.K_F2)
    screen = window.app.stack.top
    assert isinstance(screen, SettingsScreen)
    rect = screen.place_of(1)
    window.point((rect.right - 5, rect.center[1]))
    assert screen.text == "No sound: the audio device cannot be opened (no such device)."
    assert not window.app.context.settings.sound


def test_every_sound_can_be_made() -> None:
    assert sounds.open_device() is None
    for name in ("move", "capture", "end", "low"):
        sounds.play(name)
    pygame.mixer.quit()
    sounds.play("move")


def test_marks_can_be_turned_off() -> None:
    window = Window(make("othello"), None, None)
    assert window.screen.scene().hints
    window.app.context.settings.hints = False
    assert not window.screen.scene().hints
