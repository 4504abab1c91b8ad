"""The ends of the game one ply ahead, against the same worked out move by move."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from agent.play.qfunction import ConstantQ, masked
from agent.search.exact_ply import ExactPlyQ
from agent.search.negamax import NegamaxQ
from game import Game, make
from game.notation import replay
from tests.helpers import BOARDS, unfinished


class Believed:
    """Any numbers, some as sure as can be: the same for the same position."""

    def __init__(self, game: Game[Any]) -> None:
        self.game = game

    def q(self, state: Any) -> Tensor:
        mixed = (self.game.key(state)[:, None] * 1_000_003 + torch.arange(self.game.num_actions) * 7919) % 2003
        return masked((mixed.float() / 1001 - 1).clamp(-1, 1).round(decimals=1), self.game, state)

    def identity(self) -> str:
        return "believed"

    def weights(self) -> dict[str, torch.Tensor]:
        return {}


def slow_q(game: Game[Any], position: Any, believed: Tensor) -> list[float]:
    """Q of one position `(a batch of one)`, move by move and reply by reply."""
    values = [-float("inf")] * game.num_actions
    for action in game.legal(position)[0].nonzero().flatten().tolist():
        after = game.step(position, torch.tensor([action]))
        replies = [] if bool(after.done) else game.legal(after)[0].nonzero().flatten().tolist()
        if bool(after.done):
            values[action] = float(after.reward)
        elif any(int(game.step(after, torch.tensor([reply])).reward) == 1 for reply in replies):
            values[action] = -1.0
        else:
            values[action] = min(max(float(believed[action]), -(1 - 2**-24)), 1 - 2**-24)
    return values


SMALL = [name for name in BOARDS if make(name).num_actions <= 82]  # one reply at a time takes long on the others


@pytest.mark.parametrize("name", SMALL)
def test_agrees_with_one_move_at_a_time(name: str) -> None:
    game = make(name)
    state = unfinished(game, seed=5, games=12, most=max(3, min(30, 3000 // game.num_actions**2)))
    inner = Believed(game)
    found, believed = ExactPlyQ(inner).q(state), inner.q(state)
    for row in range(len(state)):
        assert found[row].tolist() == slow_q(game, state[row : row + 1], believed[row])


def test_with_nothing_believed_it_is_one_ply() -> None:
    """Greedy on it, a player makes the very moves of negamax two plies deep."""
    game = make("connect4")
    state = unfinished(game, seed=1, games=60, most=2000)
    exact, searched = ExactPlyQ(ConstantQ(game)).q(state), NegamaxQ(game, 2).q(state)
    assert torch.equal(exact == exact.amax(1, keepdim=True), searched == searched.amax(1, keepdim=True))


def test_large_batches_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    game = make("connect4")
    state, wrapped = unfinished(game, seed=2, games=20, most=100), ExactPlyQ(Believed(game))
    whole = wrapped.q(state)
    monkeypatch.setattr("agent.search.exact_ply.MOST_ROWS", 49 * 8)
    assert torch.equal(wrapped.q(state), whole)


def test_a_certain_win_is_better_than_a_believed_one() -> None:
    """Column 1 wins at once; every other move is believed to win, and all but blocking column 2 lose."""
    game = make("connect4")

    class Sure(ConstantQ):
        def q(self, state: Any) -> Tensor:
            return masked(torch.ones(len(state), 7), self.game, state)

    state = replay(game, [[0, 1, 0, 1, 0, 1]])
    q = ExactPlyQ(Sure(game)).q(state)[0].tolist()
    assert q[0] == 1.0
    assert 0.999 < q[1] < 1.0
    assert q[2:] == [-1.0] * 5
