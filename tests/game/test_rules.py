"""Known positions, drawn: `*` marks the winning stones."""

from __future__ import annotations

import itertools
from textwrap import dedent
from typing import Any

import pytest
import torch

from game import Game, State, make, parse_moves
from game.bitboard import BitboardState

Cell = tuple[int, int]


def drawn(game: Game[Any], state: State) -> str:
    """The board of one position, top row first, with `*` for winning stones and no coordinates."""
    _, height, width = game.observation_shape
    rows = [line[2:].split() for line in game.render(state).splitlines()[:height]]
    won = game.winning_cells(state)[0].tolist()
    return "\n".join(" ".join("*" if won[r][c] else rows[r][c] for c in range(width)) for r in range(height))


def board(text: str) -> str:
    return dedent(text).strip()


WINS = {
    "column, bottom left": (
        "1212121",
        "X",
        """
        . . . . . . .
        . . . . . . .
        * . . . . . .
        * O . . . . .
        * O . . . . .
        * O . . . . .
        """,
    ),
    "column, top right": (
        "7177271727",
        "O",
        """
        . . . . . . *
        . . . . . . *
        . . . . . . *
        . . . . . . *
        X X . . . . X
        O X . . . . X
        """,
    ),
    "row, bottom left": (
        "51526364",
        "O",
        """
        . . . . . . .
        . . . . . . .
        . . . . . . .
        . . . . . . .
        . . . . X X .
        * * * * X X .
        """,
    ),
    "row, bottom right": (
        "4455667",
        "X",
        """
        . . . . . . .
        . . . . . . .
        . . . . . . .
        . . . . . . .
        . . . O O O .
        . . . * * * *
        """,
    ),
    "row, top left, with the last stone of all": (
        "672337411226157557332737552263564461414164",
        "O",
        """
        * * * * X X O
        O X X X O X O
        O X O X X O O
        X X X O X X X
        X O X X O O O
        O X O X O X O
        """,
    ),
    "row, top right, with the last stone of all": (
        "514473554615263272112773211653756346372644",
        "O",
        """
        X X X * * * *
        O X O X X O X
        O X O X O X X
        X O O X O O O
        X O X O X O X
        O X O X X O X
        """,
    ),
    "rising diagonal, bottom left": (
        "12233434464",
        "X",
        """
        . . . . . . .
        . . . . . . .
        . . . * . . .
        . . * X . . .
        . * X O . . .
        * O O O . O .
        """,
    ),
    "falling diagonal, bottom right": (
        "76655454424",
        "X",
        """
        . . . . . . .
        . . . . . . .
        . . . * . . .
        . . . X * . .
        . . . O X * .
        . O . O O O *
        """,
    ),
    "falling diagonal, top left": (
        "31231231126761322644461",
        "X",
        """
        * . . . . . .
        O * . . . . .
        X O * . . O .
        O O X * . O .
        X O O O . X .
        O X X X . X O
        """,
    ),
    "rising diagonal, top right": (
        "716557767754467652446",
        "X",
        """
        . . . . . . *
        . . . . . * O
        . . . O * O X
        . . . * X O X
        . . . X X O O
        O O . O O X X
        """,
    ),
    "double line, two diagonals": (
        "5453243252415",
        "X",
        """
        . . . . . . .
        . . . . . . .
        . . . . * . .
        . O . * * . .
        . O * O * . .
        O * O O * . .
        """,
    ),
    "double line, five in a row and a diagonal": (
        "47437126673165735",
        "X",
        """
        . . . . . . .
        . . . . . . .
        . . . . . . *
        . . O . . * O
        O . * * * * *
        O X O * O O O
        """,
    ),
    "triple line": (
        "2137537254642415162354",
        "O",
        """
        . . . . . . .
        . . . . . . .
        . X . * X . .
        X X * * * . .
        X * O * X * X
        * X X * X X *
        """,
    ),
}


@pytest.mark.parametrize("title", WINS)
def test_connect4_win(title: str) -> None:
    text, winner, expected = WINS[title]
    game = make("connect4")
    before, after = parse_moves(game, text[:-1]), parse_moves(game, text)
    assert drawn(game, after.state) == board(expected)
    assert game.render(after.state).endswith(f"{winner} has won")
    assert (before.done, after.done) == (False, True)
    assert (before.winner, after.winner) == (None, "XO".index(winner))
    assert int(after.state.reward) == 1
    assert not bool(game.winning_cells(before.state).any())
    assert not bool(game.legal(after.state).any())


def test_connect4_draw_on_a_full_board() -> None:
    game = make("connect4")
    text = "633452344752221335432571525474766167761116"
    before, after = parse_moves(game, text[:-1]), parse_moves(game, text)
    assert drawn(game, after.state) == board(
        """
        X O O O X O X
        O X X O X O O
        X O O X O X X
        O X X X O X X
        O O X O X O X
        X O O O X X O
        """
    )
    assert game.legal(before.state)[0].nonzero().tolist() == [[5]]
    assert (before.done, after.done, after.winner) == (False, True, None)
    assert int(after.state.reward) == 0
    assert game.render(after.state).endswith("a draw")
    assert not bool(game.legal(after.state).any())


def test_connect4_full_column() -> None:
    game = make("connect4")
    state = parse_moves(game, "44444422").state
    assert drawn(game, state) == board(
        """
        . . . O . . .
        . . . X . . .
        . . . O . . .
        . . . X . . .
        . O . O . . .
        . X . X . . .
        """
    )
    assert game.legal(state)[0].tolist() == [True, True, True, False, True, True, True]


def test_connect4_three_in_a_line_over_the_edge_is_no_win() -> None:
    game = make("connect4")
    # X holds 5, 6 and 7 of the bottom row and plays 1 of the second, where a board stored row by row goes on.
    state = parse_moves(game, "51627211").state
    assert drawn(game, state) == board(
        """
        . . . . . . .
        . . . . . . .
        . . . . . . .
        O . . . . . .
        X O . . . . .
        O O . . X X X
        """
    )
    assert not bool(state.done)


def dropped(cells: frozenset[Cell], last: Cell) -> BitboardState:
    """The mover completes `cells` (column, height) with `last`; the opponent's stones fill up what lies below."""
    below = {(column, h) for column, height in cells for h in range(height)} - cells
    own, opp = (sum(1 << 8 * column + height for column, height in part) for part in (cells - {last}, below))
    start: BitboardState = make("connect4").initial(1)
    before = BitboardState(start.ply, start.done, start.reward, torch.tensor([own]), torch.tensor([opp]))
    after: BitboardState = make("connect4").step(before, torch.tensor([last[0]]))
    assert int(after.opp) == own | 1 << 8 * last[0] + last[1]
    return after


def connect4_lines() -> set[frozenset[Cell]]:
    every = [
        frozenset((column + i * right, height + i * up) for i in range(4))
        for column in range(7)
        for height in range(6)
        for right, up in ((1, 0), (0, 1), (1, 1), (1, -1))
    ]
    return {line for line in every if all(0 <= column < 7 and 0 <= height < 6 for column, height in line)}


def droppable(cells: frozenset[Cell]) -> list[Cell]:
    """The cells that can be filled last: none of the others lies above."""
    return [cell for cell in cells if cell[1] == max(height for column, height in cells if column == cell[0])]


def test_connect4_each_of_the_69_lines_wins_whatever_stone_comes_last() -> None:
    lines = connect4_lines()
    assert len(lines) == 69
    for line in lines:
        for last in droppable(line):
            after = dropped(line, last)
            assert bool(after.done), line
            assert int(after.reward) == 1, line
            won = make("connect4").winning_cells(after)[0].nonzero().tolist()
            assert {(column, 5 - row) for row, column in won} == line


def test_connect4_nothing_wraps_around_in_any_layout_of_the_board() -> None:
    """Four cells at equal distance in memory, for columns of 6, 7 or 8 bits and for rows of 7, that are no line."""
    tried = 0
    for size, by_rows in ((6, False), (7, False), (8, False), (7, True)):
        for first, distance in itertools.product(range(64), (1, size - 1, size, size + 1)):
            places = [divmod(first + i * distance, size) for i in range(4)]
            cells = frozenset((low, high) if by_rows else (high, low) for high, low in places)
            inside = all(column < 7 and height < 6 for column, height in cells)
            if not inside or cells in connect4_lines():
                continue
            for last in droppable(cells):
                assert not bool(dropped(cells, last).done), cells
                tried += 1
    assert tried > 100


def test_tictactoe_exactly_the_8_lines_win() -> None:
    game = make("tictactoe")
    lines = {(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)}
    for cells in itertools.combinations(range(9), 3):
        for last in cells:
            start: BitboardState = game.initial(1)
            own = torch.tensor([sum(1 << cell for cell in cells if cell != last)])
            after = game.step(BitboardState(start.ply, start.done, start.reward, own, start.opp), torch.tensor([last]))
            assert bool(after.done) == (cells in lines), cells
            assert int(after.reward) == (cells in lines), cells
            won = game.winning_cells(after).flatten().nonzero().flatten().tolist()
            assert won == (list(cells) if cells in lines else [])


def test_tictactoe_win_in_five() -> None:
    game = make("tictactoe")
    history = parse_moves(game, "a3 b3 b2 c3 c1")
    assert drawn(game, history.state) == board(
        """
        * O O
        . * .
        . . *
        """
    )
    assert history.winner == 0


def test_tictactoe_win_of_the_second_player() -> None:
    game = make("tictactoe")
    history = parse_moves(game, "a1 a2 b1 b2 c3 c2")
    assert drawn(game, history.state) == board(
        """
        . . X
        * * *
        X X .
        """
    )
    assert history.winner == 1


def test_tictactoe_double_line_on_the_last_cell() -> None:
    game = make("tictactoe")
    history = parse_moves(game, "a1 a2 c3 b1 a3 b3 c1 c2 b2")
    assert drawn(game, history.state) == board(
        """
        * O *
        O * O
        * O *
        """
    )
    assert history.winner == 0


def test_tictactoe_draw() -> None:
    game = make("tictactoe")
    history = parse_moves(game, "a3 b3 c3 b2 b1 a1 a2 c2 c1")
    assert drawn(game, history.state) == board(
        """
        X O X
        X O O
        O X X
        """
    )
    assert (history.done, history.winner) == (True, None)
