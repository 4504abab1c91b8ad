"""Q-values from the values of the positions after each move, for whatever values positions.

Q(s, a) = -V(s after a), and r_T where a ends the game: V is seen by the side to move after a. This minus sign, in
reading and in learning, is here for every kind of V; compiled self-play repeats it (agent/ntuple).
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

# What is held at once, however many positions are asked about: Q-values of rows, and positions after moves. Few enough
# that a machine with 1 GiB to spare values any board; many enough that no time is lost.
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
    """The unfinished positions after M of N moves, and what they should be worth.

    rows:   `[M]` int64 in [0, N), which moves did not end the game.
    state:  M positions.
    target: `[M]` float32, seen by the side to move there.
    """

    rows: Tensor
    state: State
    target: Tensor


def q_of_afterstates(game: Game[S], state: S, value: Callable[[S], Tensor], numbers: int = 1) -> Tensor:
    """`[numbers, B, A]` float32 from as many numbers a position: first Q, -inf where illegal, then what else there is.

    value: gives `[numbers, M]` for M unfinished positions: first V for the side to move, then what has no side, such
        as a spread. Where a move ends the game Q is r_T, exactly, and all others are 0, as they are where illegal.
    """
    parts = [_q(game, state[rows], value, numbers) for rows in slices(len(state), max(1, _MOST_Q // game.num_actions))]
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def afterstates(game: Game[S], state: S, action: Tensor, target: Tensor) -> Afterstates:
    """Where N moves lead, and their targets `[N]`, seen by whoever made them, as seen from there."""
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
    """`[numbers, M]` for M positions, some of them ends, as seen by whoever moved there."""
    going = (~after.done).nonzero().squeeze(1)
    found = torch.zeros(numbers, len(after), device=going.device)
    if len(going):
        found[:, going] = value(after if len(going) == len(after) else after[going])
    found[0] = torch.where(after.done, after.reward.float(), -found[0])
    return found
