"""Policies: from Q-values to moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from agent.config import TrainConfig
from game.errors import QzeroError
from game.play import sample_uniform


class Decision(NamedTuple):
    """action: `[B]` int64. exploratory: `[B]` bool, worse than the best action by the Q-values themselves."""

    action: Tensor
    exploratory: Tensor


@dataclass(frozen=True, slots=True)
class Policy:
    """Boltzmann with probability 1 - epsilon, uniform over the legal moves with probability epsilon.

    epsilon:     in [0, 1].
    varied:      each game draws its own epsilon, uniform from 0 to 2 epsilon: some games keep to the main lines, others
    stray far (as the actors of D. Horgan et al., "Distributed Prioritized Experience Replay", 2018).
    temperature: of the Boltzmann distribution over Q, 1e-6 to 1e6; or 0: greedy, with ties broken at random.
    """

    epsilon: float = 0.0
    temperature: float = 0.0
    varied: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.epsilon <= 1:
            raise ValueError(f"epsilon {self.epsilon} is not between 0 and 1")
        if not (self.temperature == 0 or 1e-6 <= self.temperature <= 1e6):
            raise ValueError(f"temperature {self.temperature} is neither 0 (greedy) nor from 1e-6 to 1e6")

    def probabilities(self, q: Tensor) -> Tensor:
        """The probability of each action, for `q` `[B, A]` with -inf where illegal: `[B, A]` float32, rows sum to 1."""
        best = q.amax(1, keepdim=True)
        weight = (q == best).float() if self.temperature == 0 else torch.exp((q - best) / self.temperature)
        legal = (q > -torch.inf).float()
        return (1 - self.epsilon) * weight / weight.sum(1, keepdim=True) + self.epsilon * legal / legal.sum(
            1, keepdim=True
        )

    def decide(
        self,
        q: Tensor,
        generator: torch.Generator,
        forced: Tensor | None = None,
        bonus: Tensor | None = None,
        share: Tensor | float = 1.0,
    ) -> Decision:
        """A move for each row of `q` `[B, A]`; rows where `forced` `[B]` bool holds move uniformly at random.

        share: a factor on epsilon, `[B]` or one number.
        bonus: `[B, A]`, added to Q for the choice; whether a move counts as exploratory depends on Q alone.
        """
        if bonus is not None:
            action = self.decide(q + bonus, generator, forced, share=share).action
            return Decision(action, _is_worse(q, action, q.amax(1, keepdim=True)))
        best = q.amax(1, keepdim=True)
        if best.isnan().any():
            raise QzeroError(
                "the Q-values are not numbers: the training diverged; start again with a smaller step size"
            )
        if self.temperature == 0:
            action = sample_uniform(q == best, generator)
        else:
            action = _sample(torch.exp((q - best) / self.temperature), generator)
        if self.epsilon == 0 and forced is None:
            return Decision(action, _is_worse(q, action, best))
        chance = torch.rand(action.shape, generator=generator, device=q.device) < self.epsilon * share
        if forced is not None:
            chance |= forced
        action = torch.where(chance, sample_uniform(q > -torch.inf, generator), action)
        return Decision(action, _is_worse(q, action, best))


GREEDY = Policy()


def self_play_policy(config: TrainConfig, progress: float) -> Policy:
    """The policy of self-play after the share `progress` in [0, 1] of the run.

    Falling exploration ends greedily, as SARSA needs for optimal Q ("greedy in the limit with infinite exploration",
    Singh et al. 2000).
    """
    share = max(0.0, 1 - progress) if config.exploration == "falling" else 1.0
    temperature = config.temperature * share
    return Policy(config.epsilon * share, temperature if temperature >= 1e-6 else 0.0, config.exploration == "varied")


def _is_worse(q: Tensor, action: Tensor, best: Tensor) -> Tensor:
    return (q.gather(1, action[:, None]) < best).squeeze(1)


def _sample(weight: Tensor, generator: torch.Generator) -> Tensor:
    """Draw one column of each row of `weight` `[B, A]` in proportion to its weight, never one of 0: `[B]` int64."""
    running = weight.cumsum(1)
    # 1 - rand lies in (0, 1], so the draw is above 0 and a leading column of weight 0 is skipped.
    draw = (1 - torch.rand(len(weight), 1, generator=generator, device=weight.device)) * running[:, -1:]
    return (running < draw).sum(1)
