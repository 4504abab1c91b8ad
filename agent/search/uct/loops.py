"""A tree that grows by one rollout at a time, in compiled loops.

UCT (L. Kocsis and C. Szepesvari, "Bandit based Monte-Carlo planning", 2006), with proven outcomes as in M. Winands, Y.
Bjornsson and J. Saito, "Monte-Carlo tree search solver" (2008): a move that ends the game is certain, and so is what
follows from that.
"""

# ruff: noqa: ARG001, ARG005 - what is overloaded keeps the names of all arguments

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agent.ntuple.incremental.chance import uniform
from agent.ntuple.incremental.position import copy
from agent.search.bestfirst.stack import copy_board
from game.compiled.contract import arrange, legal, look, new_board, others_stay, step
from game.compiled.jit import inner, njit, overload

UNKNOWN = 2


class Tree(NamedTuple):
    """Nodes, the root first; the children of a node lie side by side, in random order.

    action: `[N]` int16, the move that leads there. first, count: `[N]` int32, its children, none before it has been
    visited twice. visits: `[N]` int32. total: `[N]` float32, the sum of all results, seen by whoever moved there.
    proven: `[N]` int8, the outcome for whoever moved there, or UNKNOWN. used: `[1]` int64, how many nodes there are.
    """

    action: Any
    first: Any
    count: Any
    visits: Any
    total: Any
    proven: Any
    used: Any


def new_tree(nodes: int) -> Tree:
    """A root, and room for `nodes` in all."""
    numbers: list[Any] = [
        np.empty(nodes, dtype) for dtype in (np.int16, np.int32, np.int32, np.int32, np.float32, np.int8)
    ]
    tree = Tree._make((*numbers, np.ones(1, np.int64)))
    tree.count[0], tree.visits[0], tree.total[0], tree.proven[0] = 0, 0, 0, UNKNOWN
    return tree


@inner
def _expand(rules, board, ply, tree, node, actions, cells, stones, stream):
    """List the moves of a node, if there is room: whether there was."""
    count, first = legal(rules, board, ply, actions), tree.used[0]
    if first + count > len(tree.action):
        return False
    for i in range(count):
        j = i + int(uniform(stream) * (count - i))
        actions[i], actions[j] = actions[j], actions[i]
        _, over, reward = look(rules, board, ply, actions[i], cells, stones)
        child = first + i
        tree.action[child], tree.count[child], tree.visits[child], tree.total[child] = actions[i], 0, 0, 0
        tree.proven[child] = np.int8(reward) if over else UNKNOWN
    tree.first[node], tree.count[node] = first, count
    tree.used[0] += count
    return True


@inner
def _promising(tree, node, exploration):
    """The child of the highest upper bound; one that was never visited before all others."""
    best, chosen = -np.inf, tree.first[node]
    width = exploration * exploration * np.log(tree.visits[node])
    for child in range(tree.first[node], tree.first[node] + tree.count[node]):
        if tree.proven[child] != UNKNOWN:
            bound = np.float64(tree.proven[child])
        elif tree.visits[child] == 0:
            return child
        else:
            bound = tree.total[child] / tree.visits[child] + np.sqrt(width / tree.visits[child])
        if bound > best:
            best, chosen = bound, child
    return chosen


@inner
def _proof(tree, node):
    """The outcome that the children of a node prove for whoever moved there."""
    best = -1
    for child in range(tree.first[node], tree.first[node] + tree.count[node]):
        if tree.proven[child] == UNKNOWN:
            best = max(best, UNKNOWN)
        elif tree.proven[child] == 1:
            return -1
        else:
            best = max(best, tree.proven[child])
    return UNKNOWN if best == UNKNOWN else -best


def _legal_next(rules, board, ply, actions, count, made):
    """`contract.legal` after the move that stood at `made` of `count`, in any order."""
    raise NotImplementedError  # never runs: `overload` below puts another body in its place


@overload(_legal_next)
def _legal_after(rules, board, ply, actions, count, made):
    if not others_stay(rules):
        return lambda rules, board, ply, actions, count, made: legal(rules, board, ply, actions)

    def all_but_one(rules, board, ply, actions, count, made):
        actions[made] = actions[count - 1]
        return count - 1

    return all_but_one


@inner
def _rollout(rules, board, ply, actions, cells, stones, stream):
    """Random moves to the end of the game: the result for whoever moved last before them."""
    sign, count = np.float32(-1), legal(rules, board, ply, actions)
    while True:
        made = int(uniform(stream) * count)
        _, over, reward = look(rules, board, ply, actions[made], cells, stones)
        if over:
            return sign * reward
        step(rules, board, ply, actions[made])
        ply, sign = ply + 1, -sign
        count = _legal_next(rules, board, ply, actions, count, made)


@njit(cache=True, nogil=True)
def grow(rules, stones_at, ply_at, tree, rollouts, exploration, stream):
    """Add rollouts to the tree of an unfinished position, until it is proven.

    stones_at: `[P]` int8, the position as `game.compiled.stones_of` has it. exploration: the constant of UCT. stream:
    of `agent.ntuple.incremental.chance`.
    """
    root, board = new_board(rules), new_board(rules)
    copy(stones_at, root.stones)
    arrange(rules, root, ply_at)
    actions, path = np.empty(rules.actions, np.int16), np.empty(rules.plies + 1, np.int32)
    cells, stones = np.empty(rules.changes, np.int16), np.empty(rules.changes, np.int8)
    for _ in range(rollouts):
        if tree.proven[0] != UNKNOWN:
            break
        copy_board(root, board)
        node, depth, ply = 0, 0, ply_at
        path[0] = 0
        while tree.proven[node] == UNKNOWN and (tree.visits[node] or node == 0):
            if tree.count[node] == 0 and not _expand(rules, board, ply, tree, node, actions, cells, stones, stream):
                break
            tree.proven[node] = _proof(tree, node)
            if tree.proven[node] != UNKNOWN:
                break
            node = _promising(tree, node, exploration)
            depth += 1
            path[depth] = node
            if tree.proven[node] == UNKNOWN:
                step(rules, board, ply, tree.action[node])
                ply += 1
        if tree.proven[node] != UNKNOWN:
            result = np.float32(tree.proven[node])
        else:
            result = _rollout(rules, board, ply, actions, cells, stones, stream)
        for d in range(depth, -1, -1):
            tree.visits[path[d]] += 1
            tree.total[path[d]] += result
            result = -result
