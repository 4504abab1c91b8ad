"""The engine for any other Q-function of Connect Four: the solver first, and best-first trees where it cannot."""

from __future__ import annotations

import time
from typing import Any

import torch

from agent.play.qfunction import QFunction
from agent.search.budget import Budget
from agent.search.connect4.allowance import Allowance
from agent.search.connect4.board import CELLS
from agent.search.connect4.book import PLIES, book
from agent.search.connect4.engine import bare
from agent.search.connect4.root import roots_of
from agent.search.connect4.search import DISTANCE_SHARE, SHARE, Memory, Search, affordable
from agent.search.found import Found
from agent.search.tree.engine import TreeSearch


class ProvingEngine:
    """Searches with any Q-function at the leaves."""

    name = "connect4 solver, tree 2"
    anywhere = False

    def __init__(self, leaf: QFunction) -> None:
        self.leaf = leaf
        self._trees = TreeSearch(leaf)
        self._memory = Memory()

    def search(self, state: Any, budget: Budget) -> list[Found]:
        """As `Engine.search`. A node is a position, of either search."""
        if budget.nodes == 1:
            return [bare(row) for row in self.leaf.q(state)]
        late = torch.tensor([ply < PLIES or affordable(ply, budget) for ply in state.ply.tolist()])
        found: dict[int, Found] = {}
        for rows, search in ((late, self._prove), (~late, self._trees.search)):
            if bool(rows.any()):
                found.update(zip(rows.nonzero().flatten().tolist(), search(state[rows], budget), strict=True))
        return [found[row] for row in range(len(state))]

    def _prove(self, state: Any, budget: Budget) -> list[Found]:
        """Positions where the solver has a chance; those where it fails are then searched together."""
        q, found = self.leaf.q(state), {}
        with self._memory.lock:
            for row, root in enumerate(roots_of(state, q, book())):
                begin = time.monotonic()
                allowance = Allowance(budget)
                allowance.take(1)
                search = Search(root, self._memory.tables(budget), allowance)
                search.prove(allowance.share(SHARE))
                if root.proven:
                    search.measure(allowance.share(DISTANCE_SHARE))
                if root.proven is not None:
                    found[row] = Found(root.q(), CELLS - root.position.ply, allowance.used, search.line(), True)
                elif budget.seconds is not None:
                    left = max(budget.seconds - (time.monotonic() - begin), 1e-3)
                    found[row] = self._trees.search(state[row : row + 1], Budget(budget.nodes, left))[0]
        rest = [row for row in range(len(state)) if row not in found]
        if rest:
            assert budget.nodes is not None  # as those of a budget of time are done
            rest_of_it = Budget(max(1, budget.nodes - int(SHARE * budget.nodes)))
            found.update(zip(rest, self._trees.search(state[rest], rest_of_it), strict=True))
        return [found[row] for row in range(len(state))]
