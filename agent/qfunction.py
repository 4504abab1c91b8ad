"""Q-functions: everything that values moves. A table, a network and a search look alike from outside."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from game.core import Game, S


class QFunction(Protocol):
    """Q(s, a): the expected final reward r_T of action a in state s, as seen by the side to move in s."""

    @property
    def game(self) -> Game[Any]: ...

    def q(self, state: Any) -> Tensor:
        """`[B, A]` float32 in [-1, 1]; -inf where the action is illegal."""
        ...


class Spread(NamedTuple):
    """What an ensemble says: the mean of its members and their standard deviation.

    q:      `[B, A]` float32, -inf where illegal.
    spread: `[B, A]` float32, at least 0; 0 where illegal.
    """

    q: Tensor
    spread: Tensor


class ConstantQ:
    """Knows nothing: 0 for every legal action."""

    def __init__(self, game: Game[Any]) -> None:
        self.game = game

    def q(self, state: Any) -> Tensor:
        return masked(torch.zeros(len(state), self.game.num_actions, device=state.ply.device), self.game, state)


def masked(q: Tensor, game: Game[S], state: S) -> Tensor:
    """`q` `[B, A]` with -inf where the action is illegal."""
    return torch.where(game.legal(state), q, -torch.inf)
