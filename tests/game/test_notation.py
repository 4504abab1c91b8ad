"""Moves, move lists and positions as text: what is understood and how the rest is refused."""

from __future__ import annotations

import pytest

from game import IllegalMoveError, NotationError, UsageError, make, moves_text, parse_moves
from game.notation import move_lists, replay, replay_text, split_moves


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
    start = game.initial(1)
    names = " ".join(game.move_name(action, start) for action in range(9))
    assert names == "a3 b3 c3 a2 b2 c2 a1 b1 c1"
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
        ("othello", "f5d9", "'d9' in 'f5d9' starts with no othello move: moves look like a1"),
        ("othello:6", "pas", "'pas' in 'pas' starts with no othello:6 move: moves look like a1"),
        ("hex:5", "a5a6", "'a6' in 'a5a6' starts with no hex:5 move: moves look like a1"),
        ("hex:5", "swap-pieces", "'swap-pieces' in 'swap-pieces' starts with no hex:5 move: moves look like a1"),
        ("hex:5+swap", "a1 swap", "'swap' in 'a1 swap' starts with no hex:5+swap move: moves look like a1"),
        ("breakthrough", "a2a3", "'a2a3' in 'a2a3' starts with no breakthrough move: moves look like b1-a2"),
        ("gomoku", "h8 a16", "'6' in 'h8 a16' starts with no gomoku move: moves look like a15"),
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
        ("othello", "f5f5", "move 2 of 'f5f5': f5 is not legal here: the legal moves are f4, d6, f6"),
        ("hex:3", "a1a1", "move 2 of 'a1a1': a1 is not legal here: the legal moves are b1, c1, a2, b2, c2, a3, b3, c3"),
        (
            "breakthrough:4x4",
            "a2-a3",
            "move 1 of 'a2-a3': a2-a3 is not legal here: the legal moves are b2xa3, c2xb3, d2xc3, a2xb3, b2xc3, c2xd3",
        ),
        (
            "gomoku:9x9x5",
            "a1a1",
            "move 2 of 'a1a1': a1 is not legal here: the legal moves are a9, b9, c9, d9, e9, f9, g9, h9, i9, a8, b8, "
            "c8, d8, e8, f8, g8, h8, i8, a7, b7, c7, d7, e7, f7, ... (80 in all)",
        ),
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
        make(name).parse_move(text, make(name).initial(1))
    assert repr(text) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, UsageError)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("tictactoe", "X . .\n. . .", "found 2 board rows of 3 cells, expected 3: one line per row"),
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


def test_many_games_are_replayed_at_once() -> None:
    game = make("connect4")
    texts = ["4455667", "", "44"]
    lists = [parse_moves(game, text).actions for text in texts]
    assert lists == [[3, 3, 4, 4, 5, 5, 6], [], [3, 3]]
    final = replay(game, lists)
    assert replay_text(game, texts).equal(final)
    assert move_lists(game, lists) == texts
    for row, text in enumerate(texts):
        assert final[row].equal(parse_moves(game, text).state)
    assert len(replay(game, [])) == len(replay_text(game, [])) == 0
    assert move_lists(game, []) == []


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["1", "4444444"], None, "game 2: move 7, 4, is not legal"),
        (["1", "4444444"], ["line 5", "line 9"], "line 9: move 7, 4, is not legal"),
        (["12121211"], None, "game 1: move 8, 1, is not legal"),
    ],
)
def test_an_illegal_move_in_many_games_is_told_with_its_game(
    texts: list[str], labels: list[str] | None, message: str
) -> None:
    game = make("connect4")
    with pytest.raises(IllegalMoveError) as caught:
        replay_text(game, texts, labels)
    assert str(caught.value) == message
    with pytest.raises(IllegalMoveError) as caught:
        replay(game, [[int(digit) - 1 for digit in text] for text in texts], labels)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "texts", "message"),
    [
        ("connect4", ["1", "18"], "game 2: '8' in '18' starts with no connect4 move: moves look like 1"),
        (
            "breakthrough",
            ["a2-a3", "a2-a3 b2-b3"],
            "game 2: move 2: 'b2-b3' is not a move of O, whose stones go one row down",
        ),
    ],
)
def test_a_garbled_move_in_many_games_is_told_with_its_game(name: str, texts: list[str], message: str) -> None:
    with pytest.raises(NotationError) as caught:
        replay_text(make(name), texts)
    assert str(caught.value) == message


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
