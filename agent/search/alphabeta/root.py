"""Iterative deepening from the root: all moves one ply deeper each time, the best so far first."""

from __future__ import annotations

import numpy as np

from agent.ntuple.incremental.position import copy, number_rows
from agent.ntuple.incremental.seam import value_once
from agent.ntuple.squash import squash
from agent.search.alphabeta.boards import keep_answers, key_after, key_of, new_stack
from agent.search.alphabeta.ends import solve_moves
from agent.search.alphabeta.memory import MOST_PLIES, forget
from agent.search.alphabeta.tree import BEHIND, UNIT, WIN, score_of, value_all, visit
from game.compiled.contract import arrange, legal
from game.compiled.jit import inner, njit

_HIGHEST = np.float32(1 - 2**-24)
_LOWEST = np.float32(2**-23 - 1)  # of an estimate that is the best: there is room for others below
SOLVED_FOR_ONE = 32  # positions of a solver that take as long as a node
# What is known of each move of the root, by move: its own value at the leaf; between which outcomes its own lies; the
# last score, which it does not exceed, and at which depth; and the depth at which it was found to lose.
SCORE, LOW, HIGH, BOUND, SEEN, LOST = range(6)
# The best move: which it is, its score, the depth that is of, and how long its line is.
MOVE, VALUE, SEARCHED, LENGTH = range(4)
_MARGIN = 12_000  # of the window around the value of two iterations before


@inner
def _set_up(rules, layout, position, stones, ply):
    copy(stones, position.board.stones)
    arrange(rules, position.board, ply)
    number_rows(layout, position)


@inner
def _fill(count, actions, root, best, q):
    """Q of the root's moves: see `Found.q`. Of a move that was not searched as deeply, what it lacked at the leaf."""
    move, value = best[MOVE], best[VALUE]
    top = np.float32(root[LOW, move])
    if root[LOW, move] != root[HIGH, move]:
        top = min(max(np.float32(squash(value / UNIT)), _LOWEST), _HIGHEST)
    below = np.nextafter(top, np.float32(-2))
    for i in range(count):
        if root[LOW, i] == root[HIGH, i]:
            q[actions[i]] = root[LOW, i]
        else:
            estimate = root[SCORE, i] + value - root[SCORE, move]
            if root[SEEN, i] == best[SEARCHED]:
                estimate = min(estimate, root[BOUND, i])
            q[actions[i]] = min(max(np.float32(squash(estimate / UNIT)), -_HIGHEST), below)
    q[actions[move]] = max(top, -_HIGHEST)


@inner
def _open(count, root):
    """What is proven of the position, and how many moves are not proven to lose."""
    low, high, able = -1, -1, 0
    for i in range(count):
        low, high = max(low, root[LOW, i]), max(high, root[HIGH, i])
        able += root[HIGH, i] > -1
    return low, high, able


@inner
def _begin(rules, layout, table, room, position, ply, root, q):
    """Value the moves of the root as the Q-function does alone: how many there are."""
    actions, over, raw = room.actions[0], room.over[0], room.raw[0]
    count = legal(rules, position.board, ply, actions)
    value_once(rules, layout, table, position, ply, count, actions, raw, over)
    for i in range(count):
        q[actions[i]] = np.float32(raw[i]) if over[i] else np.float32(squash(raw[i]))
        root[SCORE, i], root[LOW, i], root[HIGH, i] = score_of(raw[i], over[i]), -1, 1
        root[BOUND, i] = root[SEEN, i] = root[LOST, i] = 0
        if over[i]:
            root[LOW, i] = root[HIGH, i] = np.int64(raw[i])
    return count


@inner
def _sort(rules, room, position, ply, count, root):
    """Order the moves by the leaf's own values, but a win in one first and those that leave a threat last."""
    actions, order = room.actions[0], room.order[0]
    if keep_answers(rules, position, ply, count, actions, room.over[0], room.over[1]) < count:
        for i in range(count):
            if room.over[1, i]:
                root[LOW, i] = root[HIGH, i] = -1
    for k in range(count):
        mine, j = (root[LOW, k] == 1, root[HIGH, k] > -1, root[SCORE, k]), k
        while j > 0:
            other = order[j - 1]
            if mine <= (root[LOW, other] == 1, root[HIGH, other] > -1, root[SCORE, other]):
                break
            order[j] = other
            j -= 1
        order[j] = k


@inner
def _value_move(rules, layout, table, room, stack, ply, i, deeper, ahead, alpha, beta, floor):
    """The score of move `i` from a window of it, looked at again where that was too narrow or not deep enough."""
    action, child = room.actions[0, i], np.int64(1)
    while True:
        room.key[1] = key_after(rules, room, room.key[0], stack[0], ply, action)
        found = -visit(rules, layout, table, room, stack, child, ply + 1, action, ahead, -beta, -alpha)
        if room.count[2]:
            return found
        if found > floor and ahead < deeper - 1:
            ahead = deeper - 1
        elif found >= beta and beta < 4 * WIN:
            beta = 4 * WIN
        elif found <= alpha and alpha > floor:
            alpha = floor
        else:
            return found


@inner
def _look_deeper(rules, layout, table, room, stack, ply, count, deeper, guess, margin, root, best, line):
    """One iteration: all moves whose outcome is open, as long as the search need not end. `best` is kept up to date.

    guess, margin: about what the best move's score will be.
    """
    actions, order, top, floor, first = room.actions[0], room.order[0], -4 * WIN, -4 * WIN, True
    for k in range(count):
        i = order[k]
        if root[LOW, i] == root[HIGH, i]:
            found = root[LOW, i] * WIN
            if found > top:
                top, floor = found, max(floor, found)
                best[MOVE], best[VALUE], best[LENGTH], line[0] = i, found, 1, actions[i]
            continue
        alpha, beta, ahead = floor, floor + 1, deeper - 1
        if first:
            alpha, beta = max(floor, guess - margin), min(guess + margin, 4 * WIN)
        elif ahead > 1 and root[SCORE, order[0]] - root[SCORE, i] > BEHIND:
            ahead -= 1
        found = _value_move(rules, layout, table, room, stack, ply, i, deeper, ahead, alpha, beta, floor)
        if room.count[2]:
            break
        first = False
        root[BOUND, i], root[SEEN, i] = found, deeper
        root[LOW, i], root[HIGH, i] = max(root[LOW, i], -room.high[1]), min(root[HIGH, i], -room.low[1])
        if root[HIGH, i] == -1:
            root[LOST, i] = deeper
        if found > top:
            top, floor = found, max(floor, found)
            best[MOVE], best[VALUE], best[SEARCHED], line[0] = i, found, deeper, actions[i]
            best[LENGTH] = 1 + min(room.length[1], MOST_PLIES - 1)
            for p in range(1, best[LENGTH]):
                line[p] = room.line[1, p - 1]
        if root[LOW, i] == 1:
            break
    front = best[MOVE]
    for k in range(count):
        order[k], front = front, order[k]
        if front == best[MOVE]:
            break


@inner
def _settle(count, actions, root, low, high, best, line):
    """The move to play, by what is proven: the best outcome; if all lose, or all that were looked at, the last hope."""
    move = best[MOVE]
    if low == high and root[LOW, move] < low:
        for i in range(count):
            if root[LOW, i] == low and (root[LOW, move] < low or root[SCORE, i] > root[SCORE, move]):
                move = i
    if root[HIGH, move] == -1:
        for i in range(count):
            mine = (root[HIGH, i] > -1, root[LOST, i], root[SCORE, i])
            if mine > (root[HIGH, move] > -1, root[LOST, move], root[SCORE, move]):
                move = i
    if line[0] != actions[move]:
        best[MOVE], best[VALUE], best[LENGTH], line[0] = move, root[SCORE, move], 1, actions[move]


@njit(cache=True, nogil=True)
def think(rules, layout, table, room, stones, plies, most, furthest, ends, hurry, helper, q, line, told):
    """Search B positions, each on its own.

    helper: a search of the same position beside the one that is asked, which leaves its ends alone and fills its
    memory.

    stones: `[B, P]` int8. plies: `[B]` int16. most, furthest: nodes and plies. ends: positions that a solver of ends
    may look at. hurry: end as soon as only one move is left to choose.
    Filled in as far as `room.stop` lets it go: q `[B, A]` float32, line `[B, MOST_PLIES]` int16, and told `[B, 4]`
    int64: plies searched everywhere, nodes, whether the outcome is proven, and how long the line is.
    """
    stack, root, best = (
        new_stack(rules, layout, MOST_PLIES),
        np.zeros((6, rules.actions), np.int64),
        np.zeros(4, np.int64),
    )
    values, at_root = np.zeros(MOST_PLIES, np.int64), np.int64(0)
    for b in range(len(stones)):
        if b and room.stop[0]:
            break
        position, ply, actions, order = stack[0], np.int64(plies[b]), room.actions[0], room.order[0]
        _set_up(rules, layout, position, stones[b], ply)
        count = _begin(rules, layout, table, room, position, ply, root, q[b])
        room.count[0], room.count[1], room.count[2] = 1, most, 0
        _sort(rules, room, position, ply, count, root)
        best[MOVE], best[VALUE], best[SEARCHED], best[LENGTH] = order[0], root[SCORE, order[0]], 1, 1
        line[b, 0], depth = actions[order[0]], 1
        if most > 1:
            if not helper:
                forget(room)
            value_all(rules, layout, table, room, position, at_root, ply)  # which sets up what moves keep up to date
            looked = np.int64(0)
            if not helper:
                looked = solve_moves(rules, position.board, ply, count, actions, order, root, ends, room.stop)
            room.count[0], room.key[0] = 1 + looked // SOLVED_FOR_ONE, key_of(room, position.board, ply)
            for deeper in range(2, min(MOST_PLIES - 1, furthest + 1, rules.plies - ply + 2)):
                low, high, able = _open(count, root)
                if low == high or (hurry and able == 1):
                    break
                guess, margin = (values[deeper - 2], _MARGIN) if deeper > 3 else (0, 4 * WIN)
                _look_deeper(
                    rules, layout, table, room, stack, ply, count, deeper, guess, margin, root, best, line[b]
                )  # fmt: skip
                if room.count[2]:
                    break
                depth, values[deeper] = deeper, best[VALUE]
        low, high, _ = _open(count, root)
        _settle(count, actions, root, low, high, best, line[b])
        if most > 1:
            _fill(count, actions, root, best, q[b])
        told[b, 0], told[b, 1], told[b, 2], told[b, 3] = depth, room.count[0], low == high, best[LENGTH]
