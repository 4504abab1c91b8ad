"""Negamax of fixed depth, for all positions of a batch at once.

The minus sign between plies of a search is here and nowhere else.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from game.core import Game, S, legal_children

_MOST_ROWS = 1 << 18


class NegamaxQ:
    """Wins and losses that can be forced within `depth` plies, 0 beyond; a nearer end counts more.

    Q(s, a) is +-(1 - (n - 1) / (2 * max_plies)) for an end forced in n plies, 0 for a draw or the unknown. max_a Q and
    the moves that reach it are exact; beside a win in one, other moves are not looked into and count as unknown.
    """

    def __init__(self, game: Game[Any], depth: int) -> None:
        if depth < 1:
            raise ValueError(f"negamax depth {depth} is below 1")
        self.game = game
        self.depth = depth

    def q(self, state: Any) -> Tensor:
        return _action_values(self.game, state, self.depth, 1)


def _action_values(game: Game[S], state: S, depth: int, ply: int) -> Tensor:
    """Q of the positions: `[B, A]` float32, -inf where illegal; their children are `ply` plies from the root."""
    if len(state) * game.num_actions > _MOST_ROWS and len(state) > 1:
        half = len(state) // 2
        parts = (state[:half], state[half:])
        return torch.cat([_action_values(game, part, depth, ply) for part in parts])
    legal, parent, action, children = legal_children(game, state)
    value = children.reward.float() * (1 - (ply - 1) / (2 * game.max_plies))
    if depth > 1:
        # A position with a winning move at hand needs no deeper look at its other moves.
        won = torch.zeros(len(state), dtype=torch.bool, device=parent.device)
        won[parent[children.reward > 0]] = True
        open_rows = (~children.done & ~won[parent]).nonzero().squeeze(1)
        if len(open_rows):
            value[open_rows] = -_action_values(game, children[open_rows], depth - 1, ply + 1).amax(1)
    q = torch.full(legal.shape, -torch.inf, device=parent.device)
    q[parent, action] = value
    return q
