"""Learners: they play by the Q-values that they hold, and improve them from targets."""

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
from agent.ranks.ranks import ALONE, Ranks


class Learned(NamedTuple):
    """The outcome of one call of `learn`.

    loss:   mean loss, or None if the games were only stored.
    steps:  gradient steps taken.
    spread: mean standard deviation of Q between the members of an ensemble; None without one.
    trouble: the sign of divergence in words; None if there is none.
    """

    loss: float | None
    steps: int
    spread: float | None = None
    trouble: str | None = None


class Learner(ABC):
    """Holds Q-values and improves them.

    ranks: the processes that learn together: what `learn` makes of the games of each is the same in all.
    """

    ranks: Ranks = ALONE

    @property
    @abstractmethod
    def acting(self) -> QFunction:
        """Q for self-play, in the fast arithmetic."""

    @property
    @abstractmethod
    def judged(self) -> QFunction:
        """Q as it is saved, measured and played against, in float32."""

    @property
    def note(self) -> str:
        """What people should know before the first game; empty for nothing."""
        return ""

    def self_play(self, policy: Policy, games: int, opening_plies: int, generator: torch.Generator) -> Trajectories:
        """All moves of `games` games of Q against itself; by default those of `agent.play.selfplay.self_play`.

        A learner with a faster way to play, or another way to explore, overrides it. The games depend on the weights,
        the arguments and `generator` alone, not on threads or on the process that plays them.
        """
        return self_play(self.acting, policy, games, opening_plies, generator)

    def bootstrap_q(self, state: Any) -> Tensor | None:
        """Q `[N, A]` of N positions to bootstrap from; None to use the Q-values of self-play."""
        del state
        return None

    @abstractmethod
    def learn(
        self, experience: Experience, progress: float, generator: torch.Generator, final: bool = False
    ) -> Learned:
        """Learn from one generation of games, or from this rank's share of them.

        progress: the share of the run already done, in [0, 1]. final: this is the last generation.
        """

    def share(self, ranks: Ranks) -> None:
        """Learn together with these ranks."""
        self.ranks = ranks

    @property
    def settled(self) -> bool:
        """Whether all ranks hold the same, so that it can be saved."""
        return True

    def settle(self) -> None:  # noqa: B027 - nothing to do where it always is
        """Make it so, at the end of a run."""

    def arrive(self) -> None:  # noqa: B027 - nothing under way where ranks wait for each other
        """End what ranks are still telling each other of the last generation, before it is measured or saved."""

    def model_tensors(self) -> dict[str, Tensor]:
        """The weights, as a checkpoint holds them."""
        return self.judged.weights()

    @abstractmethod
    def load_model_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Restore weights from `model_tensors`; the state of the optimiser stays."""

    @abstractmethod
    def resume_tensors(self) -> dict[str, Tensor]:
        """Everything that the next generation depends on."""

    @abstractmethod
    def load_resume_tensors(self, tensors: dict[str, Tensor]) -> None:
        """The inverse of `resume_tensors`."""
