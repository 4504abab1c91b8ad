"""Players: a name, a Q-function and a policy."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from agent.play.policy import GREEDY, Policy, decided, refuse_nan
from agent.play.qfunction import QFunction
from game.core import AnyGame


@dataclass(frozen=True, slots=True)
class QPlayer:
    """Plays a Q-function by a policy: greedy unless told otherwise, equal best moves drawn at random."""

    name: str
    q_function: QFunction
    policy: Policy = GREEDY

    @property
    def identity(self) -> str:
        """A fingerprint of the Q-function and the policy, whatever the player's name."""
        text = json.dumps({"q": self.q_function.identity(), "policy": dataclasses.asdict(self.policy)}, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def act(self, game: AnyGame, state: Any, generator: torch.Generator) -> Tensor:
        """A legal action for each of B unfinished positions: `[B]` int64."""
        return self.choose(game, state, generator)[0]

    def act_by(self, game: AnyGame, state: Any, draws: Tensor) -> Tensor:
        """As `game.play.Drawer.act_by`."""
        q = self._q(game, state)
        refuse_nan(bool(q.amax(1).isnan().any()))
        policy = self.policy
        needed = draws if policy.epsilon else draws[:1]
        return decided(q, needed, policy.epsilon, policy.temperature, policy.temperature == 0).action

    def choose(self, game: AnyGame, state: Any, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The same, and the Q-values that decided: `[B]` int64 and `[B, A]` float32."""
        q = self._q(game, state)
        return self.policy.decide(q, generator).action, q

    def best(self, state: Any) -> Tensor:
        """The moves a greedy player may choose: `[B, A]` bool."""
        q = self.q_function.q(state)
        return q == q.amax(1, keepdim=True)

    def _q(self, game: AnyGame, state: Any) -> Tensor:
        if game.name != self.q_function.game.name:
            raise ValueError(f"{self.name} plays {self.q_function.game.name}, not {game.name}")
        return self.q_function.q(state)
