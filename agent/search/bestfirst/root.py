"""At the root: which moves to look into, by sequential halving, and what is known of each in the end.

All moves that are still considered grow alike; after an equal share of the nodes the better half goes on, down to two.

I. Danihelka, A. Guez, J. Schrittwieser and D. Silver, "Policy improvement by planning with Gumbel" (2022); the halving
is that of Z. Karnin, T. Koren and O. Somekh (2013). As where it is measured, there is no noise: the best by Q are
considered.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from agent.ntuple.incremental.position import copy, number_rows
from agent.ntuple.incremental.seam import value_once
from agent.ntuple.squash import squash
from agent.search.bestfirst.grow import add_node, bounds_of, estimate, grow, value_node
from agent.search.bestfirst.stack import keep_answers, new_stack
from agent.search.bestfirst.tree import MOST_PLIES, Rule, Scratch, Tree
from agent.search.ends.solve import SOLVED_FOR_ONE, new_room, solve_moves
from agent.search.found import HIGHEST
from game.compiled.contract import arrange, legal
from game.compiled.jit import inner, njit

_NEVER = np.float32(-1e30)
_HIGHEST = np.float32(HIGHEST)
_LOWEST = np.float32(2**-23 - 1)  # of an estimate that is the best: there is room for others below
_NO_EDGES = np.zeros(0, np.int64)
_UNTOLD = np.zeros((0, 0), np.float32), np.zeros((0, 0), np.int16), np.zeros((0, 0), np.int64)


@inner
def _set_up(rules, layout, position, stones, ply):
    copy(stones, position.board.stones)
    arrange(rules, position.board, ply)
    number_rows(layout, position)


@inner
def _sort(actions, raw, over, q, count):
    """Order moves by Q, the best first."""
    for k in range(1, count):
        action, value, ends, mine, j = actions[k], raw[k], over[k], q[k], k
        while j > 0 and q[j - 1] < mine:
            actions[j], raw[j], over[j], q[j] = actions[j - 1], raw[j - 1], over[j - 1], q[j - 1]
            j -= 1
        actions[j], raw[j], over[j], q[j] = action, value, ends, mine


@inner
def plant(rules, layout, table, tree, rule, scratch, room, position, stones, ply, most, ends, q):
    """Begin a tree with the root alone, and have its moves solved where a solver can.

    Fills `q` with the leaf's own Q. most: nodes. ends: positions that a solver of ends may look at.
    """
    _set_up(rules, layout, position, stones, ply)
    actions, raw, over, low, high = scratch.actions, scratch.raw, scratch.over, scratch.low, scratch.high
    count = legal(rules, position.board, ply, actions)
    value_once(rules, layout, table, position, ply, count, actions, raw, over)
    for i in range(count):
        q[actions[i]] = np.float32(raw[i]) if over[i] else np.float32(squash(raw[i]))
        scratch.q[i] = np.float32(raw[i]) if over[i] else estimate(raw[i])
    _sort(actions, raw, over, scratch.q, count)
    tree.used[0] = tree.used[1] = 0
    scratch.count[:] = 0
    scratch.count[1] = most
    scratch.at[0] = 0
    add_node(tree, rule, scratch, count, np.float32(2))
    for k in range(count):
        scratch.given[k], scratch.kept[k] = tree.edge[k].value, True
        actions[k], over[k] = tree.edge[k].action, tree.edge[k].low == tree.edge[k].high
        low[k], high[k] = tree.edge[k].low, tree.edge[k].high
    tree.node[0].opened = count
    if most > 1:
        _solve(rules, layout, table, tree, scratch, room, position, ply, count, ends)
    scratch.count[0] += 1


@inner
def _solve(rules, layout, table, tree, scratch, room, position, ply, count, ends):
    """Prove moves of the root that leave a threat, and what a solver can."""
    actions, over, low, high = scratch.actions, scratch.over, scratch.low, scratch.high
    if keep_answers(rules, position, ply, count, actions, over, scratch.lost) < count:
        for k in range(count):
            if scratch.lost[k]:
                low[k] = high[k] = -1
    looked = solve_moves(rules, room, position.board, ply, count, actions, low, high, ends)
    scratch.count[0] += looked // SOLVED_FOR_ONE
    for k in range(count):
        edge = tree.edge[k]
        edge.low, edge.high = low[k], high[k]
        edge.value = min(max(edge.value, np.float32(low[k])), np.float32(high[k]))
    value_node(rules, layout, table, scratch, position, ply)  # which sets up what moves keep up to date


@inner
def _believed(tree, rule, scratch, edge, most):
    """What is believed of a move by the leaf and by the search, the most visited of which has `most` visits."""
    here = tree.edge[edge]
    given = here.value if here.low == here.high else scratch.given[edge]
    return np.float32(given / rule.temperature + rule.trust * (rule.trust_visits + most) * here.value)


@njit(cache=True, nogil=True)
def consider(tree, rule, scratch, number):
    """Keep the best `number` of the moves that are kept and open; where none is, of all that are open. How many."""
    count, kept, score = tree.node[0].moves, scratch.kept, scratch.score
    most, least, found = 0, -1, 0
    for k in range(count):
        most, least = max(most, tree.edge[k].times), max(least, tree.edge[k].low)
    for every in range(2):
        for k in range(count):
            here, score[k] = tree.edge[k], _NEVER
            if (every or kept[k]) and here.low < here.high and here.high > least:
                score[k] = _believed(tree, rule, scratch, k, most)
                found += 1
        if found:
            break
    for k in range(count):
        kept[k] = False
    found = min(found, number)
    for _ in range(found):
        best = 0
        for k in range(1, count):
            if score[k] > score[best]:
                best = k
        score[best], kept[best] = _NEVER, True
    return found


@inner
def phases_of(first):
    """How often to halve, where so many moves are considered at first."""
    phases = 1
    while 1 << phases < first:
        phases += 1
    return phases


@inner
def left_in(phase, first):
    """How many moves are still considered in a phase, of so many at first."""
    return max(first >> phase, min(first, 2))


@inner
def _halve(rules, layout, table, tree, rule, scratch, room, stack, ply):
    """Grow the tree until as many nodes were valued as may be."""
    count, used = np.int64(tree.node[0].moves), scratch.count
    begun, goal = used[0], used[1]
    share = max(goal - begun, 1)
    first = consider(tree, rule, scratch, min(rule.considered, share))
    phases, at_once = phases_of(first), min(max(goal // rule.share, 1), rule.at_once)
    while used[0] < goal and not used[2]:
        phase = (used[0] - begun) * phases // share
        left = goal - used[0]
        found = consider(tree, rule, scratch, min(left_in(phase, first), left))
        if not found:
            return
        times = min(max(left // found, 1), at_once)
        for k in range(count):
            if scratch.kept[k]:
                grow(rules, layout, table, tree, rule, scratch, room, stack, ply, k, times)


@inner
def _best(tree, rule, scratch):
    """The move to play: the best of what was considered to the end, and of what is sure of the best outcome."""
    most, least, best, top = 0, -1, np.int64(-1), _NEVER
    for k in range(tree.node[0].moves):
        most, least = max(most, tree.edge[k].times), max(least, tree.edge[k].low)
    for k in range(tree.node[0].moves):
        here = tree.edge[k]
        # What may be no better than the outcome that another move is sure of is not believed to be.
        if (scratch.kept[k] and here.high > least) or (here.low == least and least > -1):
            score = _believed(tree, rule, scratch, k, most)
            if score > top:
                best, top = np.int64(k), score
    if best < 0:
        # All that were considered lose: one that was not proven to, else the one that was hardest to prove.
        best = np.int64(0)
        for k in range(1, tree.node[0].moves):
            here, other = tree.edge[k], tree.edge[best]
            if (here.high > -1, here.times) > (other.high > -1, other.times):
                best = np.int64(k)
    return best


@inner
def _follow_best(tree, edge, line):
    """The principal variation from a move of the root on, into `line`: how long it is."""
    length = 0
    while True:
        line[length] = tree.edge[edge].action
        length += 1
        node = tree.edge[edge].child
        if node < 0 or length == MOST_PLIES:
            return length
        at, edge = tree.node[node], tree.node[node].first
        _, aim = bounds_of(tree, node)
        for k in range(at.first + 1, at.first + at.opened):
            here, best = tree.edge[k], tree.edge[edge]
            if (here.low == aim, here.times, here.value) > (best.low == aim, best.times, best.value):
                edge = k


@njit(cache=True, nogil=True)
def tell(tree, rule, scratch, q, line, told):
    """What was found of the root: see `think`."""
    best, low, high = _best(tree, rule, scratch), -1, -1
    for k in range(tree.node[0].moves):
        low, high = max(low, tree.edge[k].low), max(high, tree.edge[k].high)
    told[0] = 1 + scratch.count[3] // max(scratch.count[4], 1)
    told[1], told[2] = scratch.count[0], low == high
    told[3] = _follow_best(tree, best, line)
    if scratch.count[1] == 1:  # q has the leaf's own
        return
    here = tree.edge[best]
    top = here.value if here.low == here.high else max(here.value, _LOWEST)
    below = np.nextafter(top, np.float32(-2))
    for k in range(tree.node[0].moves):
        move = tree.edge[k]
        if np.isnan(q[move.action]):  # stays so, and whoever plays refuses it
            continue
        value = move.value
        if move.low < move.high:
            if move.times == 0:  # what it lacked at the leaf
                value = max(here.value - max(scratch.given[best] - scratch.given[k], np.float32(0)), -_HIGHEST)
            value = min(value, below)
        q[move.action] = value
    if not np.isnan(q[here.action]):
        q[here.action] = max(top, -_HIGHEST)


def think(
    leaf: tuple[Any, ...], tree: Tree, rule: Rule, scratch: Scratch, stones: npt.NDArray[np.int8],
    plies: npt.NDArray[np.int16], most: int, ends: int, q: npt.NDArray[np.float32], line: npt.NDArray[np.int16],
    told: npt.NDArray[np.int64],
) -> None:  # fmt: skip
    """Search B positions, each on its own, with `most` nodes each.

    leaf: rules, layout and table. stones: `[B, P]`. plies: `[B]`. ends: as in `plant`.
    Filled in as far as `scratch.stop` lets it go: q `[B, A]`, line `[B, MOST_PLIES]`, and told `[B, 4]`: how many plies
    a path through the tree has in the mean, nodes, whether the outcome is proven, and how long the principal variation
    is.
    """
    _search(*leaf, tree, rule, scratch, stones, plies, most, ends, _NO_EDGES, q, line, told)


def dig(
    leaf: tuple[Any, ...], tree: Tree, rule: Rule, scratch: Scratch, stones: npt.NDArray[np.int8], ply: int,
    edges: npt.NDArray[np.int64], nodes: int,
) -> None:  # fmt: skip
    """Add so many nodes below each of these moves of the root, by turns, unless the search ends. stones: `[P]`."""
    if len(edges):
        plies = np.array([ply], np.int16)
        _search(*leaf, tree, rule, scratch, stones[None], plies, nodes, 0, edges, *_UNTOLD)


@njit(cache=True, nogil=True)
def _search(rules, layout, table, tree, rule, scratch, stones, plies, most, ends, edges, q, line, told):
    """`think`, or `dig` where there are edges: one for both, as each would take as long to compile."""
    stack, room = new_stack(rules, layout, MOST_PLIES), new_room(rules, scratch.stop)
    if len(edges):
        _dig(rules, layout, table, tree, rule, scratch, room, stack, stones[0], plies[0], edges, most)
    else:
        _think(rules, layout, table, tree, rule, scratch, room, stack, stones, plies, most, ends, q, line, told)


@inner
def _think(rules, layout, table, tree, rule, scratch, room, stack, stones, plies, most, ends, q, line, told):
    for b in range(len(stones)):
        if b and scratch.stop[0]:
            break
        ply = np.int64(plies[b])
        plant(rules, layout, table, tree, rule, scratch, room, stack[0], stones[b], ply, most, ends, q[b])
        _halve(rules, layout, table, tree, rule, scratch, room, stack, ply)
        tell(tree, rule, scratch, q[b], line[b], told[b])


@inner
def _dig(rules, layout, table, tree, rule, scratch, room, stack, stones, first, edges, nodes):
    ply = np.int64(first)
    _set_up(rules, layout, stack[0], stones, ply)
    scratch.at[0] = 0
    value_node(rules, layout, table, scratch, stack[0], ply)  # which sets up what moves keep up to date
    for low in range(0, nodes, rule.at_once):
        times = min(rule.at_once, nodes - low)
        for k in range(len(edges)):
            grow(rules, layout, table, tree, rule, scratch, room, stack, ply, edges[k], times)
