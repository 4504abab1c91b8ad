"""The window, driven by posted events through the real App on SDL's dummy driver."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pygame
import pytest
import torch
from torch import Tensor

import arena.gui
from agent.play.cancel import Cancelled, check
from arena.gui.boards.palette import palette
from arena.gui.opening import run as run_app
from arena.gui.thinker import Thinker
from arena.view import board
from arena.view.kind import Kind
from game.connect4 import Connect4
from game.errors import QzeroError
from game.play import sample_uniform
from game.registry import make
from game.tictactoe import TicTacToe
from tests.arena.gui.hands import LEAVE, NEW, PATIENCE, SWAP, UNDO, Broken, Held, Random, Scripted, Size, Window
from tests.arena.gui.hands import display as display  # the fixture

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")
WELLS, LINES = palette(Kind.WELLS, dark=False), palette(Kind.LINES, dark=False)


# Whole games


def test_person_beats_scripted_player_at_tictactoe() -> None:
    window = Window(TICTACTOE, None, Scripted({1: "b1", 3: "b2"}))
    for name in ("a1", "a2", "a3"):
        assert window.screen.status == "Your move"
        window.play(name)
        window.settle()
    assert window.moves == "a1 b1 a2 b2 a3"
    assert window.screen.status == "Game over: you win"
    assert window.screen.scene().winning == {(0, 0), (1, 0), (2, 0)}
    window.play("c3")
    assert window.moves == "a1 b1 a2 b2 a3"


def test_scripted_player_moves_first_and_wins_at_connect4() -> None:
    window = Window(CONNECT4, Scripted({0: "4", 2: "4", 4: "4", 6: "4"}), None)
    window.settle()
    for name in "123":
        window.play(name)
        window.settle()
    assert window.moves == "4 1 4 2 4 3 4"
    assert window.screen.status == "Game over: robot wins"
    assert window.screen.scene().winning == {(row, 3) for row in (2, 3, 4, 5)}


def test_two_persons_draw_at_tictactoe() -> None:
    window = Window(TICTACTOE, None, None)
    assert window.screen.status == "Player 1 to move"
    window.play("a1")
    assert window.screen.status == "Player 2 to move"
    window.play("b2 c3 b1 b3 a3 c1 c2 a2")
    assert window.screen.status == "Game over: a draw"
    assert window.screen.scene().winning == frozenset()


def test_two_persons_play_connect4_to_a_diagonal() -> None:
    window = Window(CONNECT4, None, None)
    window.play("1 2 2 3 3 4 3 4 4 6 4")
    assert window.screen.status == "Game over: Player 1 wins"
    assert window.screen.scene().winning == {(5, 0), (4, 1), (3, 2), (2, 3)}


def test_agents_play_each_other_to_the_end() -> None:
    window = Window(CONNECT4, Random(), Random(), pause=0.0)
    window.settle()
    assert window.session.history.done


def test_agents_pause_between_their_moves() -> None:
    now = [100.0]
    window = Window(TICTACTOE, Scripted({0: "a1"}), Scripted({1: "b2"}), pause=5.0, clock=lambda: now[0])
    assert window.screen.table.thinker.wait(PATIENCE)
    window.step()
    assert window.moves == "a1"
    now[0] += 4.9
    window.step()
    assert not window.screen.table.thinker.busy
    now[0] += 0.2
    window.step()
    assert window.screen.table.thinker.wait(PATIENCE)
    window.step()
    assert window.moves == "a1 b2"


def test_the_seed_decides_what_agents_draw() -> None:
    def moves(seed: int) -> str:
        window = Window(CONNECT4, Random(), Random(), pause=0.0, seed=seed)
        window.settle()
        return window.moves

    assert moves(3) == moves(3)
    assert len({moves(seed) for seed in range(3)}) == 3


# Clicks


def test_any_cell_of_a_column_drops_a_stone() -> None:
    window = Window(CONNECT4, None, None)
    window.click((0, 3), (5, 3), (2, 3), (4, 0))
    assert window.moves == "4 4 4 1"
    assert [row[3] for row in window.screen.scene().stones] == [None, None, None, 0, 1, 0]
    assert window.stone_colour(5, 3) == WELLS.pieces[0].fill
    assert window.stone_colour(4, 3) == WELLS.pieces[1].fill
    assert window.stone_colour(0, 3) == WELLS.other


def test_full_column_is_refused_in_words() -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4 4 4 4 4")
    window.play("4")
    assert window.moves == "4 4 4 4 4 4"
    assert window.screen.status == "Not a legal move. Player 1 to move"
    window.play("5")
    assert window.screen.status == "Player 2 to move"


def test_occupied_cell_is_refused() -> None:
    window = Window(TICTACTOE, None, None)
    window.play("b2 b2")
    assert window.moves == "b2"
    assert window.screen.status.startswith("Not a legal move")


def test_clicks_beside_the_board_and_other_buttons_do_nothing() -> None:
    window = Window(TICTACTOE, None, None)
    rect = window.screen.layout.board
    for position in ((rect.x - 1, rect.y), (rect.right, rect.y), (rect.x, rect.y - 1), (rect.x, rect.bottom), (0, 0)):
        window.point(position)
    window.point(rect.center, button=3)
    assert window.moves == ""
    assert window.screen.status == "Player 1 to move"
    window.point((rect.x, rect.y))
    window.point((rect.right - 1, rect.bottom - 1))
    assert window.moves == "a3 c1"


def test_hover_shows_where_the_stone_would_land() -> None:
    window = Window(CONNECT4, None, None)
    window.play("4")
    window.hover(0, 3)
    assert window.screen.scene().ghost == ((4, 3), 1)
    assert window.stone_colour(4, 3) not in (WELLS.other, WELLS.pieces[1].fill)
    window.hover(0, 6)
    assert window.screen.scene().ghost == ((5, 6), 1)
    pygame.event.post(pygame.event.Event(pygame.WINDOWLEAVE))
    window.step()
    assert window.screen.scene().ghost is None
    assert window.moves == "4"


def test_no_ghost_on_an_occupied_cell_or_when_the_game_is_over() -> None:
    window = Window(TICTACTOE, None, None)
    window.play("a1 b1")
    window.hover(2, 0)
    assert window.screen.scene().ghost is None
    window.play("a2 b2 a3")
    window.hover(0, 2)
    assert window.screen.scene().ghost is None


def test_last_move_is_marked() -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4")
    assert window.screen.scene().last == (4, 3)
    centre = window.screen.layout.cell_rect(4, 3).center
    assert tuple(window.surface.get_at(centre))[:3] == WELLS.pieces[1].pattern
    below = window.screen.layout.cell_rect(5, 3).center
    assert tuple(window.surface.get_at(below))[:3] == WELLS.pieces[0].fill


def test_losing_stones_fade_and_winning_cells_are_lit() -> None:
    window = Window(TICTACTOE, None, None)
    window.play("a1 b1 a2 b2 a3")
    corner = window.screen.layout.cell_rect(2, 0)
    inside = (corner.x + corner.width // 8, corner.center[1])
    assert tuple(window.surface.get_at(inside))[:3] == LINES.won
    assert tuple(window.surface.get_at(corner.center))[:3] == LINES.pieces[0].fill
    assert window.stone_colour(2, 1) not in (LINES.ground, LINES.pieces[1].fill)


class TwoClicks(TicTacToe):
    """Every move is told by the first cell of its row, then its own cell."""

    def squares(self, action: int, state: Any) -> tuple[tuple[int | None, int | None], ...]:  # noqa: ARG002 - protocol
        return ((action // 3, 0), divmod(action, 3))


def test_moves_of_two_clicks() -> None:
    window = Window(TwoClicks(), None, None)
    window.click((1, 0))
    assert (window.moves, window.screen.scene().picked) == ("", ((1, 0),))
    window.click((2, 0))
    assert window.screen.scene().picked == ((2, 0),)
    window.hover(2, 1)
    assert window.screen.scene().ghost == ((2, 1), 0)
    window.click((2, 1))
    assert (window.moves, window.screen.scene().picked) == ("b1", ())
    window.click((2, 0), (1, 1))
    assert (window.moves, window.screen.scene().picked) == ("b1", ())
    assert window.screen.status.startswith("Not a legal move")


class LastCellPasses(TicTacToe):
    """Calls the move c1 a pass."""

    def squares(self, action: int, state: Any) -> tuple[tuple[int | None, int | None], ...]:
        return () if action == 8 else super().squares(action, state)


@pytest.mark.parametrize("by_key", [False, True])
def test_pass_by_key_or_by_clicking_when_nothing_else_is_left(by_key: bool) -> None:
    window = Window(LastCellPasses(), None, None)
    window.play("a1 b2 b1 a2 c2 a3 b3 c3")
    assert "pass" in window.screen.status
    if by_key:
        window.press_key(pygame.K_p)
    else:
        window.click((0, 0))
    assert window.moves == "a1 b2 b1 a2 c2 a3 b3 c3 c1"
    assert window.screen.status == "Game over: Player 1 wins (Player 1 played c1)"
    assert window.screen.scene().last == (2, 2), "this pass does put a stone"


# Thinking beside the event loop


def test_clicks_while_the_agent_thinks_are_ignored() -> None:
    player = Held({1: "c3"})
    window = Window(TICTACTOE, None, player)
    window.play("a1")
    assert player.started.wait(PATIENCE)
    assert window.screen.status == "robot is thinking..."
    window.play("b2 c3")
    window.hover(0, 1)
    assert window.moves == "a1"
    assert window.screen.scene().ghost is None
    player.go.set()
    window.settle()
    assert window.moves == "a1 c3"
    assert player.thoughts == 1
    assert window.screen.status == "Your move"


@pytest.mark.parametrize("command", ["undo", "new"])
def test_a_thought_about_a_position_left_behind_is_dropped(command: str) -> None:
    player = Held({1: "c3"})
    window = Window(TICTACTOE, None, player)
    window.play("a1")
    assert player.started.wait(PATIENCE)
    window.press_button(UNDO if command == "undo" else NEW)
    window.agree()
    assert window.moves == ""
    player.go.set()
    assert window.screen.table.thinker.wait(PATIENCE)
    window.step()
    assert window.moves == ""
    player.moves = {1: "b3"}
    window.play("b2")
    window.settle()
    assert window.moves == "b2 b3"


def test_swapping_seats_drops_the_thought_and_asks_anew() -> None:
    player = Held({0: "a3", 1: "c3"})
    window = Window(TICTACTOE, None, player)
    window.play("a1")
    assert player.started.wait(PATIENCE)
    window.press_key(pygame.K_s)
    window.agree()
    player.go.set()
    window.settle()
    assert window.session.names == ("robot", "You")
    assert window.moves == "a3"


class Endless:
    """Thinks until it is called off, as long as `endless` holds."""

    name = "endless"

    def __init__(self) -> None:
        self.started = threading.Event()
        self.endless = True
        self.called_off = False

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        self.started.set()
        last = time.monotonic() + PATIENCE
        while self.endless:
            assert time.monotonic() < last, "nobody called the thought off"
            try:
                check()
            except Cancelled:
                self.called_off = True
                raise
            time.sleep(0.001)
        return sample_uniform(game.legal(state), generator)


@pytest.mark.parametrize(("key", "moves"), [(pygame.K_u, 0), (pygame.K_n, 0), (pygame.K_s, 1), (pygame.K_ESCAPE, 1)])
def test_a_thought_that_nobody_waits_for_is_called_off(key: int, moves: int) -> None:
    player = Endless()
    window = Window(TICTACTOE, None, player)
    window.play("b2")
    assert player.started.wait(PATIENCE)
    thread = next(thread for thread in threading.enumerate() if thread.name == "thinker")
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=""))
    for event in pygame.event.get():
        window.app.handle(event)
    window.agree()
    if key == pygame.K_ESCAPE:
        assert window.screen.table.close(PATIENCE)
    thread.join(PATIENCE)
    assert player.called_off
    player.endless = False
    if window.app.running:
        window.settle()
    assert len(window.session.history.actions) == moves
    assert window.screen.status.startswith(("Your move", "endless is thinking..."))


def test_thoughts_never_run_side_by_side() -> None:
    thinker, inside, go = Thinker(), threading.Event(), threading.Event()
    order: list[str] = []

    def first() -> int:
        inside.set()
        assert go.wait(PATIENCE)
        order.append("first")
        return 1

    def second() -> int:
        order.append("second")
        return 2

    thinker.start(first)
    assert inside.wait(PATIENCE)
    thinker.start(second)
    assert thinker.poll() is None
    go.set()
    assert thinker.wait(PATIENCE)
    thought = thinker.poll()
    assert order == ["first", "second"]
    assert thought is not None
    assert thought.action == 2
    assert thinker.poll() is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (ValueError("no such file"), "no such file"),
        (KeyError(), "KeyError"),
        (SystemExit("gone"), "gone"),
        (torch.tensor([0]), "a3 is not legal here"),
        (torch.tensor([99]), "99 is not legal here"),
        (torch.tensor([1, 2]), "shape (2,)"),
    ],
)
def test_a_failing_player_is_reported_and_the_window_lives_on(answer: Tensor | BaseException, words: str) -> None:
    player = Broken(answer)
    window = Window(TICTACTOE, None, player)
    window.play("a3")
    assert window.screen.table.thinker.wait(PATIENCE)
    window.step()
    assert window.screen.status.startswith("broken failed: ")
    assert words in window.screen.status
    window.step()
    assert not window.screen.table.thinker.busy
    window.screen.table.tell("The moves are copied")
    assert window.screen.status.startswith("The moves are copied. broken failed: ")
    window.screen.table.view(0)
    window.screen.table.view(1)
    assert window.screen.status.startswith("broken failed: ")
    player.answer = torch.tensor([4])
    window.press_key(pygame.K_u)
    assert (window.moves, window.screen.status) == ("", "Your move")
    window.play("a3")
    window.settle()
    assert window.moves == "a3 b2"


# Commands


@pytest.mark.parametrize("by_key", [False, True])
def test_undo_takes_back_both_moves(by_key: bool) -> None:
    def undo() -> None:
        if by_key:
            window.press_key(pygame.K_u)
        else:
            window.press_button(UNDO)

    window = Window(TICTACTOE, None, Scripted({1: "b1", 3: "b2"}))
    for name in ("a1", "a2"):
        window.play(name)
        window.settle()
    undo()
    assert (window.moves, window.screen.status) == ("a1 b1", "Your move")
    window.play("a2")
    window.settle()
    window.play("a3")
    assert window.screen.status == "Game over: you win"
    undo()
    assert (window.moves, window.screen.status) == ("a1 b1 a2 b2", "Your move")
    assert window.screen.scene().stones[0][0] is None


def test_undo_leaves_the_agents_opening_move() -> None:
    window = Window(TICTACTOE, Scripted({0: "b2", 2: "c3"}), None)
    window.settle()
    window.press_key(pygame.K_u)
    assert (window.moves, window.screen.status) == ("b2", "Nothing to take back")
    window.play("a1")
    window.settle()
    window.press_key(pygame.K_u)
    assert (window.moves, window.screen.status) == ("b2", "Your move")


def test_undo_between_two_persons_takes_one_move_back() -> None:
    window = Window(CONNECT4, None, None)
    window.play("1 2 3")
    window.press_key(pygame.K_u)
    assert (window.moves, window.screen.status) == ("1 2", "Player 1 to move")


@pytest.mark.parametrize("by_key", [False, True])
def test_new_game(by_key: bool) -> None:
    window = Window(CONNECT4, None, None)
    window.play("1 1 2 2 3 3 4")
    if by_key:
        window.press_key(pygame.K_n)
        window.agree()
    else:
        window.press_button(NEW)
        window.agree()
    assert (window.moves, window.screen.status) == ("", "Player 1 to move (U brings the last game back)")
    window.play("7")
    assert (window.moves, window.screen.status) == ("7", "Player 2 to move")


@pytest.mark.parametrize("by_key", [False, True])
def test_swap_seats(by_key: bool) -> None:
    window = Window(TICTACTOE, None, Scripted({0: "b2", 1: "c3"}))
    window.play("a1")
    window.settle()
    if by_key:
        window.press_key(pygame.K_s)
        window.agree()
    else:
        window.press_button(SWAP)
        window.agree()
    assert window.session.names == ("robot", "You")
    window.settle()
    assert (window.moves, window.screen.status) == ("b2", "Your move (U brings the last game back)")
    window.play("a3")
    assert window.moves.startswith("b2 a3")


@pytest.mark.parametrize("key", [pygame.K_q, pygame.K_ESCAPE])
def test_quit_by_key(key: int) -> None:
    window = Window(TICTACTOE, None, None)
    assert window.app.running
    window.press_key(key)
    assert not window.app.running


def test_quit_by_button_and_by_closing_the_window() -> None:
    window = Window(TICTACTOE, None, None)
    window.press_button(LEAVE)
    assert not window.app.running
    window = Window(TICTACTOE, None, None)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.step()
    assert not window.app.running


# Size


@pytest.mark.parametrize("size", [(240, 240), (300, 900), (1200, 300), (1500, 1000)])
def test_resize_in_the_middle_of_a_game(size: Size) -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4")
    window.resize(size)
    assert window.screen.layout.cell_rect(0, 6).right <= size[0]
    window.play("4 5")
    assert window.moves == "4 4 4 5"
    assert window.stone_colour(5, 4) == WELLS.pieces[1].fill
    window.press_button(UNDO)
    assert window.moves == "4 4 4"


@pytest.mark.parametrize("size", [(1, 1), (60, 40), (120, 500), (500, 60)])
def test_windows_too_small_to_play_in_do_no_harm(size: Size) -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4")
    window.resize(size)
    window.step()
    window.resize((640, 480))
    window.play("4")
    assert window.moves == "4 4 4"


def test_long_games_and_long_words_fit() -> None:
    window = Window(CONNECT4, None, Broken(ValueError("word " * 200)), size=(240, 360))
    window.play("1")
    assert window.screen.table.thinker.wait(PATIENCE)
    window.step()
    window = Window(CONNECT4, None, None, size=(640, 400))
    window.play("1 1 1 1 1 1 2 2 2 2 2 2 3 3 3 3 3 3 5 4 4 4 4 4 4")
    assert len(window.session.move_names) == 25


# What the board reads from a game


def test_stones_by_seat_whoever_is_to_move() -> None:
    window = Window(TICTACTOE, None, None)
    window.play("a1 b2")
    assert window.screen.scene().stones == ((None, None, None), (None, 1, None), (0, None, None))
    window.play("c3")
    assert window.screen.scene().stones == ((None, None, 0), (None, 1, None), (0, None, None))


def test_coordinates_come_from_the_move_names() -> None:
    assert board.coordinates(TICTACTOE) == ({0: "a", 1: "b", 2: "c"}, {0: "3", 1: "2", 2: "1"})
    assert board.coordinates(CONNECT4) == ({column: str(column + 1) for column in range(7)}, {})
    assert (board.drops(CONNECT4), board.drops(TICTACTOE)) == (True, False)


# Opening and closing


class Quitter:
    name = "quitter"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        return sample_uniform(game.legal(state), generator)


@pytest.mark.parametrize("start", [arena.gui.run, run_app])
def test_run_opens_a_window_and_returns_when_it_is_closed(start: Callable[..., None]) -> None:
    start(Connect4(), (Quitter(), None), seed=1)
    assert not pygame.display.get_init()


def test_no_display_is_one_sentence_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pygame.quit()
    monkeypatch.setenv("SDL_VIDEODRIVER", "no-such-driver")
    with pytest.raises(QzeroError, match="--text"):
        arena.gui.run(CONNECT4, (None, None))


def test_a_driver_that_draws_nowhere_is_no_display_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pygame.display, "get_driver", lambda: "offscreen")
    with pytest.raises(QzeroError, match="--text"):
        arena.gui.run(CONNECT4, (None, None))


def test_missing_pygame_is_one_sentence_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygame", None)
    with pytest.raises(QzeroError, match="pip install pygame"):
        arena.gui.run(CONNECT4, (None, None))


def test_only_the_window_imports_pygame() -> None:
    modules = "arena.gui, arena.gui.play.table, arena.view.session, arena.text_play, game.registry, agent.play.player"
    code = f"import sys, {modules}; sys.exit('pygame' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
