"""Breakthrough: where stones go, what they take, and how it ends."""

from __future__ import annotations

import itertools
import random

import pytest
import torch

from game import IllegalMoveError, NotationError, make, parse_moves
from game.bitboard import signed
from game.breakthrough import Breakthrough
from tests.game.slow_rules import SlowBreakthrough
from tests.helpers import cautious, hungry, moves_of_games, random_plies, stones

SIZES = [(8, 8), (4, 4), (5, 6), (7, 5), (8, 4), (4, 8)]  # columns, rows


def named(columns: int, rows: int) -> str:
    return make(f"breakthrough:{columns}x{rows}").name


def legal_names(name: str, text: str) -> set[str]:
    game = make(name)
    state = game.parse_position(text)
    return {game.move_name(action, state) for action in game.legal(state)[0].nonzero().flatten().tolist()}


def test_the_start() -> None:
    game = make("breakthrough:5x6")
    assert game.render(game.initial(1)) == "\n".join(
        [
            "6 O O O O O",
            "5 O O O O O",
            "4 . . . . .",
            "3 . . . . .",
            "2 X X X X X",
            "1 X X X X X",
            "  a b c d e",
            "X to move, ply 0",
        ]
    )


def test_stones_go_forward_straight_or_diagonally_and_take_diagonally_only() -> None:
    # b2 may not take b3, straight ahead; a3 and c3 it may.
    blocked = ". . . .\n. . . .\nO O O .\n. X . .\n. . . .\nX to move"
    assert legal_names("breakthrough:4x5", blocked) == {"b2xa3", "b2xc3"}
    free = ". . . .\n. . . O\n. . . .\n. X . .\n. . . .\nX to move"
    assert legal_names("breakthrough:4x5", free) == {"b2-a3", "b2-b3", "b2-c3"}


def test_own_stones_are_in_the_way() -> None:
    board = ". O . O\n. X X .\n. . X .\n. . X ."
    names = legal_names("breakthrough:4x4", f"{board}\nX to move, ply 6")
    # From the bottom up: c1 and c2, whose ways straight ahead are blocked, then b3 and c3.
    assert names == {"c1-b2", "c1-d2", "c2-d3", "b3-a4", "b3-c4", "c3xb4", "c3-c4", "c3xd4"}


def test_the_second_player_goes_down() -> None:
    board = ". . . O\n. O . .\nX X . .\n. X . ."
    names = legal_names("breakthrough:4x4", f"{board}\nO to move, ply 7")
    assert names == {"d4-c3", "d4-d3", "b3xa2", "b3-c2"}


def test_stones_at_the_edge_do_not_go_around_it() -> None:
    empty = ". . . . . . . ."
    left, right = "X . . . . . . .", ". . . . . . . O"
    first = "\n".join([right, *[empty] * 5, left, empty, "X to move"])
    assert legal_names("breakthrough", first) == {"a2-a3", "a2-b3"}
    second = "\n".join([empty, right, *[empty] * 5, left, "O to move"])
    assert legal_names("breakthrough", second) == {"h7-g6", "h7-h6"}


def test_the_far_row_wins() -> None:
    game = make("breakthrough:4x5")
    history = parse_moves(game, "a2-a3 c4-c3 a3xb4 c3xd2 b4xa5")
    assert (history.done, history.winner, int(history.state.ply)) == (True, 0, 5)
    assert game.winning_cells(history.state)[0].nonzero().tolist() == [[0, 0]]
    history = parse_moves(game, "a2-a3 c4-c3 a1-a2 c3xd2 a2-b3 d2xc1")
    assert (history.done, history.winner, int(history.state.ply)) == (True, 1, 6)
    assert game.winning_cells(history.state)[0].nonzero().tolist() == [[4, 2]]


@pytest.mark.parametrize(("mover", "move", "winner"), [("X", "b2xc3", 0), ("O", "c3xb2", 1)])
def test_taking_the_last_stone_wins(mover: str, move: str, winner: int) -> None:
    game = make("breakthrough:4x4")
    state = game.parse_position(f". . . .\n. . O .\n. X . .\n. . . .\n{mover} to move, ply {10 + winner}")
    after = game.step(state, torch.tensor([game.parse_move(move, state)]))
    assert bool(after.done)
    assert int(after.reward) == 1
    assert not bool(game.winning_cells(after).any())
    assert game.render(after).splitlines()[-1] == f"{'XO'[winner]} has won, ply {11 + winner}"
    assert not bool(game.legal(after).any())


def random_positions(columns: int, rows: int, count: int) -> list[SlowBreakthrough]:
    """Any stones anywhere, one a side at the least and none on its far row."""
    draw = random.Random(columns * rows)
    found: list[SlowBreakthrough] = []
    while len(found) < count:
        board = SlowBreakthrough(rows, columns)
        density = draw.random()
        board.cells = [
            [draw.choice("XO") if draw.random() < density else "." for _ in range(columns)] for _ in range(rows)
        ]
        board.cells[0] = ["." if sign == "X" else sign for sign in board.cells[0]]
        board.cells[-1] = ["." if sign == "O" else sign for sign in board.cells[-1]]
        board.moves = [0] * draw.randrange(2)
        if all(0 < board.count(sign) <= 2 * columns for sign in "XO"):
            found.append(board)
    return found


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_any_position_has_a_move_and_the_ones_of_the_slow_rules(columns: int, rows: int) -> None:
    """Positions that no game leads to as well: the foremost stone of either side can always go."""
    game = make(named(columns, rows))
    for board in random_positions(columns, rows, 60):
        text = "\n".join(" ".join(row) for row in board.cells)
        state = game.parse_position(f"{text}\n{board.sign_to_move} to move, ply {len(board.moves)}")
        assert game.legal(state)[0].tolist() == board.legal()
        assert any(board.legal())
        actions = board.legal_actions()
        after = game.step(state.repeat_interleave(len(actions)), torch.tensor(actions))
        for row, action in enumerate(actions):
            board.push(action)
            assert stones(game, after[row])[0].int().tolist() == [board.plane("X"), board.plane("O")]
            assert bool(after.done[row]) == board.over
            assert int(after.reward[row]) == int(board.over)
            board.pop()


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_every_move_is_a_row_forward_so_games_are_short(columns: int, rows: int) -> None:
    game = make(named(columns, rows))
    for choose in (cautious, hungry):
        plies = [len(moves) for moves in moves_of_games(game, 1, 30, choose)]
        assert max(plies) <= game.max_plies
    # Each of 2 * columns stones a side makes at most rows - 2 or rows - 3 moves before the last one of the game.
    assert game.max_plies == 2 * columns * (2 * rows - 5) + 1


def test_stones_are_only_ever_taken() -> None:
    game = make("breakthrough")
    states, _ = random_plies(game, 3, 50)
    for before, after in itertools.pairwise(states):
        was, now = (stones(game, state).flatten(2).sum(2) for state in (before, after))
        mover = (before.ply % 2).long()[:, None]
        assert torch.equal(was.gather(1, mover), now.gather(1, mover))
        assert bool(((was - now).sum(1) <= 1).all())


def test_the_top_right_cell_is_the_sign_bit() -> None:
    """h8, bit 63: a stone that moves from there or is taken there."""
    game = Breakthrough()
    state = game.parse_position(
        "\n".join([". . . . . . . O", ". . . . . . X X", *[". . . . . . . ."] * 6, "X to move"])
    )
    assert int(state.opp) == signed(1 << 63)
    taken = game.step(state, torch.tensor([game.parse_move("g7xh8", state)]))
    assert bool(taken.done)
    assert int(taken.own) == 0
    assert int(taken.opp) == signed(1 << 63 | 1 << 62)
    with pytest.raises(NotationError):
        game.parse_move("h7xi8", state)
    assert not bool(game.legal(state)[0, game.parse_move("h7-h8", state)])


@pytest.mark.parametrize(("columns", "rows"), [(4, 5), (8, 8)])
def test_whose_move_it_is_makes_another_position(columns: int, rows: int) -> None:
    """Of the same stones, and of swapped ones, which go the other way; below and above the size of exact keys."""
    game = make(named(columns, rows))
    lines = ["." * columns] * rows
    lines[rows // 2 - 1], lines[rows // 2] = "O".ljust(columns, "."), "X".rjust(columns, ".")
    board = "\n".join(lines)
    swapped = board.translate(str.maketrans("XO", "OX"))
    states = [game.parse_position(f"{text}\n{sign} to move") for text in (board, swapped) for sign in "XO"]
    assert len({int(game.key(state)) for state in states}) == 4


# Text


def test_moves_are_two_cells() -> None:
    game = make("breakthrough")
    history = parse_moves(game, "a2-a3 b7-b6, a3-a4b6-b5 a4xb5")
    last = history.states[-2]
    assert game.squares(history.actions[-1], last) == ((4, 0), (3, 1))
    assert game.move_name(history.actions[-1], last) == "a4xb5"
    # Whether a stone is taken need not be said.
    assert game.parse_move("a4-b5", last) == game.parse_move("a4xb5", last) == history.actions[-1]


@pytest.mark.parametrize("text", ["", "a2", "a2a3", "a2-a9", "i2-i3", "a2 a3", "A2-A3", "a2-a3 ", "a2>a3", "a0-a1"])
def test_text_that_is_no_move_is_refused(text: str) -> None:
    with pytest.raises(
        NotationError, match="is not a Breakthrough move: give two cells, such as a2-a3, or a2xb3 to take"
    ):
        make("breakthrough").parse_move(text, make("breakthrough").initial(1))


@pytest.mark.parametrize("text", ["a3-a2", "a2-a2", "a2-a4", "a2-c3", "a2-b2"])
def test_moves_that_no_stone_makes_are_refused(text: str) -> None:
    game = make("breakthrough")
    with pytest.raises(NotationError, match="is not a move of X, whose stones go one row up"):
        game.parse_move(text, game.initial(1))
    history = parse_moves(game, "a2-a3")
    with pytest.raises(NotationError, match="is not a move of O, whose stones go one row down"):
        game.parse_move("a7-a8", history.state)


def test_a_move_of_the_other_side_s_stone_is_illegal() -> None:
    with pytest.raises(
        IllegalMoveError, match=r"move 1 of 'a7-a8': a7-a8 is not legal here: the legal moves are b2-a3"
    ):
        parse_moves(make("breakthrough"), "a7-a8")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("O O O O\nO O O O\nO X . .\nX X X X", "a side has more than the 8 stones that it begins with"),
        ("X . . .\n. . . .\n. . . .\nO . . .", "both sides have won: no game leads there"),
        (". . . .\n. . . .\n. . . .\n. . . .", "both sides have won: no game leads there"),
        ("X . . .\n. O . .\n. . . .\n. . . .\nO to move", "the text says whose move it is, but the game is over"),
        ("X . . .\n. O . .\n. . . .\n. . . .\nO has won", "the text says otherwise who has won"),
        (". . . .\n. O . .\n. X . .\n. . . .\nX has won", "the text says that the game is over, but it is not"),
        (". . . .\n. O . .\n. X . .\n. . . .\nX to move, ply 3", "ply 3 does not fit"),
        (". . . .\n. O . .\n. X . .\n. . . .\nX to move, ply 26", "ply 26 does not fit"),
        ("X . . .\n. O . .\n. . . .\n. . . .\nX has won, ply 4", "ply 4 does not fit"),
        (". . . .\n" * 5, "found 5 board rows of 4 cells, expected 4"),
    ],
)
def test_positions_that_cannot_be_are_refused(rows: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        make("breakthrough:4x4").parse_position(rows)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
