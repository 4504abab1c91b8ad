"""Ensembles: stacked weights must do what as many networks would do one by one."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import torch

import game
from agent.learn.experience import Experience
from agent.network.net import Architecture, build
from agent.network.network_learner import NetworkLearner
from agent.network.network_q import as_q
from agent.network.value_net import ValueNet
from agent.play.policy import Policy
from agent.play.qfunction import ConstantQ
from agent.play.selfplay import self_play
from agent.presets import preset
from game.notation import parse_moves
from tests.helpers import reachable

CPU = torch.device("cpu")
TICTACTOE = game.make("tictactoe")
KINDS: dict[str, dict[str, Any]] = {
    "mlp": {"kind": "mlp", "activation": "tanh"},
    "residual": {"kind": "residual"},
    "conv": {"kind": "conv", "width": 4},
    "ntuple": {"kind": "ntuple", "tuples": 5, "tuple_cells": 3},
    "win, draw, loss": {"wdl": True},
    "averaged": {"symmetric": True},
    "afterstate": {"head": "afterstate"},
}


def randomised(net: ValueNet) -> ValueNet:
    with torch.no_grad():
        for weight in net.parameters():
            weight.normal_(std=0.3, generator=torch.Generator().manual_seed(weight.numel()))
    return net


def member_of(net: ValueNet, architecture: dict[str, Any], k: int, members: int) -> ValueNet:
    """Member k as a network of its own."""
    alone = build(TICTACTOE, Architecture(**{"depth": 2, "width": 8, **architecture}))
    weights = [w.view(members, -1)[k] for w in net.parameters()]
    with torch.no_grad():
        for own, weight in zip(alone.parameters(), weights, strict=True):
            own.copy_(weight.view(own.shape))
    return alone


@pytest.mark.parametrize("kind", KINDS)
def test_the_stacked_say_what_the_members_say(kind: str) -> None:
    net = randomised(build(TICTACTOE, Architecture(**{"depth": 2, "width": 8, "members": 3, **KINDS[kind]})))
    planes = TICTACTOE.observe(reachable(TICTACTOE, seed=1))
    members = [member_of(net, KINDS[kind], k, 3) for k in range(3)]
    each = torch.stack([member(planes) for member in members])
    assert float(each.detach().std(0).mean()) > 0.01
    torch.testing.assert_close(net.each(planes), each, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(net(planes), each.mean(0), atol=1e-5, rtol=1e-4)
    own = torch.stack([planes, planes.flip(0), planes.roll(1, 0)])
    torch.testing.assert_close(
        net.each(own), torch.stack([m(x) for m, x in zip(members, own, strict=True)]), atol=1e-5, rtol=1e-4
    )


def test_mean_and_spread_worked_by_hand() -> None:
    """Two linear members that say tanh(0.5) and tanh(1) of everything."""
    rules = game.make("hex:3")
    net = build(rules, Architecture(depth=0, members=2))
    with torch.no_grad():
        for weight in net.parameters():
            weight.zero_()
        bias = list(net.parameters())[1]
        bias[0], bias[1] = 0.5, 1.0
    q, spread = as_q(rules, net, "q").q_and_spread(rules.initial(1))
    a, b = 0.46211716, 0.76159416
    assert q[0].tolist() == pytest.approx([(a + b) / 2] * rules.num_actions)
    assert spread[0].tolist() == pytest.approx([(b - a) / 2] * rules.num_actions)


def test_spread_is_zero_where_illegal_or_exact() -> None:
    state = parse_moves(TICTACTOE, "a1 b1 a2 b2").state  # a3 wins
    for head in ("q", "afterstate"):
        net = randomised(build(TICTACTOE, Architecture(depth=1, width=8, members=4, head=head)))
        q, spread = as_q(TICTACTOE, net, head).q_and_spread(state)
        legal = TICTACTOE.legal(state)
        assert torch.equal(q > -torch.inf, legal)
        assert bool((spread[~legal] == 0).all())
        win = TICTACTOE.parse_move("a3", state)
        if head == "afterstate":
            assert float(q[0, win]) == 1.0
            assert float(spread[0, win]) == 0.0
        assert int((spread > 0).sum()) >= int(legal.sum()) - 1


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
@pytest.mark.parametrize("architecture", ["mlp", "conv", "ntuple"])
def test_members_learn_as_if_alone(optimizer: str, architecture: str) -> None:
    """With bags of all games each member does what one network with its weights does on the lessons drawn for it."""
    shape: dict[str, Any] = {"architecture": architecture, "depth": 2, "width": 8, "tuples": 5, "tuple_cells": 3}
    config = preset(
        "tictactoe",
        **{**shape, "members": 2, "bag": 1.0, "optimizer": optimizer, "learning_rate": 0.05, "schedule": "constant"},
        precision="float32",
        symmetry="none",
        batch_size=0,
        reuse=3.0,
        window=1,
    )
    together = NetworkLearner(TICTACTOE, config, CPU)
    played = self_play(ConstantQ(TICTACTOE), Policy(), 8, 0, torch.Generator().manual_seed(1))
    target = torch.rand(len(played.action), generator=torch.Generator().manual_seed(5)) * 2 - 1
    experience = Experience(played.state, played.action, target, played.game)
    alone = []
    for k in range(2):
        learner = NetworkLearner(TICTACTOE, dataclasses.replace(config, members=1), CPU)
        kind = {"kind": architecture, "tuples": 5, "tuple_cells": 3}
        learner.load_model_tensors(
            {
                **learner.model_tensors(),
                **dict(zip(learner.net.state_dict(), _weights(member_of(together.net, kind, k, 2)), strict=False)),
            }
        )
        learner.learn(experience, 0.0, torch.Generator().manual_seed(2))
        alone.append(learner)
    assert together.learn(experience, 0.0, torch.Generator().manual_seed(2)).steps == 3
    for k, learner in enumerate(alone):
        for ours, theirs in zip(together.net.parameters(), learner.net.parameters(), strict=True):
            torch.testing.assert_close(ours.view(2, -1)[k], theirs.flatten(), atol=2e-5, rtol=1e-3)


def _weights(net: ValueNet) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in net.parameters()]


def test_each_member_learns_from_its_own_games() -> None:
    config = preset("tictactoe", members=3, bag=0.4, width=8, batch_size=16, precision="float32")
    learner = NetworkLearner(TICTACTOE, config, CPU)
    played = self_play(ConstantQ(TICTACTOE), Policy(), 200, 0, torch.Generator().manual_seed(1))
    chance = torch.Generator().manual_seed(3)
    experience = Experience(played.state, played.action, torch.zeros(len(played)), played.game)
    learned = learner.learn(experience, 0.0, chance)
    batch = learner.window.all()
    assert batch.bag is not None
    for g in range(200):  # a game is in a bag with all its moves or with none
        assert len(torch.unique(batch.bag[played.game == g], dim=0)) == 1
    assert abs(float(batch.bag.float().mean()) - 0.4) < 0.05
    assert not torch.equal(batch.bag[:, 0], batch.bag[:, 1])
    order, size = learner.order(batch, len(batch), chance)
    assert order.shape == (3, round(0.4 * len(batch) / 16) * 16)
    assert size == 16
    for k in range(3):
        assert bool(batch.bag[order[k], k].all())
    assert learned.spread is not None
    assert learned.spread > 0


def test_optimism_makes_self_play_try_what_members_disagree_about() -> None:
    """Two linear members agree on 0 but for one action, of which they say +0.9 and -0.9."""
    net = build(TICTACTOE, Architecture(depth=0, members=2))
    with torch.no_grad():
        for weight in net.parameters():
            weight.zero_()
        bias = list(net.parameters())[1]
        bias[0, 4], bias[1, 4] = 1.5, -1.5
        bias[:, 0] = 0.1
    q = as_q(TICTACTOE, net, "q")
    chance = torch.Generator().manual_seed(0)
    calm = self_play(q, Policy(), 20, 0, chance)
    learner = NetworkLearner(TICTACTOE, preset("tictactoe", depth=0, members=2, optimism=1.0, precision="float32"), CPU)
    learner.load_model_tensors(q.weights())
    keen = learner.self_play(Policy(), 20, 0, chance)
    assert torch.unique(calm.action[calm.t == 0]).tolist() == [0]
    assert torch.unique(keen.action[keen.t == 0]).tolist() == [4]
    assert bool(keen.exploratory[keen.t == 0].all())
    assert not calm.exploratory.any()
