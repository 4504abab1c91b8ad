"""The end of a game of Othello, solved for win, draw or loss on bitboards.

Moves that leave the opponent the fewest replies come first: G. Kierulf, "Brand, an Othello program" (1983), calls it
fastest-first. Positions with many empty cells are remembered.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game.compiled.bits import bit_count
from game.compiled.jit import inner, njit
from game.compiled.othello import bit_of, mobility, turned_by

MOST_EMPTY = 24
_ORDERED = 5  # from so many empty cells on, moves are put in order
_HASHED = 8  # from so many empty cells on, positions are remembered
_ENTRIES = 1 << 16
_UNKNOWN = 2
_ONE = np.uint64(1)


class EndRoom(NamedTuple):
    """Memory of one search, by plies below its root (D) and move.

    bits: `[D, 32]` uint64. rank: `[D, 32]` int64. table: `[E, 2]` uint64, positions. known: `[E, 2]` int8, between
    which outcomes theirs lie. count: `[3]` int64: positions looked at, how many may be, and whether it was too few.
    stop: `[1]` uint8, set by another thread to end it. corners: uint64.
    """

    bits: Any
    rank: Any
    table: Any
    known: Any
    count: Any
    stop: Any
    corners: Any


@inner
def new_end_room(rules, most, stop):
    last = rules.size - 1
    corners = (_ONE << np.uint64(last)) | (_ONE << np.uint64(8 * last)) | (_ONE << np.uint64(9 * last)) | _ONE
    count = np.zeros(3, np.int64)
    count[1] = most
    return EndRoom(
        np.empty((MOST_EMPTY + 1, 32), np.uint64), np.empty((MOST_EMPTY + 1, 32), np.int64),
        np.zeros((_ENTRIES, 2), np.uint64), np.zeros((_ENTRIES, 2), np.int8), count, stop, corners,
    )  # fmt: skip


@inner
def likely_nodes(empty):
    """About how many positions a solution takes; often fewer, sometimes ten times as many."""
    return 1000.0 * 2.5 ** (empty - 10)


@inner
def _place(own, opp):
    mixed = (own * np.uint64(0x9E3779B97F4A7C15)) ^ ((opp ^ (opp >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9))
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(_ENTRIES - 1))


@njit(cache=True, nogil=True)
def outcome(rules, room, own, opp, alpha, beta, depth):
    """Of a position, for `own`, who is to move: -1, 0 or 1, as far as it matters between `alpha` and `beta`.

    Nothing that means anything where `room.count[2]` says that it took too long.
    """
    count, table, known, rank = room.count, room.table, room.known, room.rank
    count[0] += 1
    if count[0] >= count[1] or ((count[0] & 1023) == 0 and room.stop[0]):
        count[2] = 1
        return np.int64(_UNKNOWN)
    moves = mobility(rules, own, opp)
    if not moves:
        if not mobility(rules, opp, own):
            lead = bit_count(own) - bit_count(opp)
            return np.int64(lead > 0) - np.int64(lead < 0)
        return -outcome(rules, room, opp, own, -beta, -alpha, depth)
    empty = rules.cells - bit_count(own | opp)
    place, low, high = np.int64(0), np.int64(-1), np.int64(1)
    if empty >= _HASHED:
        place = _place(own, opp)
        if table[place, 0] == own and table[place, 1] == opp:
            low, high = np.int64(known[place, 0]), np.int64(known[place, 1])
            if low >= beta or low == high:
                return low
            if high <= alpha:
                return high
    there, first = 0, room.bits[depth]
    while moves:
        bit = moves & (~moves + _ONE)
        moves ^= bit
        first[there] = bit
        there += 1
    if empty >= _ORDERED and there > 1:
        for k in range(there):
            bit = first[k]
            turned = turned_by(rules, own, opp, bit)
            replies = mobility(rules, opp & ~turned, own | turned | bit)
            worth = bit_count(replies) * 4 - (12 if bit & room.corners else 0)
            j = k
            while j > 0 and rank[depth, j - 1] > worth:
                rank[depth, j], first[j] = rank[depth, j - 1], first[j - 1]
                j -= 1
            rank[depth, j], first[j] = worth, bit
    best, floor = -1, alpha
    for k in range(there):
        bit = first[k]
        turned = turned_by(rules, own, opp, bit)
        found = -outcome(rules, room, opp & ~turned, own | turned | bit, -beta, -floor, depth + 1)
        if count[2]:
            return np.int64(_UNKNOWN)
        if found > best:
            best = found
            floor = max(floor, found)
            if best >= beta:
                break
    if empty >= _HASHED:
        if table[place, 0] != own or table[place, 1] != opp:
            table[place, 0], table[place, 1] = own, opp
            known[place, 0], known[place, 1] = -1, 1
        if best > alpha:
            known[place, 0] = max(np.int64(known[place, 0]), best)
        if best < beta:
            known[place, 1] = min(np.int64(known[place, 1]), best)
    return np.int64(best)


@inner
def solve_moves(rules, board, ply, count, actions, low, high, most, stop):
    """Prove the outcomes of moves, in this order, as far as is needed to know the best: `low` and `high`.

    Nothing where that would likely take more than `most` positions; how many it took.
    """
    side = ply & 1
    own, opp = board.bits[side], board.bits[1 - side]
    empty = rules.cells - bit_count(own | opp)
    if empty > MOST_EMPTY or likely_nodes(empty) > most:
        return 0
    room, best = new_end_room(rules, most, stop), np.int64(-1)
    for i in range(count):
        if low[i] < high[i]:
            mine, theirs = own, opp
            if actions[i] < rules.cells:
                bit = bit_of(rules, actions[i])
                turned = turned_by(rules, own, opp, bit)
                mine, theirs = own | turned | bit, opp & ~turned
            found = -outcome(rules, room, theirs, mine, np.int64(-1), -best, np.int64(0))
            if room.count[2]:
                break
            if found > best or best == -1:
                low[i] = high[i] = found
            else:
                high[i] = best
        best = max(best, np.int64(low[i]))
        if best == 1:
            break
    return room.count[0]
