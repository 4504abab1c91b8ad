"""Training from search: what is played by, what is learned, and that the learner is otherwise its own."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.learn.experience import Experience
from agent.learn.targets import targets
from agent.network.network_learner import NetworkLearner
from agent.play.policy import Policy
from agent.presets import preset
from agent.search.budget import Budget
from agent.search.learner import SearchingLearner, searching
from agent.search.search_q import SearchQ
from agent.search.tree.lessons import TreeQ
from game import make

GREEDY = Policy()


def learner_of(**settings: Any) -> tuple[SearchingLearner, TrainConfig]:
    config = preset("tictactoe", search_nodes=6, threads=1, **settings)
    learner = searching(KINDS[config.q].learner(make("tictactoe"), config, torch.device("cpu")), config)
    assert isinstance(learner, SearchingLearner)
    return learner, config


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def learned(learner: SearchingLearner, config: TrainConfig) -> int:
    """Learn from a generation; how many moves were played."""
    played = learner.self_play(GREEDY, 20, 4, chance())
    target = targets(played, config, GREEDY, learner.bootstrap_q(played.state))
    found = learner.learn(Experience(played.state, played.action, target, played.game), 0.0, chance())
    assert found.trouble is None
    return len(played)


@pytest.mark.parametrize("settings", [{"q": "network"}, {"q": "table"}, {"q": "ntuple", "tuples": 4, "tuple_cells": 4}])
def test_self_play_follows_the_search(settings: dict[str, Any]) -> None:
    learner, config = learner_of(target="q", **settings)
    learned(learner, config)  # so that Q is not the same everywhere
    played = learner.self_play(GREEDY, 10, 4, chance(1))
    assert isinstance(played.q, torch.Tensor)
    assert torch.equal(played.q, SearchQ(learner.acting, Budget(nodes=6)).q(played.state))
    assert not torch.equal(played.q, learner.acting.q(played.state))


def test_all_moves_that_trees_looked_into_are_learned() -> None:
    learner, config = learner_of(q="network", target="tree")
    moves = learned(learner, config)
    inner = learner.inner
    assert isinstance(inner, NetworkLearner)
    batch = inner.window.all()
    looked_into = len(batch) - moves
    assert moves < looked_into <= 5 * moves  # five nodes beside the root, fewer where there is no more to know
    assert bool((batch.target.abs() == 1).any())
    moves = learned(learner, config)
    assert moves < len(inner.window.all()) - len(batch) <= 6 * moves  # those of the first trees are not learned again


def test_trees_of_a_share_of_the_positions() -> None:
    learner, config = learner_of(q="network", target="tree", search_share=0.1)
    moves = learned(learner, config)
    assert isinstance(learner.inner, NetworkLearner)
    lessons = len(learner.inner.window.all()) - moves
    assert moves / 10 <= lessons <= 5 * math.ceil(moves / 10)
    played = learner.self_play(GREEDY, 10, 4, chance(1))
    alone = learner.inner.self_play(GREEDY, 10, 4, chance(1))
    assert torch.equal(played.action, alone.action)


def test_without_a_search_the_learner_is_as_it_was() -> None:
    config = preset("tictactoe")
    inner = KINDS[config.q].learner(make("tictactoe"), config, torch.device("cpu"))
    assert searching(inner, config) is inner


def test_trees_that_teach_are_no_larger_than_any_tree_may_be() -> None:
    leaf = KINDS["network"].learner(make("gomoku"), preset("gomoku", q="network"), torch.device("cpu")).judged
    lessons = TreeQ(leaf, 1 << 16)
    assert lessons.nodes == lessons.engine.largest() < 1 << 16
