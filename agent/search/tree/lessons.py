"""Lessons from trees: every move that a search looked into, on its minimax value in the tree.

J. Veness, D. Silver, W. Uther and A. Blair, "Bootstrapping from game tree search" (2009), whose TreeStrap(minimax)
this is, for Q; Q. Cohen-Solal, "Learning to play two-player perfect-information games without knowledge" (2020).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.learn.experience import Experience
from agent.play.identity import fingerprint
from agent.play.qfunction import QFunction
from agent.search.tree.engine import TreeSearch
from agent.search.tree.forest import Forest
from game.core import AnyGame


class TreeQ:
    """Q by a search of `nodes` nodes, or as many as a tree may have, which keeps the lessons of its trees."""

    def __init__(self, leaf: QFunction, nodes: int) -> None:
        self.engine = TreeSearch(leaf)
        self.nodes = min(nodes, self.engine.largest())
        self.lessons: list[Experience] = []

    @property
    def game(self) -> AnyGame:
        return self.engine.game

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`, for unfinished positions."""
        found = []
        for roots in self.engine.grown(state, self.nodes):
            found.append(roots.q(roots.best()))
            self.lessons.append(lessons_of(roots.forest))
        return torch.cat(found)

    def identity(self) -> str:
        """As `QFunction.identity`."""
        settings = {"leaf": self.engine.leaf.identity(), "engine": self.engine.name, "nodes": self.nodes}
        return fingerprint("tree", self.game, settings, {})

    def weights(self) -> dict[str, Tensor]:
        """As `QFunction.weights`: those of the leaf."""
        return self.engine.leaf.weights()


def lessons_of(forest: Forest) -> Experience:
    """Each move that leads to a node, by tree and in the order in which they were found."""
    number = torch.arange(forest.nodes, device=forest.roots.device)
    there = (number < forest.used[:, None]) & (number > 0)
    edge = forest.inlet[there.flatten().nonzero().squeeze(1)]
    actions = forest.game.num_actions
    before = forest.state[torch.div(edge, actions, rounding_mode="floor")]
    return Experience(before, edge % actions, forest.value.view(-1)[edge])


def together(experiences: list[Experience]) -> Experience:
    """All of them, in order; which games they are of is forgotten."""
    state = type(experiences[0].state).cat([one.state for one in experiences])
    action, target = (torch.cat([getattr(one, name) for one in experiences]) for name in ("action", "target"))
    return Experience(state, action, target)
