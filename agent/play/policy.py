"""Policies: from Q-values to moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from agent.config import TrainConfig
from game.errors import QzeroError
from game.play import column_at

DRAWS = 3  # random numbers that a decision takes at most


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
        return probabilities(q, self.epsilon, self.temperature, self.temperature == 0)

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
        refuse_nan(bool((q if bonus is None else q + bonus).amax(1).isnan().any()))
        needed = 1 if self.epsilon == 0 and forced is None else DRAWS
        draws = [torch.rand(len(q), generator=generator, device=q.device) for _ in range(needed)]
        return decided(q, draws, self.epsilon * share, self.temperature, self.temperature == 0, forced, bonus)


def refuse_nan(found: bool) -> None:
    """Raise QzeroError if not-a-number was found among Q-values."""
    if found:
        raise QzeroError("the Q-values are not numbers: the training diverged; start again with a smaller step size")


def probabilities(q: Tensor, epsilon: Tensor | float, temperature: Tensor | float, greedy: bool) -> Tensor:
    """As `Policy.probabilities`; `epsilon` and `temperature` may be tensors, and `greedy` is for temperature 0."""
    best = q.amax(1, keepdim=True)
    weight = (q == best).float() if greedy else torch.exp((q - best) / temperature)
    legal = (q > -torch.inf).float()
    return (1 - epsilon) * weight / weight.sum(1, keepdim=True) + epsilon * legal / legal.sum(1, keepdim=True)


def decided(
    q: Tensor,
    draws: Sequence[Tensor] | Tensor,
    epsilon: Tensor | float,
    temperature: Tensor | float,
    greedy: bool,
    forced: Tensor | None = None,
    bonus: Tensor | None = None,
) -> Decision:
    """As `Policy.decide`, by random numbers `draws` `[DRAWS, B]` in [0, 1); one `[1, B]` will do without epsilon.

    Nothing is read back from the device. Every row needs a legal action.
    epsilon: `[B]` or one number. temperature: one number; `greedy` is for 0.
    """
    wanted = q if bonus is None else q + bonus
    best = wanted.amax(1, keepdim=True)
    action = (
        column_at(wanted == best, draws[0]) if greedy else _sample(torch.exp((wanted - best) / temperature), draws[0])
    )
    if len(draws) > 1:
        chance = draws[1] < epsilon
        if forced is not None:
            chance = chance | forced
        action = torch.where(chance, column_at(wanted > -torch.inf, draws[2]), action)
    return Decision(action, (q.gather(1, action[:, None]) < q.amax(1, keepdim=True)).squeeze(1))


GREEDY = Policy()


def self_play_policy(config: TrainConfig, progress: float) -> Policy:
    """The policy of self-play after the share `progress` in [0, 1] of the run.

    Falling exploration ends greedily, as SARSA needs for optimal Q ("greedy in the limit with infinite exploration",
    Singh et al. 2000).
    """
    share = max(0.0, 1 - progress) if config.exploration == "falling" else 1.0
    temperature = config.temperature * share
    return Policy(config.epsilon * share, temperature if temperature >= 1e-6 else 0.0, config.exploration == "varied")


def opening_plies(config: TrainConfig, progress: float) -> int:
    """The most random moves that games begin with after the share `progress` in [0, 1] of the run.

    Random openings meet positions that good players avoid; games from the start position learn the line they play.
    """
    return config.opening_plies if progress < config.opening_share else 0


def _sample(weight: Tensor, draw: Tensor) -> Tensor:
    """One column of each row of `weight` `[B, A]`, in proportion to its weight, by `draw` `[B]` in [0, 1): `[B]` int64.

    Never one of weight 0.
    """
    running = weight.cumsum(1)
    # 1 - draw lies in (0, 1], so that a leading column of weight 0 is skipped.
    return (running < (1 - draw[:, None]) * running[:, -1:]).sum(1)
