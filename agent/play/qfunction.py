"""Q-functions: everything that values moves. A table, a network and a search share one protocol."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from agent.play.identity import fingerprint
from game.core import AnyGame, Game, S


class QFunction(Protocol):
    """Q(s, a): the expected final reward r_T of action a in state s, as seen by the side to move in s."""

    @property
    def game(self) -> AnyGame: ...

    def q(self, state: Any) -> Tensor:
        """`[B, A]` float32 in [-1, 1]; -inf where the action is illegal.

        The result is on the device of `state`, wherever the weights are. The temporary memory is bounded, whatever B.
        """
        ...

    def identity(self) -> str:
        """A fingerprint of kind, settings and weights (`agent.play.identity`): equal if two play alike."""
        ...

    def weights(self) -> dict[str, Tensor]:
        """The learned tensors by name, as a checkpoint holds them; empty for a Q-function that learns nothing.

        They are the tensors in use: clone them to keep them.
        """
        ...


class Spread(NamedTuple):
    """The output of an ensemble: the mean over its members and their standard deviation.

    q:      `[B, A]` float32, -inf where illegal.
    spread: `[B, A]` float32, at least 0; 0 where illegal.
    """

    q: Tensor
    spread: Tensor


class ConstantQ:
    """Q = 0 for every legal action: a player that knows nothing."""

    def __init__(self, game: AnyGame) -> None:
        self.game = game

    def q(self, state: Any) -> Tensor:
        return masked(torch.zeros(len(state), self.game.num_actions, device=state.ply.device), self.game, state)

    def identity(self) -> str:
        return fingerprint("constant", self.game, {}, self.weights())

    def weights(self) -> dict[str, Tensor]:
        return {}


def masked(q: Tensor, game: Game[S], state: S) -> Tensor:
    """`q` `[B, A]` with -inf where the action is illegal."""
    return torch.where(game.legal(state), q, -torch.inf)


def slices(count: int, most: int) -> Iterator[slice]:
    """All of `count` rows in order, at most `most` at a time; one empty slice where there are none."""
    for low in range(0, max(count, 1), most):
        yield slice(low, min(low + most, count))
