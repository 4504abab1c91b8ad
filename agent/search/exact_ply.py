"""Exact ends: any Q-function that also sees moves that end the game, and replies that win it at once."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.play.identity import fingerprint
from agent.play.qfunction import QFunction
from game.core import AnyGame, legal_children

MOST_ROWS = 1 << 18
_LIMIT = 1 - 2**-24  # the largest float32 below 1: a saturated estimate must not tie with a certain win


class ExactPlyQ:
    """Q(s, a) is r_T if a ends the game, -1 if it lets the opponent win at once, otherwise that of `inner`.

    Values of `inner` are kept inside (-1, 1), so that a certain win is better than an estimated one.
    """

    def __init__(self, inner: QFunction) -> None:
        self.inner = inner

    @property
    def game(self) -> AnyGame:
        return self.inner.game

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`."""
        if len(state) * self.game.num_actions**2 > MOST_ROWS and len(state) > 1:
            half = len(state) // 2
            return torch.cat((self.q(state[:half]), self.q(state[half:])))
        legal, parent, action, after = legal_children(self.game, state)
        known = torch.full(legal.shape, torch.nan, device=parent.device)
        value = torch.where(after.done, after.reward.float(), torch.nan)
        going = (~after.done).nonzero().squeeze(1)
        _, reply_to, _, replies = legal_children(self.game, after[going])
        value[going[reply_to[replies.reward > 0]]] = -1
        known[parent, action] = value
        believed = torch.where(legal, self.inner.q(state).clamp(-_LIMIT, _LIMIT), -torch.inf)
        return torch.where(known.isnan(), believed, known)

    def identity(self) -> str:
        """As `QFunction.identity`."""
        return fingerprint("exact-ends", self.game, {"inner": self.inner.identity()}, {})

    def weights(self) -> dict[str, Tensor]:
        """As `QFunction.weights`: those of `inner`."""
        return self.inner.weights()
