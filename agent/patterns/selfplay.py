"""The same self-play as agent/selfplay.py for games that have it in one compiled loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from agent.patterns.q import PatternsQ
from agent.policy import Policy
from agent.targets import Trajectories
from game.bitboard import BitboardState
from game.connect4 import Connect4


def has_compiled_self_play(q: Any) -> bool:
    """Whether `self_play` of this module knows how to play this Q-function against itself."""
    return isinstance(q, PatternsQ) and isinstance(q.game, Connect4)


def self_play(q: PatternsQ, policy: Policy, games: int, opening_plies: int, generator: torch.Generator) -> Trajectories:
    """As `agent.selfplay.self_play`, with other random numbers; the same with any number of threads."""
    from agent.patterns import connect4  # here, as numba takes a moment to import

    whole = -(-games // connect4.BLOCK) * connect4.BLOCK
    shape = (connect4.PLIES, whole)
    own, opp = np.empty(shape, np.uint64), np.empty(shape, np.uint64)
    action, value = np.empty(shape, np.int8), np.empty((*shape, q.game.num_actions), np.float32)
    exploratory, forced = np.empty(shape, np.bool_), np.empty(shape, np.bool_)
    length, reward = np.empty(whole, np.int64), np.empty(whole, np.float32)
    seed = int(torch.randint(1 << 62, (1,), generator=generator))
    parts, count, number, first, rows, table = q.arguments()
    connect4.play(
        whole, np.uint64(seed), policy.epsilon, policy.varied, policy.temperature, opening_plies,
        parts, count, number, connect4.next_stone(number), first, rows, table,
        own, opp, action, value, exploratory, forced, length, reward,
    )  # fmt: skip
    # By t and then by game, as far as games were asked for.
    played = torch.arange(connect4.PLIES)[:, None] < torch.from_numpy(length[:games])
    t, game = played.nonzero().unbind(1)
    row = t * whole + game

    def taken(column: Any) -> torch.Tensor:
        return torch.from_numpy(column).flatten(0, 1).index_select(0, row)

    return Trajectories(
        state=BitboardState(
            ply=t.to(torch.int16),
            done=torch.zeros(len(t), dtype=torch.bool),
            reward=torch.zeros(len(t), dtype=torch.int8),
            own=taken(own.view(np.int64)),
            opp=taken(opp.view(np.int64)),
        ),
        action=taken(action).long(),
        q=taken(value),
        exploratory=taken(exploratory),
        forced=taken(forced),
        t=t,
        game=game,
        reward=torch.from_numpy(reward[:games]),
    )
