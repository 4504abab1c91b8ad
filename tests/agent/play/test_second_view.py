"""Sides that play in different directions: one network sees both alike, and learns from either seat the same."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from agent.learn.experience import Experience
from agent.network.net import Architecture, build
from agent.network.network_learner import NetworkLearner
from agent.network.network_q import NetworkQ
from agent.presets import preset
from agent.run.train import resolved
from game import Game, make
from tests.helpers import unfinished, with_colours_swapped

BREAKTHROUGH = ("breakthrough:5x6", "breakthrough:4x4")


def pairs(name: str) -> tuple[Game[Any], Any, Any]:
    """Positions of either side to move, and the same with the sides exchanged."""
    game = make(name)
    state = unfinished(game, 3, games=8, most=40)
    swapped = type(state).cat([with_colours_swapped(game, state[row]) for row in range(len(state))])
    assert {0, 1} == set((state.ply % 2).tolist())
    assert torch.equal(swapped.ply % 2, 1 - state.ply % 2)
    return game, state, swapped


def turned_actions(game: Game[Any]) -> torch.Tensor:
    assert game.second_view is not None
    return game.second_view.actions


@pytest.mark.parametrize("name", BREAKTHROUGH)
def test_a_network_values_a_position_and_its_exchange_alike(name: str) -> None:
    game, state, swapped = pairs(name)
    q = NetworkQ(game, build(game, Architecture("mlp", 2, 32), 5))
    values = q.q(state)
    assert torch.equal(q.q(swapped)[:, turned_actions(game)], values)
    assert len(torch.unique(values[values > -torch.inf])) > 100


@pytest.mark.parametrize("name", BREAKTHROUGH)
def test_a_network_learns_the_same_from_either_side(name: str) -> None:
    game, state, swapped = pairs(name)
    config = resolved(preset(name, q="network", width=16, depth=1, batch_size=16, threads=1, precision="float32"))
    action = game.legal(state).float().argmax(1)
    target = torch.linspace(-1, 1, len(state))
    weights = []
    for positions, actions in ((state, action), (swapped, turned_actions(game)[action])):
        learner = NetworkLearner(game, config, torch.device("cpu"))
        learner.learn(Experience(positions, actions, target), 0.0, torch.Generator().manual_seed(1))
        weights.append(learner.model_tensors())
    untouched = NetworkLearner(game, config, torch.device("cpu")).model_tensors()
    for tensor_name, ours in weights[0].items():
        assert torch.equal(ours, weights[1][tensor_name])
    assert not torch.equal(weights[0]["head.weight"], untouched["head.weight"])


@pytest.mark.parametrize("name", ["hex:3", "breakthrough:5x6"])
def test_what_is_learned_of_a_move_is_said_of_that_move(name: str) -> None:
    """Drive one action's target up from each seat in turn: its value must rise above all others of that position."""
    game = make(name)
    config = resolved(
        preset(
            name,
            q="network",
            width=32,
            depth=1,
            batch_size=8,
            threads=1,
            precision="float32",
            symmetry="none",
            learning_rate=0.5,
        )
    )
    first = game.initial(1)
    for state in (first, game.step(first, game.legal(first).float().argmax(1))):
        action = game.legal(state)[0].nonzero().flatten()[-2:-1]
        learner = NetworkLearner(game, config, torch.device("cpu"))
        rows = torch.zeros(64, dtype=torch.int64)
        experience = Experience(state[rows], action[rows], torch.full((64,), 0.9))
        for _ in range(5):
            learner.learn(experience, 0.0, torch.Generator().manual_seed(1))
        q = learner.judged.q(state)[0]
        assert int(q.argmax()) == int(action)
        assert float(q[action]) > 0.5


def test_games_that_look_alike_from_both_seats_turn_nothing() -> None:
    game = make("connect4")
    state = game.step(game.initial(3), torch.tensor([1, 2, 3]))
    action = torch.tensor([4, 5, 6])
    q = NetworkQ(game, build(game, Architecture("mlp", 1, 8)))
    assert q.output_of(state, action) is action
