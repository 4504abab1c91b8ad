"""Best-first minimax search with any Q-function, many positions at a time: the engine where no faster one fits.

A tree grows one node at a time, always at the end of its principal variation, and values are backed up by max and min.
Outcomes that are proven are kept apart from estimates: proven moves are not looked at again, and a position whose
outcome is proven ends its search. Of the moves not proven lost the one that was followed most often is the best.

R. Korf and D. Chickering, "Best-first minimax search" (1996); Q. Cohen-Solal, "Learning to play two-player
perfect-information games without knowledge" (2020), for the choice by visits and the completion of values.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from agent.play.cancel import check
from agent.play.qfunction import QFunction, slices
from agent.search.budget import Budget
from agent.search.found import HIGHEST, Found, ranked
from game.core import legal_children

MOST_NODES = 1 << 16  # of one tree, which bounds the memory
_AT_ONCE = 1 << 14  # moves valued at once, which bounds the time between checks


class BestFirst:
    """The engine for any Q-function."""

    name = "best-first 1"
    anywhere = False

    def __init__(self, leaf: QFunction) -> None:
        self.leaf = leaf
        self.game = leaf.game

    def search(self, state: Any, budget: Budget) -> list[Found]:
        """As `Engine.search`. With a limit of seconds, positions are searched one after the other."""
        at_once = 1 if budget.seconds is not None else max(1, _AT_ONCE // self.game.num_actions)
        return [found for rows in slices(len(state), at_once) for found in self._together(state[rows], budget)]

    def _together(self, state: Any, budget: Budget) -> list[Found]:
        """Search positions side by side: one node of each tree at a time, so that the leaves are valued in batches."""
        end = None if budget.seconds is None else time.monotonic() + budget.seconds
        most = min(budget.nodes or MOST_NODES, MOST_NODES)
        trees = [_Tree(node) for node in self._nodes(state)]
        for _ in range(most - 1):
            growing = [tree for tree in trees if not tree.root.proven]
            if not growing or (end is not None and time.monotonic() >= end):
                break
            paths = [tree.path() for tree in growing]
            ends = [path[-1] for path in paths]
            before = type(state).cat([node.state for node, _ in ends])
            action = torch.tensor([int(node.action[move]) for node, move in ends])
            for tree, path, node in zip(growing, paths, self._nodes(self.game.step(before, action)), strict=True):
                tree.grow(path, node)
        return [tree.found(self.game.num_actions, most == 1) for tree in trees]

    def _nodes(self, state: Any) -> list[_Node]:
        """One node for each unfinished position, with the leaf's Q of its moves, and r_T where a move ends the game."""
        check()
        legal, parent, action, children = legal_children(self.game, state)
        q = self.leaf.q(state)[parent, action].float().cpu().numpy()
        first = np.concatenate(([0], legal.sum(1).cumsum(0).numpy()))
        over, reward, number = children.done.numpy(), children.reward.numpy(), action.numpy()
        return [
            _Node(state[row], number[low:high], q[low:high], over[low:high], reward[low:high])
            for row, (low, high) in enumerate(pairwise(first.tolist()))
        ]


class _Node:
    """A position whose moves were valued, M of them.

    action: `[M]`. given: `[M]` float32, the leaf's own Q. value: `[M]` float32, backed up. visits: `[M]`.
    low, high: `[M]` int8, between which the outcome of each move is proven to lie, for the side to move.
    """

    __slots__ = ("action", "children", "given", "high", "low", "state", "value", "visits")

    def __init__(
        self,
        state: Any,
        action: npt.NDArray[np.int64],
        given: npt.NDArray[np.float32],
        over: npt.NDArray[np.bool_],
        reward: npt.NDArray[np.int8],
    ) -> None:
        self.state = state
        self.action = action
        self.given = given
        self.value = np.where(over, reward, given.clip(-HIGHEST, HIGHEST)).astype(np.float32)
        self.low = np.where(over, reward, -1).astype(np.int8)
        self.high = np.where(over, reward, 1).astype(np.int8)
        self.visits = np.zeros(len(action), np.int64)
        self.children: dict[int, _Node] = {}

    @property
    def proven(self) -> bool:
        """Whether the outcome of the position is certain."""
        return bool(self.low.max() == self.high.max())

    def next(self) -> int:
        """The move to follow: the best of those whose outcome is open and could be the best; of equals, the newest."""
        open_moves = (self.low < self.high) & (self.high > self.low.max())
        value = np.where(open_moves, self.value, -np.inf)
        return int(np.where(value == value.max(), self.visits, self.visits.max() + 1).argmin())

    def best(self) -> int:
        """The move to play: a proven win, else the most visited that can be as good as any, else the best value."""
        if self.low.max() == 1:
            return int(self.low.argmax())
        able = self.high > -1
        if self.low.max() == 0:  # a draw in hand
            able &= self.value >= 0
        most = np.where(able | ~able.any(), self.visits, -1)
        return int(np.where(most == most.max(), self.value, -np.inf).argmax())


class _Tree:
    def __init__(self, root: _Node) -> None:
        self.root = root
        self.nodes = 1
        self.depth = 1

    def path(self) -> list[tuple[_Node, int]]:
        """From the root down the moves to follow: nodes and the move in each; the last leads out of the tree."""
        found, node = [], self.root
        while True:
            move = node.next()
            found.append((node, move))
            if move not in node.children:
                return found
            node = node.children[move]

    def grow(self, path: Sequence[tuple[_Node, int]], leaf: _Node) -> None:
        """Add a node where `path` ends, and back its value up."""
        parent, move = path[-1]
        parent.children[move] = leaf
        self.nodes += 1
        self.depth = max(self.depth, len(path) + 1)
        child = leaf
        for node, move in reversed(path):
            node.low[move], node.high[move] = -child.high.max(), -child.low.max()
            node.value[move] = np.clip(-child.value.max(), -HIGHEST, HIGHEST)
            if node.low[move] == node.high[move]:
                node.value[move] = node.low[move]
            node.visits[move] += 1
            child = node

    def found(self, actions: int, bare: bool) -> Found:
        """bare: give the leaf's own Q, whether or not it knows the ends of the game."""
        root, q, proven = self.root, torch.full((actions,), -torch.inf), torch.zeros(actions, dtype=torch.bool)
        action = torch.from_numpy(root.action)
        if bare:
            q[action] = torch.from_numpy(root.given)
            return Found(q, 1, 1, (int(q.argmax()),), root.proven and float(q.max()) == root.low.max())
        best = root.best()
        q[action], proven[action] = torch.from_numpy(root.value), torch.from_numpy(root.low == root.high)
        q = ranked(q[None], action[best : best + 1], proven[None])[0]
        return Found(q, self.depth, self.nodes, self._line(best), root.proven)

    def _line(self, first: int) -> tuple[int, ...]:
        node, move, line = self.root, first, []
        while True:
            line.append(int(node.action[move]))
            if move not in node.children:
                return tuple(line)
            node = node.children[move]
            move = node.best()
