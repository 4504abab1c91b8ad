"""Q from the values of afterstates, the positions after each move, for any kind of value function.

Q(s, a) = -V(s after a), and r_T if a ends the game: V is seen by the side to move after a. This minus sign, in
reading and in learning, is here for every kind of V; only compiled self-play repeats it (agent/ntuple).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from agent.play.cancel import check
from agent.play.qfunction import slices
from game.core import AnyGame, Game, S, State

# The most Q-values and afterstates in memory at once, whatever the batch: few enough for any board on a machine with 1
# GiB to spare, many enough that no time is lost.
_MOST_Q = 1 << 20
_MOST_AFTERSTATES = 1 << 16


class AfterstateQ(ABC):
    """Q(s, a) = -V(s after a), exact where a ends the game: what a network and n-tuples are as soon as they give V."""

    game: AnyGame

    @abstractmethod
    def values(self, state: Any) -> Tensor:
        """V of M unfinished positions for the side to move: `[M]` float32 in [-1, 1]."""

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`."""
        with torch.inference_mode():
            return q_of_afterstates(self.game, state, lambda after: self.values(after)[None])[0]


class Afterstates(NamedTuple):
    """The unfinished positions after M of N moves, and the targets for their values.

    rows:   `[M]` int64 in [0, N), the moves that did not end the game.
    state:  M positions.
    target: `[M]` float32, seen by the side to move there.
    """

    rows: Tensor
    state: State
    target: Tensor


def q_of_afterstates(game: Game[S], state: S, value: Callable[[S], Tensor], numbers: int = 1) -> Tensor:
    """`[numbers, B, A]` float32: first Q, -inf where illegal, then any further numbers that `value` gives.

    value: gives `[numbers, M]` for M unfinished positions: first V for the side to move, then numbers without a side,
    such as a spread. If a move ends the game, Q is exactly r_T and the further numbers are 0, as for illegal moves.
    """
    parts = [_q(game, state[rows], value, numbers) for rows in slices(len(state), max(1, _MOST_Q // game.num_actions))]
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def afterstates(game: Game[S], state: S, action: Tensor, target: Tensor) -> Afterstates:
    """The positions that N moves lead to, with the movers' targets `[N]` as seen from there."""
    after = game.step(state, action)
    rows = (~after.done).nonzero().squeeze(1)
    return Afterstates(rows, after[rows], -target[rows])


def _q(game: Game[S], state: S, value: Callable[[S], Tensor], numbers: int) -> Tensor:
    legal = game.legal(state)
    parent, action = legal.nonzero().unbind(1)
    q = torch.zeros(numbers, *legal.shape, device=legal.device)
    q[0] = -torch.inf
    for moves in slices(len(parent), _MOST_AFTERSTATES):
        check()
        after = game.step(state[parent[moves]], action[moves])
        q[:, parent[moves], action[moves]] = _seen_by_mover(after, value, numbers)
    return q


def _seen_by_mover(after: State, value: Callable[[Any], Tensor], numbers: int) -> Tensor:
    """`[numbers, M]` for M positions, finished or not, as seen by the player who moved there."""
    going = (~after.done).nonzero().squeeze(1)
    found = torch.zeros(numbers, len(after), device=going.device)
    if len(going):
        found[:, going] = value(after if len(going) == len(after) else after[going])
    found[0] = torch.where(after.done, after.reward.float(), -found[0])
    return found
