"""Q of afterstates by n-tuples with a hidden layer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.ntuple.incremental.layer.weights import OUTPUT_ROWS, by_number, layer_layout, new_table
from agent.ntuple.incremental.q import IncrementalQ, rules_and_features
from game.core import AnyGame


class LayerQ(IncrementalQ):
    """As `IncrementalQ`, with W = `hidden` numbers in each row.

    table: `[S + 2, W]` float32: the rows of all stages, then the weights and the biases of the units; a new one
    if None. Raises as `IncrementalQ` does.
    """

    def __init__(self, game: AnyGame, families: str, stages: int, hidden: int, table: Tensor | None = None) -> None:
        self.game = game
        self.rules, plain = rules_and_features(game, families, stages, hidden)
        self.features = plain.with_layout(layer_layout(plain.layout, hidden))
        shape = (self.features.size + OUTPUT_ROWS, hidden)
        if table is None:
            table = new_table(self.features.size, hidden)
        self.table = table.to(torch.float32).contiguous()
        if self.table.shape != shape:
            raise ValueError(f"a table of shape {tuple(self.table.shape)}: these features have one of {shape}")
        self._by_number: Any = None

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "hidden": self.features.width}

    def _spread_out(self) -> Any:
        return by_number(self.table.numpy(), self.features.layout, self.features.stages)
