"""The search of one position: questions to the solver, then alpha-beta for the moves that they left open."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from agent.search.budget import Budget
from agent.search.connect4 import pvs, solver
from agent.search.connect4.allowance import Allowance
from agent.search.connect4.board import CELLS
from agent.search.connect4.leaf import Leaf
from agent.search.connect4.root import Move, Root

SOLVER_ENTRIES = 1 << 23  # of 8 bytes
VALUE_ENTRIES = 1 << 21  # of 16 bytes
SHARE = 0.85  # of a budget for proving the outcome
DISTANCE_SHARE = 0.3  # at most, for the fastest win or the longest resistance

_SECOND = 20_000_000  # nodes of the solver, about
_FEWEST = 100
_CHUNK, _VALUE_CHUNK = 50_000, 500  # nodes between looks at the clock, about 10 ms of either search


def affordable(ply: int, budget: Budget) -> bool:
    """Whether the solver has a chance within its share of a budget."""
    seconds = math.inf if budget.seconds is None else budget.seconds * _SECOND
    nodes = SHARE * min(math.inf if budget.nodes is None else budget.nodes, seconds)
    return nodes >= _FEWEST and _expected_nodes(ply) <= 4 * nodes


def _expected_nodes(ply: int) -> float:
    """What the solver takes for the outcome of a position, about: measured at 8 to 20 plies."""
    return 200_000 * 1.9 ** (12 - ply)


class Memory:
    """The tables of both searches, of a fixed size, allotted when they are first used. One search at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._scores: Any = None
        self._values: Any = None

    def tables(self, budget: Budget) -> tuple[Any, Any]:
        """Of the solver `[N]` uint64 and of alpha-beta `[M, 2]` uint64.

        Those of a budget of nodes are empty and no larger than it needs, lest clearing them takes long. Those of a
        budget of time alone stay from move to move, as what they hold remains true.
        """
        if self._scores is None:
            self._scores, self._values = np.zeros(SOLVER_ENTRIES, np.uint64), np.zeros((VALUE_ENTRIES, 2), np.uint64)
        if budget.nodes is None:
            return self._scores, self._values
        entries = 1 << max(10, (4 * budget.nodes).bit_length())
        scores, values = self._scores[:entries], self._values[:entries]
        scores.fill(0)
        values.fill(0)
        return scores, values


class Search:
    """One position: what is found out goes into `root`.

    depth: plies of alpha-beta that came to their end.
    """

    def __init__(self, root: Root, tables: tuple[Any, Any], allowance: Allowance) -> None:
        self.root, self.allowance = root, allowance
        self.scores, self.values = tables
        self.solving, self.valuing = solver.new_stack(), pvs.new_stack()
        self.depth = 0

    def prove(self, share: Allowance) -> None:
        """Find the outcome, one question after another about the most promising move."""
        while (question := self.root.outcome_question()) and self._answered(*question, share):
            pass

    def measure(self, share: Allowance) -> None:
        """Find the fastest win or the longest resistance."""
        while (question := self.root.distance_question()) and self._answered(*question, share):
            pass

    def _answered(self, move: Move, bound: int, share: Allowance) -> bool:
        """Ask the solver whether a move's score is at least `bound`; whether that was settled."""
        solver.ask(self.solving, *move.after, 1 - bound)
        before = share.used
        settled = share.finish(self.solving, lambda limit: solver.advance(self.scores, *self.solving, limit), _CHUNK)
        self.allowance.take(share.used - before)
        if settled:
            move.learn_score(bound, int(self.solving.at[solver.VALUE]))
        return settled

    def deepen(self, leaf: Leaf) -> None:
        """Search deeper and deeper, until the outcome is proven or nothing is left."""
        for depth in range(1, CELLS - self.root.position.ply):
            if self.root.proven is not None or not self._iterate(depth, leaf):
                return
            self.depth = depth

    def _iterate(self, depth: int, leaf: Leaf) -> bool:
        """Search all moves that matter to one depth; whether it came to an end."""
        alpha = 0 if any(move.outcome == 0 for move in self.root.moves) else -pvs.INFINITE
        for move in self.root.candidates():
            asked = alpha > -pvs.INFINITE  # only whether it is better
            value = self._value(move, depth, leaf, alpha, alpha + 1 if asked else pvs.INFINITE)
            if asked and value is not None and value > alpha:
                value = self._value(move, depth, leaf, alpha, pvs.INFINITE)
            if value is None:
                return False
            move.learn_value(value, depth)
            alpha = max(alpha, value)
            if self.root.proven is not None:
                break
        return True

    def _value(self, move: Move, depth: int, leaf: Leaf, alpha: int, beta: int) -> int | None:
        """Of a move, by alpha-beta; None if the budget did not suffice."""
        pvs.ask(self.valuing, *move.after, depth - 1, -beta, -alpha)
        settled = self.allowance.finish(
            self.valuing, lambda limit: pvs.advance(self.values, *self.valuing, leaf, limit), _VALUE_CHUNK
        )
        return -int(self.valuing.at[pvs.VALUE]) if settled else None

    def line(self) -> tuple[int, ...]:
        """The best move, and on from there as far as the table of values remembers."""
        best = self.root.best()
        found, position = [best.column], best.after
        while position.ply < CELLS and not position.lost():
            column = int(pvs.remembered(self.values, np.uint64(position.own), np.uint64(position.mask))[3])
            if column not in position.columns():
                break
            found.append(column)
            position = position.after(column)
        return tuple(found)
