"""Published counts of move sequences and of positions.

Move sequences: the usual perft tables of the two games. Those of tic-tac-toe follow from its 255168 games.
Positions: tic-tac-toe 5478 in all; Connect Four https://oeis.org/A212693 (S. Edelkamp and P. Kissmann, J. Tromp).
"""

from __future__ import annotations

import pytest
import torch

from game import make, names, parse_moves
from game.perft import divide, perft

PERFT = {
    "tictactoe": [1, 9, 72, 504, 3024, 15120, 54720, 148176, 200448, 127872, 0],
    "connect4": [1, 7, 49, 343, 2401, 16807, 117649, 823536, 5673234],
}
POSITIONS = {
    "tictactoe": [1, 9, 72, 252, 756, 1260, 1520, 1140, 390, 78, 0],
    "connect4": [1, 7, 49, 238, 1120, 4263, 16422, 54859, 184275],
}


@pytest.mark.parametrize("name", names())
def test_perft(name: str) -> None:
    game = make(name)
    assert [perft(game, depth) for depth in range(len(PERFT[name]))] == PERFT[name]


@pytest.mark.parametrize("name", names())
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


def test_tictactoe_has_255168_games() -> None:
    game = make("tictactoe")
    ended, state = 0, game.initial(1)
    while len(state):
        children, valid = game.children(state)
        state = children[valid.flatten()]
        ended += int(state.done.sum())
    assert ended == 255168


@pytest.mark.parametrize("name", names())
def test_divide_sums_to_perft(name: str) -> None:
    game = make(name)
    for depth in range(1, 6):
        counts = divide(game, depth)
        assert list(counts) == list(range(game.num_actions))
        assert sum(counts.values()) == PERFT[name][depth]
        for move, count in counts.items():
            after = game.step(game.initial(1), torch.tensor([move]))
            assert perft(game, depth - 1, after) == count
    mirrored = divide(game, 4)
    for symmetry in game.symmetries:
        assert [mirrored[a] for a in symmetry.actions.tolist()] == list(mirrored.values())


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
