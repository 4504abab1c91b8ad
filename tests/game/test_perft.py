"""Published counts of move sequences and of positions.

Move sequences ("perft"): tic-tac-toe's follow from its 255168 games; Connect Four's are the usual table; Othello's on
8 x 8 are A. Bik's, https://aartbik.blogspot.com/2009/02/perft-for-reversi.html, where a pass counts as a move; those of
Breakthrough on 8 x 8, Hex and Gomoku are those of the tests of RGCompiler (Regular Games). The smaller boards of
Breakthrough and Othello were counted by an independent program in C, and by the slow rules here. Positions:
tic-tac-toe 5478 in all; Connect Four https://oeis.org/A212693 (S. Edelkamp and P. Kissmann, J. Tromp).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import torch

from game import Game, make, parse_moves
from game.perft import divide, perft
from tests.game.slow_rules import SlowBoard, slow_board

PERFT = {
    "tictactoe": [9, 72, 504, 3024, 15120, 54720, 148176, 200448, 127872, 0],
    "connect4": [7, 49, 343, 2401, 16807, 117649, 823536, 5673234],
    "othello": [4, 12, 56, 244, 1396, 8200, 55092, 390216, 3005288],
    "breakthrough": [22, 484, 11132, 256036, 6182818],
    "breakthrough:6x6": [16, 256, 4308, 71478, 1248290],
    "breakthrough:5x6": [13, 169, 2331, 31545, 453608],
    "breakthrough:5x5": [13, 156, 1924, 23084, 289828, 3538840],
    "hex": [121, 14520, 1727880],
    "hex:9": [81, 6480, 511920, 39929760],
    "gomoku": [225, 50400, 11239200],
    "gomoku:3x3x3": [9, 72, 504, 3024, 15120, 54720, 148176, 200448, 127872, 0],
}
# Two tables that go on counting a game that is over, once at every greater depth.
PERFT_WITH_FINISHED_GAMES = {
    "othello:4": [4, 12, 44, 128, 424, 1256, 3624, 9116, 20044, 36540, 50704, 57436, 59564],
    "othello:6": [4, 12, 56, 244, 1364, 7604, 47740, 308716, 2114912],
}
POSITIONS = {
    "tictactoe": [1, 9, 72, 252, 756, 1260, 1520, 1140, 390, 78, 0],
    "connect4": [1, 7, 49, 238, 1120, 4263, 16422, 54859, 184275],
}


def assert_perft(game: Game[Any], depth: int, expected: int) -> None:
    """On a mismatch say how many sequences begin with each move, to compare with another generator's."""
    counts = divide(game, depth)
    found = sum(counts.values())
    if found != expected:
        start = game.initial(1)
        by_move = ", ".join(f"{game.move_name(action, start)} {count}" for action, count in counts.items())
        pytest.fail(f"{game.name} perft {depth} is {found}, expected {expected}: {by_move}")


def test_a_wrong_count_is_told_move_by_move() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"tictactoe perft 2 is 72, expected 71: a3 8, b3 8, .*c1 8$"):
        assert_perft(make("tictactoe"), 2, 71)


@pytest.mark.parametrize("name", PERFT)
def test_perft(name: str) -> None:
    game = make(name)
    assert perft(game, 0) == 1
    for depth, expected in enumerate(PERFT[name], start=1):
        assert_perft(game, depth, expected)


@pytest.mark.slow
@pytest.mark.parametrize(("depth", "expected"), [(9, 39394572), (10, 268031646)])
def test_deep_perft_of_connect4(depth: int, expected: int) -> None:
    assert_perft(make("connect4"), depth, expected)


def finished_games(game: Game[Any], depth: int) -> list[int]:
    """How many sequences of each length up to `depth` end the game with their last move."""
    ended, state = [], game.initial(1)
    for _ in range(depth):
        rows, actions = game.legal(state).nonzero().unbind(1)
        state = game.step(state[rows], actions)
        ended.append(int(state.done.sum()))
        state = state[~state.done]
    return ended


def slowly_counted(name: str, depth: int) -> tuple[list[int], list[int]]:
    """Sequences of each length and games that end there, by the slow rules: position by position, not one by one."""

    def board_of(cells: tuple[str, ...], ply: int) -> SlowBoard:
        board = slow_board(name)
        board.cells, board.moves = [list(row) for row in cells], [0] * ply
        return board

    start = tuple("".join(row) for row in slow_board(name).cells)
    level = Counter({start: 1})
    sequences, ended = [], []
    for ply in range(depth):
        after: Counter[tuple[str, ...]] = Counter()
        ended.append(0)
        for cells, count in level.items():
            board = board_of(cells, ply)
            for action in board.legal_actions():
                board.push(action)
                if board.over:
                    ended[-1] += count
                else:
                    after[tuple("".join(row) for row in board.cells)] += count
                board.pop()
        sequences.append(after.total() + ended[-1])
        level = after
    return sequences, ended


@pytest.mark.parametrize("name", PERFT_WITH_FINISHED_GAMES)
def test_perft_of_small_othello(name: str) -> None:
    """Ours counts no finished game again; the tables do: the difference must be the games that have ended before."""
    game = make(name)
    table = PERFT_WITH_FINISHED_GAMES[name]
    ended = finished_games(game, len(table) - 1)
    for depth, published in enumerate(table, start=1):
        assert_perft(game, depth, published - sum(ended[: depth - 1]))
    assert sum(ended) > 0 or name == "othello:6"  # where that takes longer games


# Sequences of each length from 1 on, and games that end there, by the slow rules; no game has more than 17 plies.
SLOWLY_COUNTED_4X4 = (
    [4, 12, 44, 128, 424, 1256, 3624, 9112, 20032, 36412, 50268, 55112, 31396, 12920, 3416, 612, 48],
    [0, 0, 0, 0, 0, 0, 4, 8, 116, 308, 1888, 25844, 18892, 9584, 2804, 564, 48],
)


def test_othello_on_4x4_has_60060_games() -> None:
    """All of them, ply by ply."""
    game = make("othello:4")
    sequences, ended = SLOWLY_COUNTED_4X4
    assert sum(ended) == 60060
    assert finished_games(game, len(ended)) == ended
    for depth, count in enumerate(sequences, start=1):
        assert_perft(game, depth, count)


@pytest.mark.parametrize("plies", [8, pytest.param(17, marks=pytest.mark.slow)])
def test_the_slow_rules_count_the_same(plies: int) -> None:
    assert slowly_counted("othello:4", plies) == tuple(counts[:plies] for counts in SLOWLY_COUNTED_4X4)


@pytest.mark.parametrize("name", POSITIONS)
def test_distinct_positions_of_each_ply(name: str) -> None:
    game = make(name)
    state, counts = game.initial(1), [1]
    for _ in POSITIONS[name][1:]:
        children, valid = game.children(state)
        reached = children[valid.flatten()]
        # One row of each key: sorting brings equal keys together.
        keys, order = game.key(reached).sort()
        first = torch.ones(len(keys), dtype=torch.bool)
        first[1:] = keys[1:] != keys[:-1]
        state = reached[order[first]]
        counts.append(len(state))
    assert counts == POSITIONS[name]


@pytest.mark.parametrize("name", ["tictactoe", "gomoku:3x3x3"])
def test_tictactoe_has_255168_games(name: str) -> None:
    game = make(name)
    assert sum(finished_games(game, game.max_plies)) == 255168


@pytest.mark.parametrize("name", ["tictactoe", "connect4", "othello", "hex:4+swap", "breakthrough:5x6", "gomoku:5x4x4"])
def test_divide_sums_to_perft(name: str) -> None:
    game = make(name)
    start = game.initial(1)
    for depth in range(1, 4):
        counts = divide(game, depth)
        assert list(counts) == game.legal(start)[0].nonzero().flatten().tolist()
        assert sum(counts.values()) == perft(game, depth)
        for move, count in counts.items():
            assert perft(game, depth - 1, game.step(start, torch.tensor([move]))) == count
    by_action = [divide(game, 3).get(action, 0) for action in range(game.num_actions)]
    for symmetry in game.symmetries:
        assert [by_action[a] for a in symmetry.actions.tolist()] == by_action


def test_perft_from_a_position_counts_from_there() -> None:
    game = make("tictactoe")
    # X to move fills the last two cells or wins with c3:  X X .
    #                                                      O O X
    #                                                      X O .    (O to move after c1 wins nothing)
    state = parse_moves(game, "a3 b2 b3 a2 c2 b1 a1").state
    assert divide(game, 1, state) == {2: 1, 8: 1}
    assert divide(game, 2, state) == {2: 1, 8: 1}
    assert perft(game, 3, state) == 0


@pytest.mark.parametrize(("name", "text"), [("tictactoe", "a1 a2 b1 b2 c1"), ("connect4", "1212121")])
def test_no_sequence_goes_past_the_end(name: str, text: str) -> None:
    game = make(name)
    finished = parse_moves(game, text).state
    assert [perft(game, depth, finished) for depth in range(4)] == [1, 0, 0, 0]
    assert divide(game, 3, finished) == {}
