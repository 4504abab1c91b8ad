"""Iterative deepening from the root: all moves one ply deeper each time, the best so far first."""

from __future__ import annotations

import numpy as np

from agent.ntuple.incremental.position import copy, number_rows
from agent.ntuple.incremental.seam import value_once
from agent.ntuple.squash import squash
from agent.search.alphabeta.boards import keep_answers, key_after, key_of, new_stack
from agent.search.alphabeta.ends import solve_moves
from agent.search.alphabeta.memory import MOST_PLIES
from agent.search.alphabeta.tree import BEHIND, UNIT, WIN, score_of, value_all, visit
from game.compiled.contract import arrange, legal
from game.compiled.jit import inner, njit

_HIGHEST = np.float32(1 - 2**-24)
_LOWEST = np.float32(2**-23 - 1)  # of an estimate that is the best: there is room for others below
SOLVED_FOR_ONE = 32  # positions of a solver that take as long as a node
_MARGIN = 12000  # of the window around the value of two iterations before


@inner
def _set_up(rules, layout, position, stones, ply):
    copy(stones, position.board.stones)
    arrange(rules, position.board, ply)
    number_rows(layout, position)


@inner
def _fill(count, actions, root, depth, chosen, value, q):
    """Q of the root's moves: see `Found.q`. Of a move that was not searched as deeply, what it lacked at the leaf."""
    score, low, high, bound, seen = root[0], root[1], root[2], root[3], root[4]
    top = np.float32(low[chosen])
    if low[chosen] != high[chosen]:
        top = min(max(np.float32(squash(value / UNIT)), _LOWEST), _HIGHEST)
    below = np.nextafter(top, np.float32(-2))
    for i in range(count):
        if low[i] == high[i]:
            q[actions[i]] = low[i]
        else:
            estimate = score[i] + value - score[chosen]
            if seen[i] == depth:
                estimate = min(estimate, bound[i])
            q[actions[i]] = min(max(np.float32(squash(estimate / UNIT)), -_HIGHEST), below)
    q[actions[chosen]] = max(top, -_HIGHEST)


@inner
def _open(count, root):
    """What is proven of the position, and how many moves are not proven to lose."""
    low, high, able = -1, -1, 0
    for i in range(count):
        low, high = max(low, root[1, i]), max(high, root[2, i])
        able += root[2, i] > -1
    return low, high, able


@inner
def _begin(rules, layout, table, room, position, ply, root, q):
    """Value the moves of the root: how many there are, and the first in `order`.

    root: `[6, A]` int64, by move: score, low and high, bound and the depth it is of, and when it was lost.
    """
    actions, over, raw = room.actions[0], room.over[0], room.raw[0]
    count = legal(rules, position.board, ply, actions)
    value_once(rules, layout, table, position, ply, count, actions, raw, over)
    for i in range(count):
        q[actions[i]] = np.float32(raw[i]) if over[i] else np.float32(squash(raw[i]))
        root[0, i], root[1, i], root[2, i], root[3, i], root[4, i], root[5, i] = (
            score_of(raw[i], over[i]),
            -1,
            1,
            0,
            0,
            0,
        )
        if over[i]:
            root[1, i] = root[2, i] = np.int64(raw[i])
    return count


@inner
def _sort(rules, room, position, ply, count, root):
    """Order the moves: a win in one, by the leaf's own values, and last those that lose as they leave a threat."""
    actions, order = room.actions[0], room.order[0]
    if keep_answers(rules, position, ply, count, actions, room.over[0], room.over[1]) < count:
        for i in range(count):
            if room.over[1, i]:
                root[1, i] = root[2, i] = -1
    for k in range(count):
        order[k], j = k, k
        while j > 0 and (root[1, order[j - 1]], root[0, order[j - 1]]) < (root[1, k], root[0, k]):
            order[j] = order[j - 1]
            j -= 1
        order[j] = k


@njit(cache=True, nogil=True)
def think(rules, layout, table, room, stones, plies, most, furthest, ends, hurry, q, line, told):
    """Search B positions, each on its own.

    stones: `[B, P]` int8. plies: `[B]` int16. most, furthest: nodes and plies. ends: positions that a solver of ends
    may look at. hurry: end as soon as only one move is left to choose.
    Filled in as far as `room.stop` lets it go: q `[B, A]` float32, line `[B, MOST_PLIES]` int16, and told `[B, 4]`
    int64: plies searched everywhere, nodes, whether the outcome is proven, and how long the line is.
    """
    stack, root = new_stack(rules, layout, MOST_PLIES), np.zeros((6, rules.actions), np.int64)
    values, top = np.zeros(MOST_PLIES + 2, np.int64), np.int64(0)  # a literal 0 would have `visit` compiled twice
    for b in range(len(stones)):
        if b and room.stop[0]:
            break
        position, ply, actions, order = stack[0], np.int64(plies[b]), room.actions[0], room.order[0]
        _set_up(rules, layout, position, stones[b], ply)
        for place in range(len(room.table)):
            room.table[place, 0] = room.table[place, 1] = 0
        room.count[0], room.count[1], room.count[2] = 1, most, 0
        count = _begin(rules, layout, table, room, position, ply, root, q[b])
        if most > 1:
            value_all(rules, layout, table, room, position, top, ply)  # which sets up what moves keep up to date
            room.count[0], room.key[0] = 1, key_of(room, position.board, ply)
        _sort(rules, room, position, ply, count, root)
        if most > 1:
            room.count[0] += solve_moves(
                rules, position.board, ply, count, actions, order, root, ends, room.stop
            ) // SOLVED_FOR_ONE  # fmt: skip
        chosen, depth, deepest, length = order[0], 1, 1, 1
        value, line[b, 0] = root[0, chosen], actions[chosen]
        for deeper in range(2, min(MOST_PLIES - 1, furthest + 1, rules.plies - ply + 2)):
            low, high, able = _open(count, root)
            if most == 1 or low == high or (hurry and able == 1):
                break
            best, floor, first = -4 * WIN, -4 * WIN, True
            for k in range(count):
                i = order[k]
                if root[1, i] == root[2, i]:
                    if root[1, i] * WIN > best:
                        best, chosen, value = root[1, i] * WIN, i, root[1, i] * WIN
                        floor = max(floor, best)
                        line[b, 0], length = actions[i], 1
                    continue
                alpha, beta, ahead = floor, floor + 1, deeper - 1
                if not first and ahead > 1 and root[0, order[0]] - root[0, i] > BEHIND:
                    ahead = max(1, ahead - 1)
                if first:
                    beta = 4 * WIN
                    if deeper > 3:
                        alpha, beta = max(floor, values[deeper - 2] - _MARGIN), values[deeper - 2] + _MARGIN
                while True:
                    room.key[1] = key_after(rules, room, room.key[0], position, ply, actions[i])
                    found = -visit(
                        rules, layout, table, room, stack, top + 1, ply + 1, actions[i], ahead, -beta, -alpha
                    )  # fmt: skip
                    if room.count[2]:
                        break
                    if found > floor and ahead < deeper - 1:
                        ahead = deeper - 1
                    elif found >= beta and beta < 4 * WIN:
                        beta = 4 * WIN
                    elif found <= alpha and alpha > floor:
                        alpha = floor
                    else:
                        break
                if room.count[2]:
                    break
                first = False
                root[3, i], root[4, i] = found, deeper
                root[1, i], root[2, i] = max(root[1, i], -room.high[1]), min(root[2, i], -room.low[1])
                if root[2, i] == -1:
                    root[5, i] = deeper
                if found > best:
                    best, chosen, value, deepest = found, i, found, deeper
                    floor = max(floor, found)
                    line[b, 0], length = actions[i], 1 + min(room.length[1], MOST_PLIES - 1)
                    for p in range(1, length):
                        line[b, p] = room.line[1, p - 1]
                if root[1, i] == 1:
                    break
            front = chosen
            for k in range(count):
                order[k], front = front, order[k]
                if front == chosen:
                    break
            if room.count[2]:
                break
            depth, values[deeper] = deeper, best
        low, high, _ = _open(count, root)
        if low == high and root[1, chosen] < low:
            for i in range(count):
                if root[1, i] == low and (root[1, chosen] < low or root[0, i] > root[0, chosen]):
                    chosen = i
            line[b, 0], length = actions[chosen], 1
        if root[2, chosen] == -1:
            # All moves lose, or all that were looked at: hold out longest, or hope for another.
            for i in range(count):
                mine = (root[2, i] > -1, root[5, i], root[0, i])
                if mine > (root[2, chosen] > -1, root[5, chosen], root[0, chosen]):
                    chosen = i
            if line[b, 0] != actions[chosen]:
                line[b, 0], length, value = actions[chosen], 1, root[0, chosen]
        if deepest > 1 or (most > 1 and low == high):
            _fill(count, actions, root, deepest, chosen, value, q[b])
        told[b, 0], told[b, 1], told[b, 2], told[b, 3] = depth, room.count[0], low == high, length
