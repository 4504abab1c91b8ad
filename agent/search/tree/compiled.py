"""A forest on a CPU, whose walks through the trees are compiled: bit for bit what `Forest` does with tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from agent.search.tree import walks
from agent.search.tree.forest import Forest, Path


class CompiledForest(Forest):
    """As `Forest`, which has the same tables and does the rest."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        tables = (self.child, self.inlet, self.follow, self.value, self.prior, self.visits, self.low, self.high)
        self._tables: list[Any] = [table.view(-1).numpy() for table in tables]
        self._explore = np.float32(self.rule.exploration)

    def descend(self, tree: Tensor, action: Tensor, times: Tensor) -> Path:
        """As `Forest.descend`."""
        actions = self.game.num_actions
        start, most = self.roots[tree] * actions + action, int(times.sum())
        lane, last, depth = (torch.empty(most, dtype=torch.int64) for _ in range(3))
        found = (lane.numpy(), last.numpy(), depth.numpy())
        count = walks.descend(start.numpy(), times.numpy(), *found, actions, self._explore, *self._tables)
        return Path(tree[lane[:count]], last[:count], depth[:count])

    def _back_up(self, rows: Tensor) -> None:
        walks.back_up(rows.numpy(), self.game.num_actions, self._explore, *self._tables)
