"""Boards in the window: people play on while pieces move, from either side of the board, and games of their own too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pygame
import pytest

from arena.view.kind import Kind
from game.registry import make
from tests.arena.gui.hands import Window
from tests.arena.gui.hands import display as display  # the fixture

ROOT = Path(__file__).parents[4]
FRAME = 1 / 60


class Moving(Window):
    """A window in which pieces move by a clock that the test puts forward."""

    def __init__(self, game: Any) -> None:
        self.now = 0.0
        super().__init__(game, None, None, animated=True)
        self.app.context.clock = lambda: self.now
        self.step()

    def frame(self) -> bool:
        """One turn of the event loop later: whether there was a new picture."""
        self.now += FRAME
        return self.app.step(self.surface)


def test_moves_are_made_while_earlier_ones_still_move() -> None:
    window = Moving(make("connect4"))
    for name in "1234":
        window.play(name)
        assert window.frame()
    assert window.moves == "1 2 3 4"
    assert list(window.screen.scene().stones[5]) == [0, 1, 0, 1, None, None, None]


def test_the_window_comes_to_rest() -> None:
    window = Moving(make("othello"))
    assert not window.frame()
    window.play("d3")
    drawn = sum(window.frame() for _ in range(120))
    assert 10 < drawn < 60
    assert not window.frame()


def test_animations_can_be_switched_off_while_something_moves() -> None:
    window = Moving(make("othello"))
    window.play("d3")
    assert window.frame()
    window.app.context.settings.animations = False
    window.frame()
    assert not window.frame()
    window.play("c3")
    assert not window.frame()
    window.app.context.settings.animations = True
    window.frame()
    window.play("c4")
    assert window.frame()


def test_an_illegal_click_shakes_and_says_why() -> None:
    window = Moving(make("othello"))
    window.click((0, 0))
    assert window.screen.status == "Not a legal move. Player 1 to move"
    assert window.frame()
    assert window.screen.scene().refused == (0, 0)
    window.play("d3")
    assert window.moves == "d3"


@pytest.mark.parametrize("name", ["connect4", "tictactoe", "othello:6", "hex:4", "breakthrough:4x4", "gomoku:5x5x4"])
def test_whole_games_from_the_other_side(name: str) -> None:
    game = make(name)
    window = Window(game, None, None)
    window.screen.flipped = True
    window.step()
    while not window.session.history.done:
        state = window.session.history.state
        window.play(game.move_name(int(game.legal(state)[0].nonzero()[-1]), state))
    assert window.session.situation().startswith("Game over")


@pytest.mark.parametrize(("name", "key", "column"), [("connect4", pygame.K_RIGHT, 2), ("othello", pygame.K_RIGHT, 3)])
def test_arrows_follow_the_screen(name: str, key: int, column: int) -> None:
    window = Window(make(name), None, None)
    window.screen.flipped = True
    window.press_key(key)
    window.press_key(key)
    assert window.screen.scene().cursor is not None
    assert window.screen.scene().cursor == (window.screen.layout.grid.rows // 2, column)


def test_hover_over_a_pawn_shows_where_it_may_go() -> None:
    window = Window(make("breakthrough:5x6"), None, None)
    window.hover(4, 0)
    assert window.screen.scene().reach == {(3, 0), (3, 1)}
    window.hover(3, 0)
    assert window.screen.scene().reach == frozenset()


def test_hover_shows_which_stones_would_turn() -> None:
    window = Window(make("othello"), None, None)
    window.hover(2, 3)
    assert window.screen.scene().turned == {(3, 3)}
    window.hover(0, 0)
    assert window.screen.scene().turned == frozenset()


def test_the_game_of_the_documentation_has_a_board_without_code() -> None:
    written: dict[str, Any] = {}
    text = (ROOT / "docs" / "your-own-game.md").read_text(encoding="utf-8")
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "class Misere" in block)
    exec(code, written)
    window = Window(written["Misere"](), None, None, size=(800, 600))
    scene = window.screen.scene()
    assert scene.board.kind is Kind.LINES
    window.hover(0, 0)
    assert window.screen.scene().ghost == ((0, 0), 0)
    window.play("a1 b2 a2 c3 a3")
    assert window.session.situation() == "Game over: Player 2 wins"
