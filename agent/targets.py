"""Targets of Q-learning with a terminal reward: one backward recursion over each game.

With b the bootstrap value of the position after a move, seen by the side to move there, for each move from the last:

    G_last = r_T
    G_t    = -[(1 - lambda_t) * b_{t+1} + lambda_t * G_{t+1}]

lambda 0 is Q-learning's r_i + max_a Q(s_{i+1}, a) (Watkins 1989), lambda 1 is r_T for every pair of the game, also
known as Deep Monte-Carlo (Zha et al. 2021, "DouZero"), all between are lambda-returns (Sutton 1988). Where cutting is
on, lambda_t is 0 if the move t + 1 was not greedy (Watkins' Q(lambda)): what followed it says nothing of best play.
The minus sign is here and nowhere else: each ply is seen by its own mover.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from game.core import State


@dataclass(frozen=True, slots=True)
class Trajectories:
    """N moves of G finished games, ordered by t and then by game.

    state:       N positions before the move.
    action:      `[N]` int64.
    q:           `[N, A]` float32, the mover's Q-values when it moved; -inf where illegal.
    exploratory: `[N]` bool, the move was not the best by its own Q-values.
    t:           `[N]` int64, moves made before in this game, openings included.
    game:        `[N]` int64 in [0, G), which game.
    reward:      `[G]` float32, r_T from the view of whoever moved last.
    """

    state: State
    action: Tensor
    q: Tensor
    exploratory: Tensor
    t: Tensor
    game: Tensor
    reward: Tensor

    def __len__(self) -> int:
        return self.action.shape[0]


def q_targets(trajectories: Trajectories, bootstrap: Tensor, lam: float, cut: bool) -> Tensor:
    """G for every move: `[N]` float32 in [-1, 1], seen by its mover.

    bootstrap: `[N]` float32, b of each position before the move (`max_q` for Q-learning).
    lam: lambda in [0, 1]. cut: lambda is 0 where the next move was exploratory.
    """
    if not 0 <= lam <= 1:
        raise ValueError(f"lambda {lam} is not between 0 and 1")
    target = torch.empty_like(bootstrap)
    # What the move after the one at hand left behind, per game.
    next_g, next_b = trajectories.reward.clone(), trajectories.reward.clone()
    next_lam = torch.empty_like(next_g)
    ended = torch.zeros_like(next_g, dtype=torch.bool)  # already past this game's last move, going backwards
    step_lam = torch.full_like(bootstrap, lam)
    if cut:
        step_lam.masked_fill_(trajectories.exploratory, 0.0)
    ends = torch.bincount(trajectories.t).cumsum(0).tolist()
    for low, high in zip(reversed([0, *ends[:-1]]), reversed(ends), strict=True):
        rows = trajectories.game[low:high]
        follow = next_lam[rows]
        g = torch.where(
            ended[rows],
            -((1 - follow) * next_b[rows] + follow * next_g[rows]),
            trajectories.reward[rows],
        )
        target[low:high] = g
        next_g[rows], next_b[rows], next_lam[rows] = g, bootstrap[low:high], step_lam[low:high]
        ended[rows] = True
    return target


def max_q(trajectories: Trajectories) -> Tensor:
    """The bootstrap of Q-learning, max over a of Q(s, a): `[N]` float32."""
    return trajectories.q.amax(1)


def targets(trajectories: Trajectories, config: Any) -> Tensor:
    """The targets that a TrainConfig asks for: `[N]` float32."""
    lam = {"r_T": 1.0, "q": 0.0, "lambda": config.lam}[config.target]
    return q_targets(trajectories, max_q(trajectories), lam, config.cut)
