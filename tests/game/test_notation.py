"""Moves, move lists and positions as text: what is understood and how the rest is refused."""

from __future__ import annotations

import pytest

from game import IllegalMoveError, NotationError, UsageError, make, moves_text, parse_moves
from game.notation import split_moves


def test_pons_digits() -> None:
    """The example of https://blog.gamesolver.org/solving-connect-four/02-test-protocol/."""
    game = make("connect4")
    history = parse_moves(game, "44455554221")
    assert history.actions == [3, 3, 3, 4, 4, 4, 4, 3, 1, 1, 0]
    assert moves_text(game, history.actions) == "44455554221"
    assert game.render(history.state) == "\n".join(
        [
            "  . . . . . . .",
            "  . . . . . . .",
            "  . . . O X . .",
            "  . . . X O . .",
            "  . O . O X . .",
            "  X X . X O . .",
            "  1 2 3 4 5 6 7",
            "O to move",
        ]
    )


def test_tictactoe_squares() -> None:
    game = make("tictactoe")
    assert [game.move_name(action) for action in range(9)] == ["a3", "b3", "c3", "a2", "b2", "c2", "a1", "b1", "c1"]
    assert game.render(parse_moves(game, "b2, a1 c3").state) == "\n".join(
        ["3 . . X", "2 . X .", "1 O . .", "  a b c", "O to move"]
    )


def test_no_moves_are_the_start() -> None:
    for text in ("", "   ", "\n"):
        history = parse_moves(make("connect4"), text)
        assert history.actions == []
        assert history.state.equal(make("connect4").initial(1))


@pytest.mark.parametrize("text", ["4 4 4", "4,4,4", "4, 4\t4 ", "444", " 444\n"])
def test_moves_may_be_separated(text: str) -> None:
    assert split_moves(make("connect4"), text) == ["4", "4", "4"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("connect4", "8", "'8' in '8' starts with no connect4 move: moves look like 1"),
        ("connect4", "44x4", "'x4' in '44x4' starts with no connect4 move: moves look like 1"),
        ("connect4", "4;4", "';4' in '4;4' starts with no connect4 move: moves look like 1"),
        ("connect4", "0", "'0' in '0' starts with no connect4 move: moves look like 1"),
        ("connect4", "4\u06644", "'\u06644' in '4\u06644' starts with no connect4 move: moves look like 1"),
        ("tictactoe", "b2 d1", "'d1' in 'b2 d1' starts with no tictactoe move: moves look like a3"),
        ("tictactoe", "b", "'b' in 'b' starts with no tictactoe move: moves look like a3"),
        ("tictactoe", "B2", "'B2' in 'B2' starts with no tictactoe move: moves look like a3"),
    ],
)
def test_garbled_move_lists_are_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        parse_moves(make(name), text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("connect4", "4444444", "move 7 of '4444444': 4 is not legal here: the legal moves are 1, 2, 3, 5, 6, 7"),
        ("connect4", "12121211", "move 8 of '12121211': the game is over: no move is legal"),
        (
            "tictactoe",
            "b2b2",
            "move 2 of 'b2b2': b2 is not legal here: the legal moves are a3, b3, c3, a2, c2, a1, b1, c1",
        ),
        ("tictactoe", "a1a2b1b2c1c2", "move 6 of 'a1a2b1b2c1c2': the game is over: no move is legal"),
    ],
)
def test_illegal_moves_are_refused_with_the_legal_ones(name: str, text: str, message: str) -> None:
    with pytest.raises(IllegalMoveError) as caught:
        parse_moves(make(name), text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        *(
            ("connect4", text, "give a column, 1 to 7")
            for text in ("0", "8", "", "44", "a", " 4", "\u0664", "-1", "4\n")
        ),
        *(("tictactoe", text, "give a column a to c and a row 1 to 3") for text in ("", "a", "a4", "d1", "1a", "a11")),
    ],
)
def test_garbled_moves_are_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(NotationError, match=message) as caught:
        make(name).parse_move(text)
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, UsageError)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("tictactoe", "X . .\n. . .", "found 2 board rows of 3 cells, expected 3: one line a row, X, O or . a cell"),
        ("tictactoe", "X . .\n. ? .\n. . .", "found 2 board rows of 3 cells, expected 3"),
        ("tictactoe", "X X .\n. . .\n. . .", "2 X and 0 O: X moves first, so X has as many stones or one more"),
        ("tictactoe", "O . .\n. . .\n. . .", "0 X and 1 O: X moves first"),
        ("tictactoe", "X X X\nO O .\nO . .", "X has a winning line and would still be to move: no game leads there"),
        ("tictactoe", "X X X\nO O O\n. . .", "X has a winning line and would still be to move: no game leads there"),
        ("tictactoe", "O O O\nX X .\nX X .", "O has a winning line and would still be to move: no game leads there"),
        ("connect4", ". . .\n" * 6, "found 0 board rows of 7 cells, expected 6"),
        ("connect4", "X . . . . . .\n" + ". . . . . . .\n" * 5, "column 1 has a stone above an empty cell"),
        (
            "connect4",
            ". . . . . . .\n" * 3 + ". . . . . . X\n. . . . . . .\n. . . . . . O\n",
            "column 7 has a stone above an empty cell",
        ),
    ],
)
def test_positions_that_cannot_be_are_refused(name: str, text: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        make(name).parse_position(text)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_positions_are_read_from_loosely_drawn_text() -> None:
    game = make("connect4")
    text = """
        Here is my game:
          .......
          .......
        .......
          ...O...
          ..OX...
          X.XXO..
        what now?
    """
    assert game.render(game.parse_position(text)).splitlines() == [
        "  . . . . . . .",
        "  . . . . . . .",
        "  . . . . . . .",
        "  . . . O . . .",
        "  . . O X . . .",
        "  X . X X O . .",
        "  1 2 3 4 5 6 7",
        "O to move",
    ]
