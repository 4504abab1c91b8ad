"""The tree below the root: principal variation search, one node after the other.

J. Pearl, "Scout" (1980); T. Marsland and M. Campbell, "Parallel search of strongly ordered game trees" (1982).
"""

from __future__ import annotations

import numpy as np

from agent.ntuple.incremental.seam import value_moves
from agent.search.alphabeta.boards import follow, keep_answers, key_after
from agent.search.alphabeta.memory import EXACT, LOWER, MOST_PLIES, UPPER, recall, remember, remembered
from game.compiled.contract import legal
from game.compiled.jit import inner, njit

UNIT = 65536.0  # scores are raw values, that squash makes Q of, in steps of 1 / UNIT
WIN = 1 << 28
_MOST_RAW = 1 << 24
# Margins between the leaf's own values of moves, in scores: how much better than that a move may turn out one ply
# deeper; and how far behind the best a move is looked at one ply less, or two.
CUT = BEHIND = 20_000
FAR_BEHIND = 40_000
# Where several threads search one position, each leaves moves that another is at for later, from so many plies ahead on
# (J.-C. Weill, "The ABDADA distributed minimax search algorithm", 1996; in the simple form of T. Kerrigan, 2017).
_TOGETHER = 3
_LATER = 16 * WIN << 16


@inner
def score_of(raw, over):
    """A move's raw value, or r_T where it ends the game, as a score."""
    if over:
        return np.int64(raw) * WIN
    return np.int64(min(max(raw * UNIT, -_MOST_RAW), _MOST_RAW))


@inner
def value_all(rules, layout, table, room, position, d, ply):
    """Value all moves of a node into `room` at `d`: how many there are, the best score, and the lowest outcome known.

    Counts the node.
    """
    actions, raw, over, score = room.actions[d], room.raw[d], room.over[d], room.score[d]
    count = legal(rules, position.board, ply, actions)
    value_moves(rules, layout, table, position, ply, count, actions, raw, over)
    room.count[0] += 1
    best, low = -2 * WIN, -1
    for i in range(count):
        score[i] = score_of(raw[i], over[i])
        best = max(best, score[i])
        if over[i]:
            low = max(low, score[i] // WIN)
    return count, best, low


@inner
def pick(order, i, count):
    """Bring the largest of `order[i:count]` to place `i`: an entry is a rank times 2^16, and which move it is."""
    best = i
    for j in range(i + 1, count):
        if order[j] > order[best]:
            best = j
    found = order[best]
    order[best] = order[i]
    order[i] = found
    return found & 0xFFFF


@njit(cache=True, nogil=True)
def visit(rules, layout, table, room, stack, d, ply, action, depth, alpha, beta):
    """The score of the position after `action`, for the side to move there, at `ply`; fail-soft.

    The position before it is `stack[d - 1]`, and the key of this one `room.key[d]`. depth: plies to look ahead, 1 for
    the leaf's own values. Sets `low`, `high` and the principal variation of `room` at `d`.
    """
    room.length[d] = 0
    room.low[d], room.high[d] = -1, 1
    key, first, low, high = room.key[d], -1, -1, 1
    entry = recall(room.table, key)
    if entry:
        score, first, searched, bound, low, high = remembered(entry)
        room.low[d], room.high[d] = low, high
        if low == high:
            return np.int64(low * WIN)
        cuts = bound == EXACT or (bound == LOWER and score >= beta) or (bound == UPPER and score <= alpha)
        if searched >= depth and cuts:
            return np.int64(score)
    if room.count[0] >= room.count[1] or room.stop[0]:
        room.count[2] = 1
        return np.int64(0)

    position, asked = stack[d], depth
    follow(rules, layout, table, stack[d - 1], position, ply - 1, action)
    count, best, known = value_all(rules, layout, table, room, position, d, ply)
    actions, over, score_at, order = room.actions[d], room.over[d], room.score[d], room.order[d]
    if best == WIN:
        room.low[d] = room.high[d] = 1
        remember(room.table, key, WIN, -1, 255, EXACT, 1, 1)
        return np.int64(WIN)
    low = max(low, known)
    answers = keep_answers(rules, position, ply, count, actions, over, room.over[d + 1])
    if answers < count:
        # Every other move loses: keep the answers alone, and look on as far as before.
        kept = 0
        for i in range(count):
            if not room.over[d + 1, i]:
                actions[kept], over[kept], score_at[kept] = actions[i], over[i], score_at[i]
                kept += 1
        count = kept
        if answers > 1:
            room.low[d] = room.high[d] = -1
            remember(room.table, key, -WIN, -1, 255, EXACT, -1, -1)
            return np.int64(-WIN)
        depth += 1
    if depth <= 1 or d + 2 >= MOST_PLIES:
        reached = -1
        for i in range(count):
            reached = max(reached, score_at[i] // WIN if over[i] else 1)
        high = min(high, reached)
        if low == high:
            best = low * WIN
        room.low[d], room.high[d] = low, high
        remember(room.table, key, best, -1, 1, EXACT, low, high)
        return np.int64(best)

    for i in range(count):
        order[i] = (score_at[i] + 4 * WIN + (8 * WIN if actions[i] == first else 0)) << 16 | i
    top, best, chosen, floor, reached = best, -4 * WIN, -1, alpha, -1
    busy, k = room.busy, 0
    together = len(busy) > 1 and depth >= _TOGETHER
    while k < count:
        i = pick(order, k, count)
        if over[i]:
            score, lowest, highest = score_at[i], score_at[i] // WIN, score_at[i] // WIN
            room.length[d + 1] = 0
        else:
            ahead = depth - 1
            if k:
                behind = top - score_at[i]
                if ahead == 1:
                    if score_at[i] + CUT <= floor:
                        best, reached = max(best, score_at[i] + CUT), 1
                        k += 1
                        continue
                elif behind > BEHIND:
                    ahead = max(1, ahead - 1 - (behind > FAR_BEHIND))
            after = key_after(rules, room, key, position, ply, actions[i])
            if together:
                at = after & (len(busy) - 1)
                if k and order[k] > 0 and busy[at] == after:
                    order[k] -= _LATER
                    continue
                busy[at] = after
            room.key[d + 1] = after
            above = beta if k == 0 else floor + 1
            while True:
                score = -visit(
                    rules, layout, table, room, stack, d + 1, ply + 1, actions[i], ahead, -above, -floor
                )  # fmt: skip
                if room.count[2]:
                    return np.int64(0)
                if score > floor and ahead < depth - 1:
                    ahead = depth - 1
                elif above <= score < beta:
                    above = beta
                else:
                    break
            if together:
                busy[at] = 0
            lowest, highest = -room.high[d + 1], -room.low[d + 1]
        low, reached = max(low, lowest), max(reached, highest)
        if score > best:
            best, chosen = score, actions[i]
            if score > floor:
                floor = score
                room.line[d, 0] = chosen
                below = min(room.length[d + 1], MOST_PLIES - 1)
                for p in range(below):
                    room.line[d, p + 1] = room.line[d + 1, p]
                room.length[d] = below + 1
        if best >= beta or low == 1:
            if k < count - 1:
                reached = 1
            break
        k += 1
    high = min(high, reached)
    if low == high:
        best = low * WIN
    room.low[d], room.high[d] = low, high
    bound = UPPER if best <= alpha else LOWER if best >= beta else EXACT
    remember(room.table, key, best, chosen, asked, bound, low, high)
    return np.int64(best)
