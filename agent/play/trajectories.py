"""Trajectories: all moves of many games of self-play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from torch import Tensor


class PlayedQ(NamedTuple):
    """What targets ask of the Q-values of N moves, where `[N, A]` of them would fill the memory.

    best, played, mean: `[N]` float32, by the mover: the best Q, that of the action made, and the mean under the policy
        (only where the target is "expected-sarsa").
    """

    best: Tensor
    played: Tensor
    mean: Tensor


@dataclass(frozen=True, slots=True)
class Trajectories:
    """N moves of G finished games, ordered by t and then by game.

    state:       N positions before the move; None where the learner makes the moves once more to know them.
    action:      `[N]` int64.
    q:           `[N, A]` float32, the mover's Q-values when it moved; -inf where illegal; or `PlayedQ`.
    exploratory: `[N]` bool, the move was not the best by the mover's Q-values.
    forced:      `[N]` bool, a random opening move, not chosen by the policy.
    t:           `[N]` int64, moves made before in this game, openings included.
    game:        `[N]` int64 in [0, G), the game it belongs to.
    reward:      `[G]` float32, r_T from the view of whoever moved last.
    rows:        `[N, R]` int32, the rows of a table that Q of the action made was read from, where self-play told; or
                 None.
    """

    state: Any
    action: Tensor
    q: Tensor | PlayedQ
    exploratory: Tensor
    forced: Tensor
    t: Tensor
    game: Tensor
    reward: Tensor
    rows: Tensor | None = None

    def __len__(self) -> int:
        return self.action.shape[0]
