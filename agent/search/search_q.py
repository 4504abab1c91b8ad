"""Search as a Q-function over a Q-function: the same protocol, better values."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.play.identity import fingerprint
from agent.play.qfunction import QFunction
from agent.search.budget import Budget
from agent.search.engines import engine_for
from agent.search.exact_ply import ExactPlyQ
from agent.search.found import Found
from agent.search.negamax import NegamaxQ
from game.core import AnyGame
from game.errors import UsageError

_REMEMBERED = 64  # positions of the last batch that can be looked at again without another search


class SearchQ:
    """Q by a search of each position with `leaf` at its leaves; see `Found.q` for what the numbers mean.

    Raises UsageError for a Q-function that no search can build on.
    """

    def __init__(self, leaf: QFunction, budget: Budget) -> None:
        _refuse(leaf)
        self.leaf = leaf
        self.budget = budget
        self.engine = engine_for(leaf)
        self._last: dict[tuple[int, int], Found] = {}

    @property
    def game(self) -> AnyGame:
        return self.leaf.game

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`."""
        home, state = state.ply.device, self._at_hand(state)
        q = torch.full((len(state), self.game.num_actions), -torch.inf, device=state.ply.device)
        going = (~state.done).nonzero().squeeze(1)
        if len(going):
            found = self.engine.search(state[going], self.budget)
            q[going] = torch.stack([one.q for one in found])
            self._last = dict(zip(self._keys(state[going[:_REMEMBERED]]), found, strict=False))
        return q.to(home)

    def look(self, state: Any) -> Found:
        """What the search finds out about one unfinished position; at no cost if it was asked about it last.

        Raises ValueError for any other number of positions, or a finished one.
        """
        if len(state) != 1 or bool(state.done):
            raise ValueError("a search looks at one unfinished position at a time")
        state = self._at_hand(state)
        key = self._keys(state)[0]
        if key not in self._last:
            self._last = {key: self.engine.search(state, self.budget)[0]}
        return self._last[key]

    def identity(self) -> str:
        """As `QFunction.identity`."""
        budget = {"nodes": self.budget.nodes, "seconds": self.budget.seconds}
        settings = {"leaf": self.leaf.identity(), "engine": self.engine.name, **budget}
        return fingerprint("search", self.game, settings, {})

    def weights(self) -> dict[str, Tensor]:
        """As `QFunction.weights`: those of the leaf."""
        return self.leaf.weights()

    def _at_hand(self, state: Any) -> Any:
        return state if self.engine.anywhere else state.to("cpu")

    def _keys(self, state: Any) -> list[tuple[int, int]]:
        """Key and ply, as `Game.key` ignores who is to move."""
        return list(zip(self.game.key(state).tolist(), state.ply.tolist(), strict=True))


def _refuse(leaf: QFunction) -> None:
    if isinstance(leaf, SearchQ):
        raise UsageError("a search over a search: give one budget of nodes, seconds or both")
    if isinstance(leaf, NegamaxQ):
        raise UsageError("negamax is a search of its own depth: use it without a budget of nodes or seconds")
    if isinstance(leaf, ExactPlyQ):
        raise UsageError("a search sees by itself how the game ends: leave out exact-ends before nodes or seconds")
    if hasattr(leaf, "follow"):
        raise UsageError("a search looks at positions alone, and this player has to follow a game from its start")
