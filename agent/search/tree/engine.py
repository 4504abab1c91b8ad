"""The engine: searches many positions side by side, one node under each move considered at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from agent.play.qfunction import QFunction, slices
from agent.search.budget import Budget
from agent.search.found import Found
from agent.search.tree.compiled import CompiledForest
from agent.search.tree.forest import Forest
from agent.search.tree.leaf import valued
from agent.search.tree.reuse import Memory
from agent.search.tree.root import Roots
from agent.search.tree.rule import USUAL, Rule

MOST_NODES = 1 << 16  # of one tree
MOST_MOVES = 1 << 22  # of all nodes of a forest, at some 30 bytes each
Answer = tuple[Tensor, list[tuple[int, int, tuple[int, ...], bool]]]  # of B positions: Q, and the rest of `Found`
_FIRST_GOAL = 32  # nodes, where seconds alone limit the search: halving begins anew with each doubling


class TreeSearch:
    """The engine for networks, and for any other Q-function whose game is not compiled."""

    name = "tree 1"
    anywhere = True

    def __init__(self, leaf: QFunction, rule: Rule = USUAL) -> None:
        self.leaf = leaf
        self.game = leaf.game
        self.rule = rule
        self._memory = Memory()
        self._ready = False

    def search(self, state: Any, budget: Budget) -> list[Found]:
        """As `Engine.search`, on the device of `state`. With a limit of seconds, one position after the other.

        A tree that was searched with a limit of seconds is used again for positions that are in it.
        """
        most = min(budget.nodes or MOST_NODES, self.largest())
        with torch.inference_mode():
            if most == 1:
                answers = [self._bare(state)]
            elif budget.seconds is None:
                answers = [answer(roots) for roots in self.grown(state, most)]
            else:
                self._compile()
                answers = [answer(self._timed(state[row], most, budget.seconds)) for row in range(len(state))]
        # Cloned out here, so that others may change what they get.
        return [Found(row, *told) for q, all_told in answers for row, told in zip(q.clone(), all_told, strict=True)]

    def largest(self) -> int:
        """The most nodes of one tree."""
        return max(2, min(MOST_NODES, MOST_MOVES // self.game.num_actions))

    def grown(self, state: Any, nodes: int) -> Iterator[Roots]:
        """Trees of up to `nodes` nodes for B positions in order, as many side by side as fit the memory."""
        for rows in slices(len(state), max(1, MOST_MOVES // (self.game.num_actions * nodes))):
            roots = Roots(self._planted(state[rows], nodes), nodes)
            while self._sweep(roots):
                pass
            yield roots

    def _planted(self, state: Any, nodes: int) -> Forest:
        kind = CompiledForest if state.ply.device.type == "cpu" else Forest
        forest = kind(self.game, len(state), nodes, state.ply.device, self.rule)
        forest.plant(state, valued(self.leaf, state))
        return forest

    def _sweep(self, roots: Roots) -> bool:
        """Add a node under each move considered; False where there is none."""
        tree, action, times = roots.next()
        if not len(tree):
            return False
        forest = roots.forest
        path = forest.descend(tree, action, times)
        state = self.game.step(*forest.before(path))
        forest.grow(path, state, valued(self.leaf, state))
        return True

    def _compile(self) -> None:
        """The first search of all compiles, or reads what was compiled: no part of anybody's seconds."""
        if not self._ready:
            self._ready = True
            list(self.grown(self.game.initial(1), 3))

    def _timed(self, state: Any, most: int, seconds: float) -> Roots:
        end = time.monotonic() + seconds
        forest = self._memory.recall(self.game, state)
        if forest is None or forest.nodes != most:
            forest = self._planted(state, most)
        goal = max(_FIRST_GOAL, 2 * int(forest.used))
        roots = Roots(forest, min(goal, most))
        while time.monotonic() < end:
            if not self._sweep(roots):
                if bool(forest.proven()) or int(forest.used) >= most:
                    break
                goal *= 2
                roots = Roots(forest, min(goal, most))
        self._memory.keep(forest)
        return roots

    def _bare(self, state: Any) -> Answer:
        """The leaf's own Q, whether or not it knows the ends of the game."""
        q, known = self.leaf.q(state), valued(self.leaf, state)
        most = torch.where(known.over, known.reward, 1).amax(1)  # the best that may be
        sure = (torch.where(known.over, known.reward, -1).amax(1) == most) & (q.amax(1) == most)
        return q, [(1, 1, (best,), proven) for best, proven in zip(q.argmax(1).tolist(), sure.tolist(), strict=True)]


def answer(roots: Roots) -> Answer:
    """What trees say of their roots."""
    forest, best = roots.forest, roots.best()
    number = torch.arange(forest.nodes, device=best.device)
    depth = torch.where(number < forest.used[:, None], forest.depth.view(forest.trees, forest.nodes), 0).amax(1)
    lines = [tuple(move for move in line if move >= 0) for line in forest.lines(best).tolist()]
    told = zip(depth.tolist(), forest.used.tolist(), lines, forest.proven().tolist(), strict=True)
    return roots.q(best), list(told)
