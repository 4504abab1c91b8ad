"""Gomoku and m,n,k-games: exactly the lines of k or more win, wherever they lie and whichever stone comes last."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
import torch
from torch import Tensor

from game import Game, NotationError, make, parse_moves
from game.cells import CellsState
from game.gomoku import Gomoku
from tests.helpers import cautious, moves_of_games, random_plies

Line = tuple[int, ...]
# Up to k = 9 lines are looked up in a table; 5 and 9 are the longest of one and of two words of eight cells.
BOARDS = [
    (3, 3, 3),
    (5, 4, 4),
    (4, 5, 4),
    (7, 6, 4),
    (15, 15, 5),
    (19, 19, 5),
    (9, 8, 6),
    (9, 9, 9),
    (12, 11, 9),
    (19, 19, 10),
    (13, 19, 13),
    (19, 19, 17),
    (19, 19, 19),
    (6, 1, 3),
    (1, 6, 3),
    (4, 4, 2),
]
boards = pytest.mark.parametrize(("columns", "rows", "length"), BOARDS)


def lines_of(columns: int, rows: int, length: int) -> list[Line]:
    """The cells of every line of this length, in order."""
    found = []
    for row, column in itertools.product(range(rows), range(columns)):
        for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
            last_row, last_column = row + down * (length - 1), column + right * (length - 1)
            if 0 <= last_row < rows and 0 <= last_column < columns:
                found.append(tuple((row + down * i) * columns + column + right * i for i in range(length)))
    return found


def after_last(game: Gomoku, stones: list[tuple[Line, int]], seat: int, others: list[Line] | None = None) -> CellsState:
    """One row each: a seat holds these cells but for the last one named, which it then fills; the other holds others.

    Made by hand: most of these positions have too few stones of one side to come from a game.
    """
    board = torch.zeros(len(stones), game.initial(1).board.shape[1], dtype=torch.uint8)
    for row, (cells, last) in enumerate(stones):
        board[row, [cell for cell in cells if cell != last]] = 1 + seat
        if others is not None:
            board[row, list(others[row])] = 2 - seat
    ply = torch.full((len(stones),), seat, dtype=torch.int16)
    before = CellsState(ply=ply, done=ply < 0, reward=torch.zeros_like(ply, dtype=torch.int8), board=board)
    return game.step(before, torch.tensor([last for _, last in stones]))


def cells_won(game: Game[Any], state: CellsState) -> list[set[int]]:
    return [set(plane.flatten().nonzero().flatten().tolist()) for plane in game.winning_cells(state)]


def ended(state: CellsState) -> Tensor:
    """Rows that are over, which on these boards of few stones means won."""
    assert torch.equal(state.done, state.reward == 1)
    return state.done


@boards
@pytest.mark.parametrize("seat", [0, 1])
def test_each_line_wins_whatever_stone_comes_last(columns: int, rows: int, length: int, seat: int) -> None:
    game = Gomoku(columns, rows, length)
    lines = lines_of(columns, rows, length)
    stones = [(line, last) for line in lines for last in line]
    for start in range(0, len(stones), 4000):
        part = stones[start : start + 4000]
        after = after_last(game, part, seat)
        assert bool(ended(after).all())
        assert cells_won(game, after) == [set(line) for line, _ in part]


def test_there_are_as_many_lines_as_known() -> None:
    """69 fours on 7 x 6, 572 fives on 15 x 15."""
    assert len(lines_of(7, 6, 4)) == 69
    assert len(lines_of(15, 15, 5)) == 572


@boards
def test_one_stone_fewer_or_one_of_the_other_side_is_no_line(columns: int, rows: int, length: int) -> None:
    game = Gomoku(columns, rows, length)
    lines = lines_of(columns, rows, length)
    draw = random.Random(length)
    gaps: list[tuple[Line, int]] = []
    others: list[Line] = []
    for line in draw.sample(lines, min(len(lines), 300)):
        for missing in line:
            rest = tuple(cell for cell in line if cell != missing)
            gaps.append((rest, draw.choice(rest)))
            others.append((missing,))
    for seat in (0, 1):
        assert not bool(ended(after_last(game, gaps, seat)).any())
        assert not bool(ended(after_last(game, gaps, seat, others)).any())


@boards
def test_more_than_k_in_a_line_wins_as_well(columns: int, rows: int, length: int) -> None:
    game = Gomoku(columns, rows, length)
    for longer in (length + 1, 2 * length - 1):
        stones = [(line, line[length - 1]) for line in lines_of(columns, rows, longer)]
        if stones:
            after = after_last(game, stones, 0)
            assert bool(ended(after).all())
            assert cells_won(game, after) == [set(line) for line, _ in stones]


@boards
def test_nothing_wraps_around(columns: int, rows: int, length: int) -> None:
    """k cells at equal distance in memory, in rows or in columns, that are no line of the board."""
    game = Gomoku(columns, rows, length)
    lines = {frozenset(line) for line in lines_of(columns, rows, length)}
    stones = []
    for width, by_column in ((columns, False), (rows, True)):
        for first, distance in itertools.product(range(columns * rows), (1, width - 1, width, width + 1)):
            places = [first + i * distance for i in range(length)]
            if distance < 1 or places[-1] >= columns * rows:
                continue
            cells = [place % rows * columns + place // rows if by_column else place for place in places]
            if frozenset(cells) not in lines:
                stones += [(tuple(cells), last) for last in (cells[0], cells[length // 2], cells[-1])]
    assert stones or columns == 1 or rows == 1 or length == columns
    for start in range(0, len(stones), 4000):
        assert not bool(ended(after_last(game, stones[start : start + 4000], 0)).any())


def test_two_lines_at_once_are_shown_both() -> None:
    game = Gomoku(7, 7, 4)
    across, down = (21, 22, 23, 24), (3, 10, 17, 24)
    after = after_last(game, [((*across, *down), 24)], 1)
    assert cells_won(game, after) == [{*across, *down}]


def test_a_line_of_one_is_won_at_once() -> None:
    game = make("gomoku:4x4x1")
    after = game.step(game.initial(16), torch.arange(16))
    assert bool(after.done.all())
    assert bool((after.reward == 1).all())
    assert torch.equal(game.winning_cells(after).flatten(1), torch.eye(16, dtype=torch.bool))


def test_a_line_longer_than_the_board_cannot_be_won() -> None:
    game = make("gomoku:3x3x4")
    final = random_plies(game, 1, 50)[0][-1]
    assert final.ply.tolist() == [9] * 50
    assert bool(final.done.all())
    assert not bool(final.reward.any())


def test_the_last_cell_of_a_full_board_wins_or_draws() -> None:
    game = make("gomoku:5x4x4")
    final = random_plies(game, 2, 400, cautious)[0][-1]
    full = final[final.ply == 20]
    assert bool(full.done.all())
    assert {0, 1} == set(full.reward.tolist())
    assert torch.equal(game.winning_cells(full).flatten(1).any(1), full.reward == 1)


@pytest.mark.parametrize("name", ["gomoku", "gomoku:5x4x4", "gomoku:20x20x10"])
def test_the_order_of_the_stones_leaves_no_trace(name: str) -> None:
    game = make(name)
    draw = random.Random(4)
    for moves in moves_of_games(game, 4, 8):
        first, second = (draw.sample(part, len(part)) for part in (moves[:-1:2], moves[1:-1:2]))
        states = [game.initial(1), game.initial(1)]
        for ply, move in enumerate(moves[:-1]):
            states[0] = game.step(states[0], torch.tensor([move]))
            states[1] = game.step(states[1], torch.tensor([(first, second)[ply % 2][ply // 2]]))
        assert states[0].equal(states[1])


# Text


def test_rows_are_counted_from_the_bottom() -> None:
    game = make("gomoku")
    start = game.initial(1)
    assert [game.parse_move(name, start) for name in ("a15", "o15", "h8", "a1", "o1", "a9")] == [
        0,
        14,
        112,
        210,
        224,
        90,
    ]
    assert parse_moves(game, "h8i9h10a1a10").actions == [112, 98, 82, 210, 75]
    lines = game.render(parse_moves(game, "a1 o15").state).splitlines()
    assert lines[0] == "15 " + ". " * 14 + "O"
    assert lines[14] == " 1 X" + " ." * 14
    assert lines[15] == "   a b c d e f g h i j k l m n o"
    assert lines[16] == "X to move"


def test_five_in_a_row() -> None:
    game = make("gomoku")
    history = parse_moves(game, "h8 a1 i9 b1 g7 c1 f6 d1 j10")
    assert (history.done, history.winner) == (True, 0)
    assert cells_won(game, history.state) == [{112, 98, 126, 140, 84}]
    history = parse_moves(game, "h8 a1 i9 b1 g7 c1 f6 d1 o15 e1")
    assert (history.done, history.winner) == (True, 1)


@pytest.mark.parametrize("text", ["", "a", "a0", "a16", "p1", "A1", "1a", "a01", "h8 ", "h8h9", "a\u0661"])
def test_text_that_is_no_move_is_refused(text: str) -> None:
    with pytest.raises(NotationError, match=r"is not a move of gomoku: give a cell, a1 \(bottom left\) to o15$"):
        make("gomoku").parse_move(text, make("gomoku").initial(1))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("X X .\n. . .\n. . .", "2 X and 0 O: X moves first, so X has as many stones or one more"),
        ("X X X\nO O O\n. . .", "X has a winning line and would still be to move: no game leads there"),
        ("O O O\nX X .\nX X .", "O has a winning line and would still be to move: no game leads there"),
        ("X X X\nO O .\n. . .\nO to move", "the text says whose move it is, but the game is over"),
        ("X X X\nO O .\n. . .\na draw", "the text says otherwise who has won"),
        ("X X .\nO . .\n. . .\nX to move", "2 X and 1 O, so it is O to move"),
        ("X X .\nO . .\n. . .\nO to move, ply 5", "the stones tell of ply 3, the text says 5"),
    ],
)
def test_positions_that_cannot_be_are_refused(rows: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        make("gomoku:3x3x3").parse_position(rows)
    assert str(caught.value).startswith(message)
