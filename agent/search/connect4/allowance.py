"""What is left of a budget, and searches that go on while something is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from agent.play.cancel import check
from agent.search.budget import MOST_NODES, Budget

_DEPTH, _NODES = 0, 3


class Stack(Protocol):
    """A search that can go on: `at` holds its depth, -1 at its end, and its nodes; see `solver` and `pvs`."""

    @property
    def at(self) -> Any: ...


class Allowance:
    """Nodes and time that are left for one position."""

    def __init__(self, budget: Budget) -> None:
        self.nodes = budget.nodes or MOST_NODES
        self.begin = time.monotonic()
        self.end = None if budget.seconds is None else self.begin + budget.seconds
        self.used = 0

    def share(self, of_all: float) -> Allowance:
        """A part of what there was at the beginning, from now on and within what is left."""
        part = Allowance(Budget(nodes=1))
        part.nodes = min(int(of_all * (self.nodes + self.used)), self.nodes)
        part.end = None if self.end is None else min(self.end, part.begin + of_all * (self.end - self.begin))
        return part

    def take(self, nodes: int) -> None:
        """These have been used."""
        self.nodes -= nodes
        self.used += nodes

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.nodes <= 0 or (self.end is not None and time.monotonic() >= self.end)

    def finish(self, stack: Stack, advance: Callable[[int], None], chunk: int) -> bool:
        """Let a search go on, `chunk` nodes between looks at the clock and for a cancellation; whether it ended.

        advance: goes on until so many nodes of the search have been met.
        """
        while stack.at[_DEPTH] >= 0:
            check()
            if self.spent:
                return False
            before = int(stack.at[_NODES])
            advance(before + min(chunk, self.nodes))
            self.take(int(stack.at[_NODES]) - before)
        return True
