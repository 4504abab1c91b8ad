"""Trajectories: all moves of many games of self-play."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from game.core import State


@dataclass(frozen=True, slots=True)
class Trajectories:
    """N moves of G finished games, ordered by t and then by game.

    state:       N positions before the move.
    action:      `[N]` int64.
    q:           `[N, A]` float32, the mover's Q-values when it moved; -inf where illegal.
    exploratory: `[N]` bool, the move was not the best by the mover's Q-values.
    forced:      `[N]` bool, a random opening move, not chosen by the policy.
    t:           `[N]` int64, moves made before in this game, openings included.
    game:        `[N]` int64 in [0, G), the game it belongs to.
    reward:      `[G]` float32, r_T from the view of whoever moved last.
    """

    state: State
    action: Tensor
    q: Tensor
    exploratory: Tensor
    forced: Tensor
    t: Tensor
    game: Tensor
    reward: Tensor

    def __len__(self) -> int:
        return self.action.shape[0]
