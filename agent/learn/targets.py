"""Targets of Q-learning with a terminal reward: one backward recursion over each game.

With b the bootstrap value of the position after a move, seen by the side to move there, for each move from the last:

    G_last = r_T
    G_t    = -[(1 - lambda_t) * b_{t+1} + lambda_t * G_{t+1}]

lambda 0 with b = max_a Q is Q-learning's r_i + max_a Q(s_{i+1}, a) (Watkins 1989), with b = Q of the action played
SARSA, with b = the policy's mean expected SARSA; lambda 1 is r_T for every pair of the game, also known as Deep
Monte-Carlo (Zha et al. 2021, "DouZero"); all between are lambda-returns (Sutton 1988). n-step targets bootstrap after n
moves at the latest. With cutting, lambda_t is 0 if the move t + 1 was exploratory (Watkins' Q(lambda)): what
followed it says nothing about best play.
The minus sign between what follows and a move is here, for all targets: each ply is seen by its own mover.
"""

from __future__ import annotations

import torch
from torch import Tensor

from agent.config import FINAL_REWARD, MONTE_CARLO, TrainConfig
from agent.play.policy import Policy
from agent.play.trajectories import PlayedQ, Trajectories


def q_targets(trajectories: Trajectories, bootstrap: Tensor, lam: float, cut: bool, n_step: int = 0) -> Tensor:
    """G for every move: `[N]` float32 in [-1, 1], seen by its mover.

    bootstrap: `[N]` float32, b of each position before the move (`bootstrap_values`).
    lam: lambda in [0, 1]. cut: lambda is 0 where the next move was exploratory.
    n_step: bootstrap after at most this many moves; 0 is no bound.
    """
    if not 0 <= lam <= 1:
        raise ValueError(f"lambda {lam} is not between 0 and 1")
    if n_step < 0:
        raise ValueError(f"n_step {n_step} is below 0")
    games, plies = len(trajectories.reward), int(trajectories.t[-1]) + 1 if len(trajectories) else 0
    place = trajectories.t * games + trajectories.game
    step_lam = torch.full_like(bootstrap, lam)
    if cut:
        step_lam.masked_fill_(trajectories.exploratory, 0.0)
    made = torch.zeros(plies * games, dtype=torch.bool, device=place.device).index_fill_(0, place, True)
    b, lams = (x.new_zeros(plies * games).index_copy_(0, place, x).view(plies, games) for x in (bootstrap, step_lam))
    return _backwards(b, lams, made.view(plies, games), trajectories.reward, n_step).flatten().index_select(0, place)


def _backwards(b: Tensor, lam: Tensor, made: Tensor, reward: Tensor, n_step: int) -> Tensor:
    """G `[T, G]` from b and lambda at each move, `[T, G]`; `made` tells at which t a game was still going on."""
    found = [reward] * len(b)
    # Of the move after the current one. Row k looks at most k + 1 moves ahead; without a bound there is one row, which
    # looks to the end.
    next_g = reward.expand(max(n_step, 1), -1)
    for t in reversed(range(len(b) - 1)):
        g = torch.cat((b[t + 1, None], next_g[:-1])) if n_step else next_g
        next_g = torch.where(made[t + 1], -((1 - lam[t + 1]) * b[t + 1] + lam[t + 1] * g), reward)
        found[t] = next_g[-1]
    return torch.stack(found) if found else b


def bootstrap_values(trajectories: Trajectories, q: Tensor | PlayedQ, target: str, policy: Policy) -> Tensor:
    """b of each position, by its mover: `[N]` float32.

    q: `[N, A]`, the Q-values to bootstrap from, -inf where illegal; or what is asked of them.
    target: "sarsa" takes the Q of the action played (Rummery and Niranjan 1994), or the best Q if that was a forced
    opening move; "expected-sarsa" the mean under the policy (van Seijen et al. 2009); all others the best (Q-learning).
    """
    if isinstance(q, PlayedQ):
        if target == "expected-sarsa":
            return q.mean
        return torch.where(trajectories.forced, q.best, q.played) if target == "sarsa" else q.best
    if target == "expected-sarsa":
        return (policy.probabilities(q) * q.masked_fill(q == -torch.inf, 0.0)).sum(1)
    best = q.amax(1)
    if target == "sarsa":
        return torch.where(trajectories.forced, best, q.gather(1, trajectories.action[:, None]).squeeze(1))
    return best


def targets(trajectories: Trajectories, config: TrainConfig, policy: Policy, q: Tensor | None = None) -> Tensor:
    """The targets that a TrainConfig asks for: `[N]` float32.

    q: `[N, A]`, what to bootstrap from; None for the Q-values of self-play.
    """
    bootstrap = bootstrap_values(trajectories, trajectories.q if q is None else q, config.target, policy)
    lam = 1.0 if config.target in FINAL_REWARD else config.lam
    return q_targets(trajectories, bootstrap, lam, config.cut and config.target != MONTE_CARLO, config.n_step)
