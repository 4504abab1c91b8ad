"""The tree of the last search: what lies below the position now on the board goes on growing."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from agent.search.bestfirst.tree import UNKNOWN, Tree
from game.compiled.jit import inner, njit
from game.core import AnyGame

_PLIES = 2  # since the last search: one's own move and the reply


class Kept(NamedTuple):
    """A tree, and the position at its root: a batch of one."""

    tree: Tree
    state: Any


class Memory:
    """Holds one tree. Whoever recalls it has it alone, so that threads do not meet in it."""

    def __init__(self) -> None:
        self._kept: Kept | None = None

    def keep(self, tree: Tree, state: Any) -> None:
        self._kept = Kept(tree, state)

    def recall(self, game: AnyGame, state: Any) -> tuple[Tree, int] | None:
        """The tree that was kept and the node of this one position, if it is there, no deeper than two plies."""
        kept, self._kept = self._kept, None
        if kept is None:
            return None
        tree, before = kept
        plies = int(state.ply) - int(before.ply)
        if not 0 <= plies <= _PLIES:
            return None
        nodes = np.zeros(1, np.int64)
        for _ in range(plies):
            edges = [np.arange(at["first"], at["first"] + at["opened"]) for at in tree.node[nodes]]
            parent = np.repeat(np.arange(len(nodes)), [len(some) for some in edges])
            edge = tree.edge[np.concatenate(edges)] if edges else tree.edge[:0]
            led = edge["child"] != UNKNOWN
            if not led.any():
                return None
            nodes, actions = edge["child"][led].astype(np.int64), edge["action"][led].astype(np.int64)
            before = game.step(before[torch.from_numpy(parent[led])], torch.from_numpy(actions))
        same = (game.key(before) == game.key(state)).nonzero().squeeze(1).tolist()
        same = [row for row in same if before[row : row + 1].equal(state)]
        # Where several lines lead to the position, the tree below the one that was looked at most.
        node = max((int(nodes[row]) for row in same), key=lambda node: int(tree.node[node]["visits"]), default=None)
        return None if node is None else (tree, node)


@njit(cache=True, nogil=True)
def adopt(old, node, tree):
    """Take over what an older tree knows below this node of it, the root of a new one: how many nodes.

    Moves of the root that the new tree looked into more often keep what it found, and all keep what is proven.
    """
    edge, used = tree.edge, tree.used
    top, was = tree.node[0], old.node[node]
    begun, first = used[0], used[1]
    for k in range(was.first, was.first + was.opened):
        known = old.edge[k]
        for j in range(top.first, top.first + top.moves):
            mine = edge[j]
            if mine.action != known.action:
                continue
            low, high = max(mine.low, known.low), min(mine.high, known.high)
            if known.times > mine.times:
                top.visits += known.times - mine.times
                mine.value, mine.total, mine.times = known.value, known.total, known.times
                mine.child = _copy_node(old, known.child, tree)
            mine.low, mine.high = low, high
            mine.value = min(max(mine.value, np.float32(low)), np.float32(high))
    k = first
    while k < used[1]:  # each node adds its moves at the end
        edge[k].child = _copy_node(old, edge[k].child, tree)
        k += 1
    return used[0] - begun


@inner
def _copy_node(old, node, tree):
    """The number of a copied node, whose moves still lead to nodes of the old tree; UNKNOWN if there is no room."""
    used = tree.used
    if node < 0 or used[0] >= used[2] or used[1] + old.node[node].moves > used[3]:
        return UNKNOWN
    was, new, first = old.node[node], used[0], used[1]
    tree.node[new] = was
    tree.node[new].first = first
    for k in range(was.moves):
        tree.edge[first + k] = old.edge[was.first + k]
    used[0], used[1] = new + 1, first + was.moves
    return new
