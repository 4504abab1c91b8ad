"""Learning Q-factors: Q(s, a) += alpha * (target - Q(s, a))."""

from __future__ import annotations

import torch
from torch import Tensor

from agent.config import TrainConfig
from agent.learn.experience import Experience
from agent.learn.learner import Learned, Learner
from agent.learn.step_size import step_size
from agent.table.table_q import TableQ
from game.core import AnyGame


class TableLearner(Learner):
    """Moves Q of every pair (s, a) that was played toward its target."""

    def __init__(self, game: AnyGame, config: TrainConfig) -> None:
        self.config = config
        self.table = TableQ(game)

    @property
    def acting(self) -> TableQ:
        return self.table

    @property
    def judged(self) -> TableQ:
        return self.table

    def learn(self, experience: Experience, progress: float, _: torch.Generator, final: bool = False) -> Learned:
        del final
        alpha = min(step_size(self.config, progress), 1.0)
        # No step exceeds the error, so a table cannot diverge.
        return Learned(self.table.update(experience.state, experience.action, experience.target, alpha), 1)

    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.table = TableQ(self.table.game, tensors["keys"], tensors["values"])

    def resume_tensors(self) -> dict[str, Tensor]:
        return self.model_tensors()

    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.load_model_tensors(tensors)
