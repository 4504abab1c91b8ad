"""The tree of the last move, whose part below the position now on the board is still good."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.search.tree.forest import Forest, fields_of
from game.core import AnyGame

_PLIES = 2  # since the last move: one's own and the reply


class Memory:
    """Holds one tree. Whoever recalls it has it alone, so that threads do not meet in it."""

    def __init__(self) -> None:
        self._forest: Forest | None = None

    def keep(self, forest: Forest) -> None:
        """Remember a forest of one tree."""
        self._forest = forest

    def recall(self, game: AnyGame, state: Any) -> Forest | None:
        """The tree below this one position, if it is in the tree that was kept, no deeper than two plies."""
        forest, self._forest = self._forest, None
        if forest is None or forest.used.device != state.ply.device:
            return None
        near = (forest.depth[: int(forest.used)] <= 1 + _PLIES).nonzero().squeeze(1)
        near = near[(game.key(forest.state[near]) == game.key(state)) & (forest.state[near].ply == state.ply)]
        # Where several lines lead to the position, the tree below the one that was looked at most.
        row = max(near.tolist(), key=lambda row: int(forest.visits[row].sum()), default=None)
        if row is None or not forest.state[row : row + 1].equal(state):
            return None
        reroot(forest, row)
        return forest


def reroot(forest: Forest, row: int) -> None:
    """Make the node in this row the root of a forest of one tree, and forget all nodes that are not below it."""
    used = int(forest.used)
    actions = forest.game.num_actions
    parent = torch.div(forest.inlet[:used], actions, rounding_mode="floor").clamp_(min=0)
    below = torch.zeros(used, dtype=torch.bool, device=parent.device)
    below[row] = True
    while not torch.equal(below, wider := below | below[parent]):
        below = wider
    rows = below.nonzero().squeeze(1)  # ascending, and a node comes after its parent: the new root is the first
    place = torch.full((used + 1,), -1, device=parent.device)  # the last entry is for moves that lead to no node
    place[rows] = torch.arange(len(rows), device=parent.device)
    kept = slice(0, len(rows))
    for table in _tables(forest):
        table[kept] = table[rows]
    forest.child[kept] = place[forest.child[kept]]
    inlet = forest.inlet[kept]
    forest.inlet[kept] = place[torch.div(inlet, actions, rounding_mode="floor")] * actions + inlet % actions
    forest.inlet[0] = -1
    forest.depth[kept] -= int(forest.depth[0]) - 1
    forest.used.fill_(len(rows))


def _tables(forest: Forest) -> list[Tensor]:
    tables = [forest.child, forest.given, forest.value, forest.prior, forest.visits, forest.low, forest.high]
    return [*tables, forest.follow, forest.inlet, forest.depth, *fields_of(forest.state)]
