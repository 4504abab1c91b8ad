"""A tree grows by one node at a time: down along the highest upper bounds, a new node, and means back up.

PUCT: C. D. Rosin, "Multi-armed bandits with episode context" (2011), as in AlphaGo (Silver et al. 2016), with a prior
from Q. Outcomes that are proven go up by max and minus: M. Winands, Y. Björnsson and J.-T. Saito, "Monte-Carlo Tree
Search Solver" (2008).
"""

from __future__ import annotations

import math

import numpy as np

from agent.ntuple.incremental.seam import value_moves
from agent.ntuple.squash import squash
from agent.search.bestfirst.stack import follow, keep_answers
from agent.search.bestfirst.tree import MOST_PLIES, UNKNOWN
from agent.search.ends.solve import sure_win
from agent.search.found import HIGHEST
from game.compiled.contract import legal
from game.compiled.jit import inner

_HIGHEST = np.float32(HIGHEST)
_NEAR = 2.5  # temperatures: moves further behind the best are not listed before all nearer ones were looked into
_NO_ROOM, _REST, _NONE = -3, -2, -1


@inner
def estimate(raw):
    """Q of a raw value, as no certain outcome has it: float32. The lowest for what is no number, which has no order."""
    q = np.float32(squash(raw))
    return min(q, _HIGHEST) if q > -_HIGHEST else -_HIGHEST


@inner
def _swap(one, other):
    """Exchange two moves of a node of which neither was looked into, or one ends the game."""
    one.value, other.value = other.value, one.value
    one.prior, other.prior = other.prior, one.prior
    one.total, other.total = other.total, one.total
    one.action, other.action = other.action, one.action
    one.low, other.low = other.low, one.low
    one.high, other.high = other.high, one.high


@inner
def _bring_next(tree, node):
    """Let the best by Q of the moves that were not looked into be the next."""
    at, edge = tree.node[node], tree.edge
    begin, end = at.first + at.opened, at.first + at.moves
    if begin < end:
        best = begin
        for k in range(begin + 1, end):
            if edge[k].value > edge[best].value:
                best = k
        if best != begin:
            _swap(edge[begin], edge[best])


@inner
def value_node(rules, layout, table, scratch, position, ply):
    """Value the moves of a position, into `scratch`: how many matter, and between what the outcome lies.

    Where the other side threatens to win with a stone, moves that do not stop it are left out.
    """
    actions, raw, over, q = scratch.actions, scratch.raw, scratch.over, scratch.q
    count = legal(rules, position.board, ply, actions)
    value_moves(rules, layout, table, position, ply, count, actions, raw, over)
    low, high = -1, -1
    for i in range(count):
        if over[i]:
            low, high = max(low, int(raw[i])), max(high, int(raw[i]))
        else:
            high = 1
    if low == 1 or low == high:
        return count, low, low
    answers = keep_answers(rules, position, ply, count, actions, over, scratch.lost)
    if answers < count:
        if answers > 1:
            return count, -1, -1
        kept = 0
        for i in range(count):
            if not scratch.lost[i]:
                actions[kept], over[kept], raw[kept] = actions[i], over[i], raw[i]
                kept += 1
        count = kept
    for i in range(count):
        q[i] = np.float32(raw[i]) if over[i] else estimate(raw[i])
    return count, low, high


@inner
def list_moves(tree, rule, scratch, node, count, near):
    """List the valued moves of a node that are at most `near` behind the best: False where there is no room."""
    edge, used, q, over = tree.edge, tree.used, scratch.q, scratch.over
    first = used[1]
    if first + count > used[3]:
        return False
    best, rest, whole = q[0], np.float32(-np.inf), 0.0
    for i in range(1, count):
        best = max(best, q[i])
    at, last = tree.node[node], first
    at.first, at.opened = first, 0
    for i in range(count):
        share = math.exp((q[i] - best) / rule.temperature)
        whole += share
        if best - q[i] > near and not over[i]:
            rest = max(rest, q[i])
            continue
        new = edge[last]
        new.action, new.child, new.times = scratch.actions[i], UNKNOWN, 0
        new.value, new.prior, new.total = q[i], share, rule.own * q[i]
        new.low, new.high = -1, 1
        if over[i]:
            new.low = new.high = np.int8(q[i])
            if at.first + at.opened != last:
                _swap(edge[at.first + at.opened], new)
            at.opened += 1
        last += 1
    for k in range(first, last):
        edge[k].prior /= np.float32(whole)
    at.moves, at.rest, used[1] = last - first, rest, last
    _bring_next(tree, node)
    return True


@inner
def add_node(tree, rule, scratch, count, near):
    """A node of the moves that were valued, as `list_moves`: its number, or -1 where there is no room."""
    node = tree.used[0]
    if node >= tree.used[2]:
        return np.int64(-1)
    tree.node[node].visits = 0
    if not list_moves(tree, rule, scratch, node, count, near):
        return np.int64(-1)
    tree.used[0] = node + 1
    return node


@inner
def _widen(rules, layout, table, tree, rule, scratch, position, node, ply):
    """List all moves of a node: False where there is no room. What is known of those that were looked into stays."""
    edge, old = tree.edge, tree.node[node].first
    opened = tree.node[node].opened
    scratch.count[0] += 1
    count, _, _ = value_node(rules, layout, table, scratch, position, ply)
    if not list_moves(tree, rule, scratch, node, count, np.float32(2.0)):
        return False
    new = tree.node[node].first
    for k in range(opened):
        at = new + k
        while edge[at].action != edge[old + k].action:
            at += 1
        if at != new + k:
            _swap(edge[at], edge[new + k])
        mine, known = edge[new + k], edge[old + k]
        mine.value, mine.total, mine.child, mine.times = known.value, known.total, known.child, known.times
        mine.low, mine.high = known.low, known.high
    tree.node[node].opened = opened
    _bring_next(tree, node)
    return True


@inner
def _choose(tree, rule, node):
    """The move of a node to look into next, of those whose outcome is open and matters; or _REST, if it is not here."""
    at, edge = tree.node[node], tree.edge
    first, opened = at.first, at.first + at.opened
    last, least = min(opened + 1, first + at.moves), -1
    for k in range(first, opened):
        least = max(least, edge[k].low)
    factor = np.float32(rule.exploration * math.sqrt(at.visits + 1.0))
    top, chosen = np.float32(-np.inf), np.int64(_NONE)
    for k in range(first, last):
        here = edge[k]
        if here.low < here.high and here.high > least:
            score = here.value + here.prior * factor / np.float32(here.times + 1)
            if score > top:
                top, chosen = score, np.int64(k)
    if last == opened and at.rest > top:
        return np.int64(_REST)
    return chosen


@inner
def bounds_of(tree, node):
    """Between what the outcome of a node is proven to lie."""
    at, edge = tree.node[node], tree.edge
    low, high = -1, -1
    if at.moves > at.opened or at.rest > -np.inf:
        high = 1
    for k in range(at.first, at.first + at.opened):
        low, high = max(low, edge[k].low), max(high, edge[k].high)
    return low, high


@inner
def _descend(rules, layout, table, tree, rule, scratch, stack, ply, edge):
    """From the root by `edge` to a move that leads to no node: how long the path is, and the move; _NO_ROOM if not."""
    path, at = scratch.edge, scratch.at
    d, node, move = 0, np.int64(0), np.int64(edge)
    while True:
        scratch.node[d] = node
        if at[0] <= d or path[d] != move:
            follow(rules, layout, table, stack[d], stack[d + 1], ply + d, tree.edge[move].action)
            at[0] = d + 1
        path[d] = move
        d += 1
        node = np.int64(tree.edge[move].child)
        if node < 0 or d >= MOST_PLIES - 1:
            return d, move
        move = _choose(tree, rule, node)
        if move == _REST:
            if not _widen(rules, layout, table, tree, rule, scratch, stack[d], node, ply + d):
                return d, np.int64(_NO_ROOM)
            move = _choose(tree, rule, node)


@inner
def _back_up(tree, rule, scratch, d, found, proving):
    """Carry what was `found` for whoever made the last of `d` moves up to the root; and what is proven, if anything."""
    for k in range(d - 1, -1, -1):
        node, edge = scratch.node[k], tree.edge[scratch.edge[k]]
        if proving and k < d - 1:
            low, high = bounds_of(tree, edge.child)
            proving = edge.low != -high or edge.high != -low
            edge.low, edge.high = -high, -low
        edge.times += 1
        if edge.low == edge.high:
            found = np.float32(edge.low)
        edge.total += found
        edge.value = found
        if edge.low < edge.high:
            mean = np.float32(edge.total / (edge.times + rule.own))
            edge.value = min(max(mean, np.float32(edge.low), -_HIGHEST), np.float32(edge.high), _HIGHEST)
        tree.node[node].visits += 1
        if scratch.edge[k] == tree.node[node].first + tree.node[node].opened:
            tree.node[node].opened += 1
            _bring_next(tree, node)
        found = -found


@inner
def grow(rules, layout, table, tree, rule, scratch, room, stack, ply, edge, times):
    """Add `times` nodes below a move of the root; fewer where the search ends, or the outcome of the move is known.

    room: of the solver. stack: positions, the root's first.
    """
    count = scratch.count
    for _ in range(times):
        if count[0] >= count[1] or scratch.stop[0]:
            count[2] = 1
        if count[2] or tree.edge[edge].low == tree.edge[edge].high:
            return
        d, move = _descend(rules, layout, table, tree, rule, scratch, stack, ply, edge)
        if move < 0 or count[0] >= count[1]:  # listing moves takes nodes, too
            count[2] = 1
            return
        count[3] += d
        count[4] += 1
        last = tree.edge[move]
        if last.child >= 0:  # the line is as long as lines may be
            count[0] += 1
            _back_up(tree, rule, scratch, d, last.value, False)
            continue
        count[0] += 1
        moves, low, high = value_node(rules, layout, table, scratch, stack[d], ply + d)
        if low < high and sure_win(rules, room, stack[d].board, ply + d, rule.looks, count):
            low = high = 1
        best = np.float32(low)
        if low < high:
            new = add_node(tree, rule, scratch, moves, np.float32(_NEAR * rule.temperature))
            if new < 0:
                count[2] = 1
                return
            best = scratch.q[0]
            for i in range(1, moves):
                best = max(best, scratch.q[i])
            last.child = new
        last.low, last.high = -high, -low
        _back_up(tree, rule, scratch, d, -best, low > -1 or high < 1)
