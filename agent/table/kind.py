"""The kind "table": Q-factors, one number for each state and action."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from agent.kind import Architecture, Kind, Record

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from agent.config import TrainConfig
    from agent.table.learner import TableLearner
    from agent.table.table_q import TableQ
    from game.core import AnyGame

_MOST_VALUE = 1.001  # the numbers are Q-values


class TableKind(Kind):
    name: ClassVar[str] = "table"
    words: ClassVar[str] = "a table of all states"
    halves: ClassVar[bool] = False

    def learner(self, game: AnyGame, config: TrainConfig, device: torch.device) -> TableLearner:
        del device
        from agent.table.learner import TableLearner

        return TableLearner(game, config)

    def check_weights(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> None:
        del architecture
        import torch

        from agent.table.table_q import most_states
        from agent.weights import check_numbers, check_tensor

        keys, states = tensors["keys"], len(tensors["values"])
        if states > most_states(game):
            raise ValueError(f"{states:,} states, and {most_states(game):,} are the most")
        check_tensor("values", tensors["values"], (states, game.num_actions), torch.float32)
        check_tensor("keys", keys, (states,), torch.int64)
        if not bool((keys[1:] > keys[:-1]).all()):
            raise ValueError("keys are not in order")
        check_numbers(tensors.values(), _MOST_VALUE)

    def load(self, game: AnyGame, architecture: Architecture, tensors: dict[str, Tensor]) -> TableQ:
        del architecture
        from agent.table.table_q import TableQ

        return TableQ(game, tensors["keys"], tensors["values"])

    def describe(self, record: Record) -> str:
        del record
        return "table"
