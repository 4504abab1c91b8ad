"""The engine for n-tuples: a solver that proves outcomes, and alpha-beta over n-tuple values where it cannot.

From about the middle of a game on, the solver needs a fraction of a second. Earlier it is not even begun, or given up
after a share of the budget, and the rest is spent on alpha-beta, which then knows what has been proven on the way.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from agent.ntuple.q import NTupleQ
from agent.search.budget import Budget
from agent.search.connect4.allowance import Allowance
from agent.search.connect4.board import CELLS
from agent.search.connect4.book import book
from agent.search.connect4.leaf import Leaf, leaf_of
from agent.search.connect4.root import Root, roots_of
from agent.search.connect4.search import DISTANCE_SHARE, SHARE, Memory, Search, affordable
from agent.search.found import Found


class Connect4Engine:
    """Searches with n-tuples at the leaves."""

    name = "connect4 2"
    anywhere = False

    def __init__(self, leaf: NTupleQ) -> None:
        self.leaf = leaf
        self._memory = Memory()

    def search(self, state: Any, budget: Budget) -> list[Found]:
        """As `Engine.search`. A node is a position, of either search."""
        q = self.leaf.q(state)
        if budget.nodes == 1:
            return [bare(row) for row in q]
        with self._memory.lock:
            leaf = leaf_of(self.leaf)
            return [self._one(root, leaf, budget) for root in roots_of(state, q, book())]

    def _one(self, root: Root, leaf: Leaf, budget: Budget) -> Found:
        allowance = Allowance(budget)
        allowance.take(1)
        search = Search(root, self._memory.tables(budget), allowance)
        if affordable(root.position.ply, budget):
            search.prove(allowance.share(SHARE))
        if root.proven is None:
            search.deepen(leaf)
        if root.proven:
            search.measure(allowance.share(DISTANCE_SHARE))
        depth = search.depth + 1 if root.proven is None else CELLS - root.position.ply
        return Found(root.q(), depth, allowance.used, search.line(), root.proven is not None)


def bare(q: Tensor) -> Found:
    """The leaf's own Q `[7]`."""
    return Found(q, 1, 1, (int(q.argmax()),), float(q.max()) == 1)
