"""The batched rules beside slow rules on plain lists, ply by ply through random games."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from game import Game, State, make, names
from tests.helpers import SIGNS, SlowBoard


def slow_action(board: SlowBoard, draw: random.Random, avoid_winning: bool) -> int:
    """A random legal move; avoiding wins makes long games with full boards."""
    legal = [action for action, allowed in enumerate(board.legal()) if allowed]
    draw.shuffle(legal)
    if avoid_winning:
        for action in legal:
            board.push(action)
            won = board.winner() is not None
            board.pop()
            if not won:
                return action
    return legal[0]


def assert_same(game: Game[Any], state: State, boards: list[SlowBoard]) -> None:
    assert game.legal(state).tolist() == [board.legal() for board in boards]
    assert state.done.tolist() == [board.winner() is not None or board.full() for board in boards]
    assert state.ply.tolist() == [len(board.moves) for board in boards]
    assert game.winning_cells(state).tolist() == [board.winning_plane() for board in boards]
    movers = [board.sign_to_move for board in boards]
    others = [SIGNS[1 - SIGNS.index(mover)] for mover in movers]
    # A line on the board belongs to whoever moved last: r_T is +1 from that view.
    winners = [board.winner() for board in boards]
    rewards = [0 if w is None else 1 if w == other else -1 for w, other in zip(winners, others, strict=True)]
    assert state.reward.tolist() == rewards
    planes = [[b.plane(m), b.plane(o)] for b, m, o in zip(boards, movers, others, strict=True)]
    assert game.observe(state, torch.int64).tolist() == planes


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("avoid_winning", [False, True])
def test_every_ply_agrees_with_the_slow_rules(name: str, avoid_winning: bool) -> None:
    game = make(name)
    draw = random.Random(17)
    boards = [SlowBoard(name) for _ in range(40)]
    state = game.initial(len(boards))
    assert_same(game, state, boards)
    for _ in range(game.max_plies):
        actions = []
        for board in boards:
            if not any(board.legal()):
                actions.append(0)
                continue
            actions.append(slow_action(board, draw, avoid_winning))
            board.push(actions[-1])
        state = game.step(state, torch.tensor(actions))
        assert_same(game, state, boards)
    assert bool(state.done.all())
    winners = {board.winner() for board in boards}
    assert {"X", "O"} <= winners
    assert (None in winners) or not avoid_winning, "no game was drawn"
    directions = {(line[1][0] - line[0][0], line[1][1] - line[0][1]) for board in boards for line in board.lines()}
    assert directions == {(0, 1), (1, 0), (1, 1), (1, -1)}
