"""Negamax of fixed depth, for all positions of a batch at once.

The minus sign between plies of the search is here.

Ends are searched within 1 ply, then 2, and so on, and only where none has been found yet. To show that an end is forced
takes one move of the side that forces it but all replies: most claims fail at the first reply, so that is tried first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from agent.play.cancel import check
from agent.play.identity import fingerprint
from game.core import AnyGame, field_names, legal_children

MOST_ROWS = 1 << 18
_MOST_BYTES = (
    1 << 22
)  # of successor positions on a CPU: more would not fit its caches, and would run long between checks


class NegamaxQ:
    """Wins and losses that can be forced within `depth` plies, 0 beyond; a nearer end counts more.

    Q(s, a) is +-(1 - (n - 1) / (2 * max_plies)) for an end forced in n plies, 0 for a draw or the unknown. max_a Q and
    the moves that reach it are exact; if there is a win in one, other moves are not searched and count as unknown.
    A search can be cancelled (`agent.play.cancel`).
    """

    def __init__(self, game: AnyGame, depth: int) -> None:
        if depth < 1:
            raise ValueError(f"negamax depth {depth} is below 1")
        self.game = game
        self.depth = depth

    def q(self, state: Any) -> Tensor:
        legal, parent, action, children = legal_children(self.game, state)
        value = children.reward.float()
        won = _rows_of(parent, children.reward > 0, len(state))
        open_rows = (~children.done & ~won[parent]).nonzero().squeeze(1)
        search = _Search(self.game, state)
        for plies in range(1, self.depth):
            if not len(open_rows):
                break
            weight = 1 - plies / (2 * self.game.max_plies)
            for sign, forced in ((-1, search.wins), (1, search.loses)):
                found = forced(children[open_rows], plies)
                value[open_rows[found]] = sign * weight
                open_rows = open_rows[~found]
        q = torch.full(legal.shape, -torch.inf, device=parent.device)
        q[parent, action] = value
        return q

    def identity(self) -> str:
        """As `QFunction.identity`."""
        return fingerprint("negamax", self.game, {"depth": self.depth}, {})

    def weights(self) -> dict[str, Tensor]:
        """As `QFunction.weights`: none."""
        return {}


class _Search:
    """Forced ends in one game, searched in parts small enough to be cancelled in between."""

    def __init__(self, game: AnyGame, state: Any) -> None:
        self._game = game
        self._most = MOST_ROWS
        if len(state) and state.ply.device.type == "cpu":
            a_row = sum(getattr(state, name)[:1].nbytes for name in field_names(type(state)))
            self._most = min(MOST_ROWS, _MOST_BYTES // a_row)

    def wins(self, state: Any, plies: int) -> Tensor:
        """Where the side to move can force a win within `plies`: `[B]` bool, for unfinished positions."""
        check()
        if self._too_many(state):
            return _by_halves(self.wins, state, plies)
        _, parent, _, children = legal_children(self._game, state)
        won = _rows_of(parent, children.reward > 0, len(state))
        if plies > 1:
            open_rows = (~children.done & ~won[parent]).nonzero().squeeze(1)
            lost = self.loses(children[open_rows], plies - 1)
            won[parent[open_rows[lost]]] = True
        return won

    def loses(self, state: Any, plies: int) -> Tensor:
        """Where the side to move cannot avoid a loss within `plies`: `[B]` bool, for unfinished positions."""
        check()
        if self._too_many(state):
            return _by_halves(self.loses, state, plies)
        legal = self._game.legal(state)
        first = torch.zeros_like(legal).scatter_(1, legal.to(torch.uint8).argmax(1, keepdim=True), True)
        lost = torch.ones(len(state), dtype=torch.bool, device=legal.device)
        for moves in (first, legal & ~first):
            parent, action = (moves & lost[:, None]).nonzero().unbind(1)
            if not len(parent):
                break
            children = self._game.step(state[parent], action)
            bad = children.reward < 0
            if plies > 1:
                open_rows = (~children.done).nonzero().squeeze(1)
                bad[open_rows] = self.wins(children[open_rows], plies - 1)
            lost[parent[~bad]] = False
        return lost

    def _too_many(self, state: Any) -> bool:
        return len(state) * self._game.num_actions > self._most and len(state) > 1


def _rows_of(parent: Tensor, which: Tensor, rows: int) -> Tensor:
    """`[rows]` bool: the positions that have such a child."""
    found = torch.zeros(rows, dtype=torch.bool, device=parent.device)
    found[parent[which]] = True
    return found


def _by_halves(forced: Callable[[Any, int], Tensor], state: Any, plies: int) -> Tensor:
    half = len(state) // 2
    return torch.cat([forced(part, plies) for part in (state[:half], state[half:])])
