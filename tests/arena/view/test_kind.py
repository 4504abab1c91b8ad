"""What kind of board a game is drawn on, found from its rules alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from arena.view.board import describe
from arena.view.kind import SIDE_NAMES, Kind, kind_of
from game.errors import QzeroError
from game.gomoku import Gomoku
from game.othello import Othello
from game.registry import make
from game.tictactoe import TicTacToe


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("connect4",), Kind.WELLS),
        (("othello:4", "othello:6", "othello"), Kind.FELT),
        (("hex:3", "hex", "hex:7+swap"), Kind.HEXAGONS),
        (("breakthrough:4x4", "breakthrough"), Kind.CHEQUERED),
        (("gomoku:5x5x4", "gomoku", "gomoku:19x19x5"), Kind.POINTS),
        (("tictactoe", "gomoku:4x4x3"), Kind.LINES),
    ],
)
def test_every_game_has_the_board_its_players_know(names: tuple[str, ...], kind: Kind) -> None:
    for name in names:
        board = describe(make(name))
        assert board.kind is kind
        assert board.side_names == SIDE_NAMES[kind]


class Standing(Gomoku):
    """Stones lie on the board from the start and never change sides."""

    def observe(self, state: Any, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        planes = super().observe(state, dtype)
        planes[:, 0, 0, 0] = 1
        return planes


class Named(TicTacToe):
    look = "felt"


class Mistaken(TicTacToe):
    look = "velvet"


class NotSlanted(TicTacToe):
    look = "hexagons"


def test_a_game_of_another_kind_lies_on_plain_squares() -> None:
    assert kind_of(Standing(7, 7, 4)) is Kind.SQUARES


def test_a_game_may_name_its_look() -> None:
    assert kind_of(Named()) is Kind.FELT


@pytest.mark.parametrize("game", [Mistaken(), NotSlanted()])
def test_a_look_that_does_not_go_with_the_game_is_refused_in_words(game: Any) -> None:
    with pytest.raises(QzeroError, match=f"look of tictactoe is '{game.look}', expected one of: wells, felt, "):
        kind_of(game)


def test_looking_at_a_game_draws_no_common_random_numbers() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    kind_of(Othello())
    assert torch.equal(torch.rand(3), expected)
