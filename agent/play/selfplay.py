"""Self-play: thousands of games at once, one forward pass a ply."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.learn.targets import Trajectories
from agent.network.network_q import NetworkQ
from agent.ntuple.q import PatternsQ
from agent.play.cancel import check
from agent.play.policy import Policy
from agent.play.qfunction import QFunction
from game.core import State
from game.play import play


def self_play(
    q: QFunction,
    policy: Policy,
    games: int,
    opening_plies: int,
    generator: torch.Generator,
    optimism: float = 0.0,
) -> Trajectories:
    """Play `games` games of `q` against itself and return all their moves.

    The first k moves of each game are uniformly random, k drawn from 0 to `opening_plies`: without this, rare
    positions are never seen. They are learned from like all others. With `optimism`, ensembles choose by Q plus this
    times their spread (Chen et al. 2017, "UCB Exploration via Q-Ensembles").
    """
    if isinstance(q, PatternsQ):
        compiled = q.encoding.self_play(q, policy, games, opening_plies, generator)
        if compiled is not None:
            return compiled
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
        bonus = None
        if optimism and isinstance(q, NetworkQ):
            values, spread = q.q_and_spread(state)
            bonus = optimism * spread
        else:
            values = q.q(state)
        forced = openings[rows] > t if t < opening_plies else None
        decision = policy.decide(values, generator, forced, bonus, 1.0 if share is None else share[rows])
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
