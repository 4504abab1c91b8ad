"""A tree in flat tables, and the scratch memory of a thread that grows it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

MOST_PLIES = 64  # of a line
UNKNOWN = -1  # of a move that leads to no node

NODE = np.dtype([("first", "i4"), ("moves", "i4"), ("opened", "i4"), ("visits", "i4"), ("rest", "f4")])
EDGE = np.dtype(
    [
        *(("value", "f4"), ("prior", "f4"), ("total", "f8"), ("child", "i4"), ("times", "i4")),
        *(("action", "i2"), ("low", "i1"), ("high", "i1")),
    ],
    align=True,
)


class Rule(NamedTuple):
    """The constants of `agent.search.tree.rule.Rule`, as compiled loops take them, one of means, and one of solvers.

    own: visits that the leaf's own Q of a move counts for in its mean. looks: positions that a solver of sure wins may
    look at for each node.
    """

    temperature: float = 0.3
    exploration: float = 0.3
    own: float = 1.0
    considered: int = 8
    trust: float = 0.3
    trust_visits: float = 50.0
    share: int = 64
    at_once: int = 16
    looks: int = 100


# Where another rule than the usual was measured to be better (docs/search.md).
RULES = {"breakthrough": Rule(temperature=0.15)}


class Tree(NamedTuple):
    """Nodes by number, the root 0, and moves, those of a node side by side.

    node: `[N]` of NODE. first: its first move. moves: how many of them are here; not those far behind the best, before
          they are asked for. opened: how many were looked into, or end the game; they come first, and next is the best
          of the others by Q. visits: of the node. rest: Q of the best of the moves that are not here, -inf if all are.
    edge: `[E]` of EDGE, a move. value: the mean of what was found below it, at first the leaf's own Q; for the side to
          move, exact where proven. prior: of the move, all of a node add up to 1. total: sum of what was found.
          child: the node it leads to, or UNKNOWN. times: visits. low, high: between what its outcome is proven to lie.
    used: `[4]` int64: the next free node and edge, and where the room for each ends. Threads that grow one tree share
          its tables, and have room of their own.
    """

    node: Any
    edge: Any
    used: Any


class Scratch(NamedTuple):
    """What a thread needs beside the tree.

    actions: `[A]` int16. raw: `[A]` float64. q: `[A]` float32. over, lost: `[A]` bool. Of one position's moves.
    node, edge: `[D]` int32, the path of the last descent. at: `[1]` int64: how many moves of it the positions at hand
            have made.
    given, score: `[A]` float32. kept: `[A]` bool. low, high: `[A]` int8. Of the root's moves, by edge: the leaf's own Q
            and what is believed of them; whether they are still considered; and room for solvers.
    count:  `[6]` int64: nodes, the most nodes, whether the search has to end, the plies of all paths, how many, and
            what a solver looked at that makes no whole node yet.
    stop:   `[1]` uint8, set by another thread to end the search.
    """

    actions: Any
    raw: Any
    q: Any
    over: Any
    lost: Any
    node: Any
    edge: Any
    at: Any
    given: Any
    score: Any
    kept: Any
    low: Any
    high: Any
    count: Any
    stop: Any


def new_tree(nodes: int, moves: int) -> Tree:
    """Room for so many. The system gives memory as it is used."""
    return Tree(np.empty(nodes, NODE), np.empty(moves, EDGE), np.array([0, 0, nodes, moves], np.int64))


def new_scratch(actions: int, stop: npt.NDArray[np.uint8]) -> Scratch:
    a, d, real = actions, MOST_PLIES, np.float32
    return Scratch(
        np.empty(a, np.int16), np.empty(a), np.empty(a, real), np.zeros(a, np.bool_), np.zeros(a, np.bool_),
        np.zeros(d, np.int32), np.zeros(d, np.int32), np.zeros(1, np.int64), np.zeros(a, real), np.zeros(a, real),
        np.zeros(a, np.bool_), np.zeros(a, np.int8), np.zeros(a, np.int8), np.zeros(6, np.int64), stop,
    )  # fmt: skip
