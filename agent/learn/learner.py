"""Learners: from targets to better Q-values, by gradient descent or in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.learn.experience import Experience
from agent.learn.optimisers import step_size
from agent.network.network_learner import Learned, NetworkLearner
from agent.play.qfunction import QFunction
from agent.table.table_q import TableQ
from game.core import Game

if TYPE_CHECKING:
    from agent.ntuple.learner import PatternsLearner


class Learner(Protocol):
    """Holds Q-values and improves them."""

    @property
    def acting(self) -> QFunction:
        """Q as used in self-play, in the fast arithmetic."""
        ...

    @property
    def judged(self) -> QFunction:
        """Q as saved, judged and played against, in float32."""
        ...

    def bootstrap_q(self, state: Any) -> Tensor | None:
        """Q `[N, A]` of N positions to bootstrap from; None for the Q-values met in self-play."""
        ...

    def learn(
        self, experience: Experience, progress: float, generator: torch.Generator, final: bool = False
    ) -> Learned:
        """Learn from one generation of games.

        progress: the share of the run already done, in [0, 1]. final: there is no other generation to wait for.
        """
        ...

    def model_tensors(self) -> dict[str, Tensor]:
        """What a checkpoint holds."""
        ...

    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Go back to weights that `model_tensors` gave; the optimiser stays as it is."""
        ...

    def resume_tensors(self) -> dict[str, Tensor]:
        """All that the next generation depends on."""
        ...

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None: ...


class TableLearner:
    """Tabulated Q-factors: Q(s, a) += alpha * (target - Q(s, a))."""

    def __init__(self, game: Game[Any], config: TrainConfig) -> None:
        self.config = config
        self.table = TableQ(game)

    @property
    def acting(self) -> TableQ:
        return self.table

    @property
    def judged(self) -> TableQ:
        return self.table

    def bootstrap_q(self, _: Any) -> None:
        return None

    def learn(self, experience: Experience, progress: float, _: torch.Generator, final: bool = False) -> Learned:
        del final
        alpha = min(step_size(self.config, progress), 1.0)
        # No step is longer than the error, so a table cannot blow up.
        return Learned(self.table.update(experience.state, experience.action, experience.target, alpha), 1)

    def model_tensors(self) -> dict[str, Tensor]:
        return {"keys": self.table.keys, "values": self.table.values}

    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.table = TableQ(self.table.game, tensors["keys"], tensors["values"])

    def resume_tensors(self) -> dict[str, Tensor]:
        return self.model_tensors()

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.load_model_tensors(tensors)


def make_learner(
    game: Game[Any], config: TrainConfig, device: torch.device
) -> NetworkLearner | TableLearner | PatternsLearner:
    """The learner that `config.q` names, with nothing learned yet."""
    if config.q == "table":
        return TableLearner(game, config)
    if config.q == "patterns":
        from agent.ntuple.learner import PatternsLearner  # here, as numba takes a moment to import

        return PatternsLearner(game, config)
    return NetworkLearner(game, config, device)
