"""Games left for another, by New or by Swap, come back by Undo; and Redo undoes that."""

from __future__ import annotations

import pygame
import pytest

from game.registry import make
from tests.arena.gui.hands import NEW, PATIENCE, REDO, SWAP, UNDO, Held, Scripted, Window
from tests.arena.gui.hands import display as display  # the fixture

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")
WAYS = {"new": (pygame.K_n, NEW), "swap": (pygame.K_s, SWAP)}


@pytest.mark.parametrize("how", ["new", "swap"])
@pytest.mark.parametrize("by_key", [False, True])
def test_a_game_left_comes_back_with_its_seats(how: str, by_key: bool) -> None:
    def command(key: int, number: int) -> None:
        if by_key:
            window.press_key(key)
        else:
            window.press_button(number)
        window.agree()
        window.settle()

    window = Window(TICTACTOE, None, Scripted({0: "b3", 1: "b1", 3: "b2"}))
    for name in ("a1", "a2"):
        window.play(name)
        window.settle()
    command(*WAYS[how])
    other = "" if how == "new" else "b3"
    assert (window.moves, window.session.names[0]) == (other, "You" if how == "new" else "robot")
    command(pygame.K_u, UNDO)
    assert (window.moves, window.session.names) == ("a1 b1 a2 b2", ("You", "robot"))
    assert window.screen.status == "Your move"
    command(pygame.K_u, UNDO)
    assert window.moves == "a1 b1"
    for expected in ("a1 b1 a2 b2", other):
        command(pygame.K_r, REDO)
        assert window.moves == expected
    command(pygame.K_u, UNDO)
    window.play("a3")
    assert window.screen.status == "Game over: you win"


def test_a_finished_game_comes_back_too() -> None:
    window = Window(CONNECT4, None, None)
    window.play("1 1 2 2 3 3 4")
    window.press_key(pygame.K_n)
    window.agree()
    window.play("7")
    window.press_key(pygame.K_u)
    assert window.screen.status == "Player 1 to move (U brings the last game back)"
    window.press_key(pygame.K_u)
    assert window.screen.status == "Game over: Player 1 wins"
    assert window.screen.scene().winning == {(5, column) for column in range(4)}


def test_a_game_left_while_the_agent_thinks_goes_on_when_it_comes_back() -> None:
    player = Held({1: "c3"})
    window = Window(TICTACTOE, None, player)
    window.play("a1")
    assert player.started.wait(PATIENCE)
    window.press_key(pygame.K_n)
    window.agree()
    window.press_key(pygame.K_u)
    assert (window.moves, window.screen.status) == ("a1", "robot is thinking...")
    player.go.set()
    window.settle()
    assert window.moves == "a1 c3"


def test_undo_and_redo_are_enabled_where_they_do_something() -> None:
    def enabled() -> tuple[bool, bool]:
        buttons = window.screen.view().buttons
        return buttons[UNDO].enabled, buttons[REDO].enabled

    window = Window(TICTACTOE, None, None)
    assert enabled() == (False, False)
    window.press_key(pygame.K_n)
    window.agree()
    assert enabled() == (False, False), "nothing was left"
    window.press_key(pygame.K_r)
    assert window.screen.status == "Nothing to bring back"
    window.play("a1")
    assert enabled() == (True, False)
    window.press_key(pygame.K_u)
    assert enabled() == (False, True)
    window.play("b2")
    assert enabled() == (True, False)
