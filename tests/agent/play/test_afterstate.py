"""Afterstate heads: Q(s, a) = -V(s after a), and the truth itself where the game ends."""

from __future__ import annotations

import pytest
import torch

import game
from agent.learn.experience import Experience
from agent.network.net import Architecture, build
from agent.network.network_learner import NetworkLearner
from agent.network.network_q import AfterstateNetworkQ, as_q
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ
from agent.play.selfplay import self_play
from agent.presets import preset
from game.notation import parse_moves
from tests.helpers import BOARDS, unfinished

TICTACTOE = game.make("tictactoe")


@pytest.mark.parametrize("name", BOARDS)
def test_q_is_minus_the_value_after_the_move(name: str) -> None:
    """One by one, against the batched computation."""
    rules = game.make(name)
    net = build(rules, Architecture(depth=1, width=16, head="afterstate"), seed=1)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(3)
    state = unfinished(rules, seed=2)[::29][:6]
    q = as_q(rules, net, "afterstate").q(state)
    legal = rules.legal(state)
    assert torch.equal(q > -torch.inf, legal)
    for row, action in legal.nonzero().tolist()[:60]:
        after = rules.step(state[row : row + 1], torch.tensor([action]))
        expected = float(after.reward) if bool(after.done) else -float(net(rules.observe(after)).detach())
        assert float(q[row, action]) == pytest.approx(expected, abs=1e-5)


def test_a_winning_move_is_worth_exactly_one_and_a_last_drawn_move_nothing() -> None:
    q = AfterstateNetworkQ(TICTACTOE, build(TICTACTOE, Architecture(depth=1, width=8, head="afterstate")))
    state = parse_moves(TICTACTOE, "a1 b1 a2 b2").state
    assert float(q.q(state)[0, TICTACTOE.parse_move("a3", state)]) == 1.0
    last = parse_moves(TICTACTOE, "a3 b3 c3 b2 b1 a1 a2 c2").state
    assert float(q.q(last)[0, TICTACTOE.parse_move("c1", last)]) == 0.0


def test_lessons_are_the_positions_after_with_turned_targets_and_no_ends() -> None:
    history = parse_moves(TICTACTOE, "a1 b1 a2 b2 a3")
    state = type(history.state).cat(list(history.states[:5]))
    action = torch.tensor(history.actions)
    q = AfterstateNetworkQ(TICTACTOE, build(TICTACTOE, Architecture(depth=1, width=8, head="afterstate")))
    lessons = q.lessons(state, action, torch.tensor([0.1, -0.2, 0.3, -0.4, 1.0]))
    assert lessons.rows is not None
    assert lessons.rows.tolist() == [0, 1, 2, 3]  # a3 ends the game
    assert lessons.target.tolist() == pytest.approx([-0.1, 0.2, -0.3, 0.4])
    assert lessons.output.tolist() == [0] * 4
    assert lessons.state.equal(type(state).cat(list(history.states[1:5])))


def test_large_batches_are_cut_into_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = game.make("connect4")
    q = AfterstateNetworkQ(rules, build(rules, Architecture(depth=1, width=8, head="afterstate")))
    state = unfinished(rules, seed=1)[:50]
    whole = q.q(state)
    monkeypatch.setattr("agent.network.network_q.MOST_ROWS", 64)
    torch.testing.assert_close(q.q(state), whole)


def test_an_afterstate_network_learns_what_moves_are_worth() -> None:
    """Tic-tac-toe by r_T from random play, for a moment: it then beats random play."""
    config = preset(
        "tictactoe", head="afterstate", width=32, depth=2, batch_size=64, learning_rate=0.3, schedule="constant"
    )
    learner = NetworkLearner(TICTACTOE, config, torch.device("cpu"))
    chance = torch.Generator().manual_seed(0)
    state = parse_moves(TICTACTOE, "a1 b3").state
    for _ in range(6):
        played = self_play(ConstantQ(TICTACTOE), Policy(), 400, 0, chance)
        reward = played.reward[played.game]
        last = torch.zeros(400, dtype=torch.int64).scatter_reduce(0, played.game, played.t, "amax")[played.game]
        target = torch.where((last - played.t) % 2 == 0, reward, -reward)
        learner.learn(Experience(played.state, played.action, target, played.game), 0.0, chance)
    q = learner.judged.q(state)[0]
    assert float(q[TICTACTOE.parse_move("b2", state)]) > float(q[TICTACTOE.parse_move("b1", state)]) > -1
