"""However many positions are asked about, a Q-function holds a bounded number of them, and gives the same answers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

import game
from agent.network.net import Architecture, build
from agent.network.network_q import as_q
from agent.ntuple.q import NTupleQ
from agent.ntuple.tuples import draw_cells
from agent.play.afterstate import q_of_afterstates
from game.core import State
from tests.helpers import unfinished

GOMOKU = game.make("gomoku")


def stones(state: Any) -> Tensor:
    """V from the board alone, and a second number; sums of whole numbers, so that no order of adding shows."""
    planes = GOMOKU.observe(state).flatten(2)
    weight = torch.arange(-112.0, 113.0)
    return torch.stack(((planes[:, 0] - planes[:, 1]) @ weight / 65536, planes.sum((1, 2))))


def test_positions_after_moves_are_valued_a_bounded_number_at_a_time() -> None:
    """6,000 positions of Gomoku have 1.3 million moves: never more than 65,536 are held at once."""
    state = GOMOKU.initial(6000)
    held = []

    def value(after: State) -> Tensor:
        held.append(len(after))
        return torch.zeros(1, len(after))

    q = q_of_afterstates(GOMOKU, state, value)
    assert q.shape == (1, 6000, 225)
    assert sum(held) == 6000 * 225
    assert max(held) <= 1 << 16


def test_answers_do_not_depend_on_how_the_positions_are_cut() -> None:
    state = unfinished(GOMOKU, 1, most=700)
    assert len(state) > 500
    q, other = q_of_afterstates(GOMOKU, state, stones, 2)
    for row in (0, 1, 350, 500):
        alone, other_alone = q_of_afterstates(GOMOKU, state[row], stones, 2)
        assert torch.equal(q[row], alone[0])
        assert torch.equal(other[row], other_alone[0])


@pytest.mark.parametrize("name", ["tictactoe", "hex:5+swap", "othello:4"])
def test_q_is_minus_the_value_after_the_move_and_the_reward_where_the_game_ends(name: str) -> None:
    rules = game.make(name)
    state = unfinished(rules, 2, most=60)

    def value(after: Any) -> Tensor:
        assert not after.done.any()
        return torch.stack((after.ply / 100.0, after.ply.float()))

    q, plies = q_of_afterstates(rules, state, value, 2)
    legal = rules.legal(state)
    for row in range(len(state)):
        for action in range(rules.num_actions):
            if not legal[row, action]:
                assert q[row, action] == -torch.inf
                assert plies[row, action] == 0
                continue
            after = rules.step(state[row], torch.tensor([action]))
            if after.done:
                assert (q[row, action], plies[row, action]) == (after.reward[0], 0)
            else:
                assert (q[row, action], plies[row, action]) == (-after.ply[0] / 100.0, after.ply[0])


def test_what_a_network_needs_for_a_position_is_known() -> None:
    conv = Architecture(kind="conv", depth=1, width=8, members=3, symmetric=True)
    assert build(GOMOKU, conv).widest == 3 * 8 * 8 * 225  # members, images, channels, cells
    assert build(GOMOKU, Architecture(width=512)).widest == 512
    assert build(GOMOKU, Architecture(width=4)).widest == 2 * 225  # the board itself


@pytest.mark.parametrize(("head", "rows"), [("q", 300), ("afterstate", 300 * 225)])
def test_a_wide_network_takes_few_positions_at_a_time(head: str, rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    net = build(GOMOKU, Architecture(depth=0, width=1, head=head))
    q = as_q(GOMOKU, net, head)
    whole = q.q(GOMOKU.initial(300))
    seen: list[int] = []
    observe = type(GOMOKU).observe

    def counted(self: Any, state: Any, dtype: torch.dtype = torch.float32) -> Tensor:
        seen.append(len(state))
        return observe(self, state, dtype)

    monkeypatch.setattr(type(GOMOKU), "observe", counted)
    net.widest = 1 << 12
    torch.testing.assert_close(q.q(GOMOKU.initial(300)), whole)
    assert sum(seen) == rows
    assert max(seen) <= 1 << 14
    net.widest = 1 << 20
    seen.clear()
    q.q(GOMOKU.initial(2))
    assert max(seen) <= 64


def test_patterns_encode_a_bounded_number_of_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    """300 positions of Gomoku have 67,500 moves; the same answers as a few at a time."""
    q = NTupleQ(GOMOKU, draw_cells(GOMOKU, 2, 3, 0))
    q.table.copy_(torch.linspace(-1, 1, len(q.table)))
    state = GOMOKU.initial(300)
    asked: list[int] = []
    values = NTupleQ.values

    def counted(self: NTupleQ, after: Any) -> Tensor:
        asked.append(len(after))
        return values(self, after)

    monkeypatch.setattr(NTupleQ, "values", counted)
    found = q.q(state)
    assert sum(asked) == 300 * 225
    assert max(asked) <= 1 << 16
    assert torch.equal(found[299:], q.q(state[:1]))
