"""Learners: self-play from the Q-values they hold, and from targets to better ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import torch
from torch import Tensor

from agent.learn.experience import Experience
from agent.play.policy import Policy
from agent.play.qfunction import QFunction
from agent.play.selfplay import self_play
from agent.play.trajectories import Trajectories


class Learned(NamedTuple):
    """What came of one call of `learn`.

    loss:   mean loss met, or None where the games were only put aside.
    steps:  gradient steps taken.
    spread: mean standard deviation of Q between the members of an ensemble; None without one.
    trouble: what shows that the training has diverged, in words; None where nothing does.
    """

    loss: float | None
    steps: int
    spread: float | None = None
    trouble: str | None = None


class Learner(ABC):
    """Holds Q-values and improves them."""

    @property
    @abstractmethod
    def acting(self) -> QFunction:
        """Q as used in self-play, in the fast arithmetic."""

    @property
    @abstractmethod
    def judged(self) -> QFunction:
        """Q as saved, judged and played against, in float32."""

    def self_play(self, policy: Policy, games: int, opening_plies: int, generator: torch.Generator) -> Trajectories:
        """All moves of `games` games of Q against itself, as `agent.play.selfplay.self_play`, which does it for any Q.

        A learner that knows a faster way to play, or a better way to explore, has its own. The games depend on the
        weights, the arguments and `generator` alone: not on threads, nor on where they are played.
        """
        return self_play(self.acting, policy, games, opening_plies, generator)

    def bootstrap_q(self, state: Any) -> Tensor | None:
        """Q `[N, A]` of N positions to bootstrap from; None for the Q-values met in self-play."""
        del state
        return None

    @abstractmethod
    def learn(
        self, experience: Experience, progress: float, generator: torch.Generator, final: bool = False
    ) -> Learned:
        """Learn from one generation of games.

        progress: the share of the run already done, in [0, 1]. final: there is no other generation to wait for.
        """

    def model_tensors(self) -> dict[str, Tensor]:
        """What a checkpoint holds."""
        return self.judged.weights()

    @abstractmethod
    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Go back to weights that `model_tensors` gave; the optimiser stays as it is."""

    @abstractmethod
    def resume_tensors(self) -> dict[str, Tensor]:
        """All that the next generation depends on."""

    @abstractmethod
    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `resume_tensors`."""
