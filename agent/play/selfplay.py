"""Self-play: thousands of games at once, one forward pass per ply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from agent.play.cancel import check
from agent.play.policy import Policy
from agent.play.qfunction import QFunction, Spread
from agent.play.trajectories import Trajectories
from game.core import State
from game.play import play


def self_play(
    q: QFunction,
    policy: Policy,
    games: int,
    opening_plies: int,
    generator: torch.Generator,
    bonus: Callable[[Any], Spread] | None = None,
) -> Trajectories:
    """Play `games` games of `q` against itself and return all their moves.

    The first k moves of each game are uniformly random, k drawn from 0 to `opening_plies`: without this, rare
    positions would never be seen. They are learned from like all others.

    bonus: gives Q and a bonus that self-play adds to it when it chooses a move, for exploration beyond the policy.
    """
    device = generator.device
    start = q.game.initial(games, device)
    openings = torch.randint(0, opening_plies + 1, (games,), generator=generator, device=device)
    share = 2 * torch.rand(games, generator=generator, device=device) if policy.varied else None
    reward = torch.zeros(games, dtype=torch.float32, device=device)
    states: list[State] = []
    columns: dict[str, list[Tensor]] = {"action": [], "q": [], "exploratory": [], "forced": [], "t": [], "game": []}

    def choose(state: Any, rows: Tensor) -> Tensor:
        check()
        t = len(states)
        values, added = (q.q(state), None) if bonus is None else bonus(state)
        forced = openings[rows] > t if t < opening_plies else None
        decision = policy.decide(values, generator, forced, added, 1.0 if share is None else share[rows])
        states.append(state)
        columns["q"].append(values)
        columns["exploratory"].append(decision.exploratory)
        columns["forced"].append(torch.zeros_like(decision.exploratory) if forced is None else forced)
        columns["t"].append(torch.full_like(rows, t))
        columns["game"].append(rows)
        return decision.action

    with torch.inference_mode():
        for turn in play(q.game, start, choose):
            columns["action"].append(turn.action)
            reward[turn.rows] = turn.after.reward.float()
    return Trajectories(
        state=type(states[0]).cat(states),
        reward=reward,
        **{name: torch.cat(column) for name, column in columns.items()},
    )
