"""Hex: who has joined the edges, whatever the order of the stones, and the swap rule."""

from __future__ import annotations

import itertools
import random
from textwrap import dedent

import pytest
import torch

from game import IllegalMoveError, NotationError, make, parse_moves
from game.notation import replay
from tests.game.slow_rules import SlowHex
from tests.helpers import cautious, moves_of_games, stones

SIZES = [3, 5, 11, 12, 19]  # from 12 on a cell takes two bytes


def played_out(size: int, boards: list[tuple[list[int], list[int]]]) -> list[str]:
    """Who has won, X or O, when these cells of X and of O are filled in turn, in this order."""
    game = make(f"hex:{size}")
    orders = torch.tensor(
        [[cells[ply % 2][ply // 2] for ply in range(size * size)] for cells in boards], dtype=torch.int64
    )
    state = game.initial(len(boards))
    for ply in range(size * size):
        assert bool(game.legal(state).gather(1, orders[:, ply : ply + 1]).squeeze(1)[~state.done].all())
        state = game.step(state, orders[:, ply])
    assert bool(state.done.all())
    assert bool((state.reward == 1).all()), "a draw"
    return ["OX"[int(ply) % 2] for ply in state.ply]


def assert_one_winner(size: int, boards: list[tuple[list[int], list[int]]]) -> None:
    """On the full board just one side has joined its edges, and it is the one that won when the game was played."""
    for winner, (first, second) in zip(played_out(size, boards), boards, strict=True):
        full = SlowHex(size, swap=False)
        for sign, cells in (("X", first), ("O", second)):
            for cell in cells:
                full.cells[cell // size][cell % size] = sign
        assert [sign for sign in "XO" if full.chain(sign)] == [winner]


@pytest.mark.parametrize("size", [3, 4])
def test_every_full_board_has_exactly_one_winner(size: int) -> None:
    """All 126 boards of 3 x 3 and all 12870 of 4 x 4, filled in a random order."""
    draw = random.Random(size)
    cells = range(size * size)
    boards = []
    for first in itertools.combinations(cells, (size * size + 1) // 2):
        second = [cell for cell in cells if cell not in first]
        boards.append((draw.sample(first, len(first)), draw.sample(second, len(second))))
    assert len(boards) == {3: 126, 4: 12870}[size]
    assert_one_winner(size, boards)


@pytest.mark.parametrize("size", [5, 8, 11, 12, 13, 19])
def test_random_full_boards_have_exactly_one_winner(size: int) -> None:
    draw = random.Random(size)
    boards = []
    for _ in range(40):
        order = draw.sample(range(size * size), size * size)
        boards.append((order[0::2], order[1::2]))
    assert_one_winner(size, boards)


@pytest.mark.parametrize("size", SIZES)
def test_the_order_of_the_stones_leaves_no_trace(size: int) -> None:
    """Nearly full boards, stone by stone in another order: the same state, labels of groups and all."""
    game = make(f"hex:{size}")
    draw = random.Random(size)
    lists = [moves[:-1] for moves in moves_of_games(game, 3, 12)]
    shuffled = []
    for moves in lists:
        first, second = (draw.sample(part, len(part)) for part in (moves[0::2], moves[1::2]))
        shuffled.append([(first, second)[ply % 2][ply // 2] for ply in range(len(moves))])
    assert shuffled != lists
    assert replay(game, shuffled).equal(replay(game, lists))


@pytest.mark.parametrize("name", ["hex:7", "hex:13"])
@pytest.mark.parametrize("ring", ["d3 e3 e4 d5 c5 c4 d4", "d4 d3 e3 e4 d5 c5 c4"])
def test_a_stone_amid_six_of_its_own_is_of_their_group(name: str, ring: str) -> None:
    """Put first or last, it is the same position."""
    game = make(name)
    answers = ["a1", "b1", "a2", "b2", "a3", "b3"]
    moves = list(itertools.chain.from_iterable(itertools.zip_longest(ring.split(), answers)))
    found = parse_moves(game, " ".join(move for move in moves if move)).state
    by_text = game.parse_position(game.render(found))
    other = parse_moves(game, "e3 a1 d3 b1 d4 a2 c5 b2 e4 a3 d5 b3 c4").state
    assert torch.equal(game.key(found), game.key(other))
    assert found.equal(other)
    assert by_text.equal(other)


def test_top_and_bottom_are_the_first_player_s_edges() -> None:
    game = make("hex:3")
    history = parse_moves(game, "b1 a1 b2 a3 b3")
    assert game.render(history.state) == "\n".join(
        [
            "1 O X .",
            " 2 . X .",
            "  3 O X .",
            "     a b c",
            "X has won",
        ]
    )
    assert (history.done, history.winner) == (True, 0)
    assert game.winning_cells(history.state)[0].nonzero().tolist() == [[0, 1], [1, 1], [2, 1]]


def test_left_and_right_are_the_second_player_s_edges() -> None:
    game = make("hex:3")
    history = parse_moves(game, "a1 a3 c3 b2 b3 c1")
    assert (history.done, history.winner) == (True, 1)
    assert game.winning_cells(history.state)[0].nonzero().tolist() == [[0, 2], [1, 1], [2, 0]]


def test_cells_on_the_falling_diagonal_are_no_neighbours() -> None:
    assert not parse_moves(make("hex:3"), "a1 a2 b2 a3 c3").done


def test_neither_edge_alone_nor_the_other_side_s_edges_win() -> None:
    game = make("hex:3")
    assert not parse_moves(game, "a1 a2 b1 b2 c1").done  # X along the top
    assert not parse_moves(game, "b2 a1 c2 a2 c3 a3").done  # O along the left


def test_a_winning_group_without_its_dead_ends_is_shown_whole() -> None:
    """The stones that hang together from edge to edge, not a shortest path; stones that stand apart are none of it."""
    game = make("hex:4")
    state = parse_moves(game, "a1 b1 a2 c1 a3 d1 d4 d2 b3 b2 a4").state
    assert bool(state.done)
    cells = {f"{'abcd'[column]}{row + 1}" for row, column in game.winning_cells(state)[0].nonzero().tolist()}
    assert cells == {"a1", "a2", "a3", "a4", "b3"}


def test_long_games_fill_the_board() -> None:
    """The last cell of all decides: 25 plies on 5 x 5."""
    game = make("hex:5")
    moves = moves_of_games(game, 2, 40, cautious)
    assert max(map(len, moves)) == game.max_plies == 25


# The swap rule


@pytest.mark.parametrize("name", ["hex:5+swap", "hex:13+swap"])
def test_the_swap_makes_the_first_stone_the_second_player_s_own_mirrored(name: str) -> None:
    game = make(name)
    size = game.observation_shape[1]
    swap = size * size
    first = torch.arange(size * size)
    one = game.step(game.initial(size * size), first)
    assert bool(game.legal(one)[:, swap].all())
    two = game.step(one, torch.full((size * size,), swap))
    planes = stones(game, two)
    mirrored = (first % size) * size + first // size
    assert not bool(planes[:, 0].any())
    assert torch.equal(planes[:, 1].flatten(1).float().argmax(1), mirrored)
    assert bool((planes[:, 1].flatten(1).sum(1) == 1).all())
    assert two.ply.tolist() == [2] * len(two)
    assert not bool(two.done.any())
    # As if the second player had put a stone there, which only a diagram can say.
    for cell in (0, 1, size, size * size - 2):
        rows = [["."] * size for _ in range(size)]
        rows[int(mirrored[cell]) // size][int(mirrored[cell]) % size] = "O"
        text = "\n".join(" ".join(row) for row in rows) + "\nX to move, ply 2"
        assert game.parse_position(text).equal(two[cell])


def test_the_swap_is_the_second_move_or_none() -> None:
    game = make("hex:5+swap")
    lists = moves_of_games(game, 8, 200)
    assert {ply for moves in lists for ply, move in enumerate(moves) if move == 25} == {1}
    for text in ("swap-pieces", "a1 b2 swap-pieces", "a1 swap-pieces swap-pieces", "a1 swap-pieces b2 swap-pieces"):
        with pytest.raises(IllegalMoveError, match="swap-pieces is not legal"):
            parse_moves(game, text)
    assert make("hex:5").num_actions == 25


def test_with_a_swap_the_game_is_one_ply_longer() -> None:
    game = make("hex:3+swap")
    text = "a2 swap-pieces a1 b2 c3 a3 b3"
    history = parse_moves(game, text)
    assert game.render(history.state) == "\n".join(
        ["1 X O .", " 2 . O .", "  3 O X X", "     a b c", "O to move, ply 7"]
    )
    assert game.max_plies == game.num_actions == 10
    history.push(game.parse_move("a2", history.state))
    assert not history.done
    history.push(game.parse_move("c2", history.state))
    history.push(game.parse_move("c1", history.state))
    assert (history.done, history.winner, int(history.state.ply)) == (True, 1, 10)


def test_without_the_ply_a_position_is_taken_as_unswapped_if_it_can_be() -> None:
    game = make("hex:3+swap")

    def ply_of(*rows: str) -> int:
        return int(game.parse_position("\n".join(rows)).ply)

    assert ply_of("X O .", ". . .", ". . .") == 2
    assert ply_of("X O .", ". . .", ". . .", "X to move") == 2
    assert ply_of("X O .", ". . .", ". . .", "O to move") == 3
    assert ply_of("X O .", ". . .", ". . .", "O to move, ply 3") == 3
    assert ply_of(". O .", ". . .", ". . .") == 2
    assert ply_of("X O .", ". O .", ". . .") == 4


@pytest.mark.parametrize("name", ["hex:4+swap", "hex:7+swap"])
def test_whose_move_it_is_makes_another_position(name: str) -> None:
    """Of the same stones, and of swapped ones, which join other edges; below and above the size of exact keys."""
    game = make(name)
    games = ["a1 b1", "a2 swap-pieces a1", "b1 a1", "a1 swap-pieces b1"]
    states = [parse_moves(game, moves).state for moves in games]
    assert torch.equal(stones(game, states[0]), stones(game, states[1]))
    assert torch.equal(stones(game, states[2]), stones(game, states[3]))
    assert torch.equal(stones(game, states[0]), stones(game, states[2]).flip(1))
    assert len({int(game.key(state)) for state in states}) == 4


# Text


def test_cells_are_named_as_in_a_spreadsheet() -> None:
    game = make("hex:19")
    start = game.initial(1)
    assert [game.parse_move(name, start) for name in ("a1", "b1", "a2", "s1", "a19", "s19")] == [0, 1, 19, 18, 342, 360]
    assert parse_moves(game, "a1a19a2s19b1").actions == [0, 342, 19, 360, 1]


@pytest.mark.parametrize("text", ["", "a0", "a12", "l1", "A1", "a1 ", "1a", "a01", "a\u0661", "swap-pieces", "pass"])
def test_text_that_is_no_move_is_refused(text: str) -> None:
    with pytest.raises(NotationError, match=r"is not a move of hex: give a cell, a1 \(top left\) to k11$"):
        make("hex").parse_move(text, make("hex").initial(1))


def test_the_swap_is_offered_where_there_is_one() -> None:
    game = make("hex:5+swap")
    with pytest.raises(NotationError, match=r"a1 \(top left\) to e5, or swap-pieces$"):
        game.parse_move("swap", game.initial(1))


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("hex:3", "O . .\n. . .\n. . .", "0 X and 1 O do not fit"),
        ("hex:3", "X X .\n. . .\n. . .", "2 X and 0 O do not fit"),
        ("hex:3", "X O .\n. . .\n. . .\nO to move", "1 X and 1 O do not fit"),
        ("hex:3+swap", "O O .\n. . .\n. . .", "0 X and 2 O do not fit"),
        ("hex:3+swap", "O . .\n. . .\n. . .\nO to move", "0 X and 1 O do not fit"),
        ("hex:3+swap", "O . .\n. . .\n. . .\nX to move, ply 1", "0 X and 1 O do not fit"),
        ("hex:3", "X O .\nX O .\nX O .", "3 X and 3 O do not fit"),  # X has won, so X has moved last
        ("hex:3", "X O .\nX O .\nX . .\nO to move", "the text says whose move it is, but the game is over"),
        ("hex:3", "X O .\nX O .\nX . .\nO has won", "the text says otherwise who has won"),
        ("hex:3", "X O .\nX O .\n. . .\nX has won", "the text says that the game is over, but it is not"),
        ("hex:3", "X O .\nX O .\n. . .\nX to move, ply 6", "2 X and 2 O do not fit"),
        ("hex:3", "X O . .\n" * 3, "found 0 board rows of 3 cells, expected 3"),
    ],
)
def test_positions_that_cannot_be_are_refused(name: str, rows: str, message: str) -> None:
    with pytest.raises(NotationError) as caught:
        make(name).parse_position(dedent(rows))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
