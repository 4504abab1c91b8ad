"""Wins by threats alone in k-in-a-row games: every move threatens to win with the next, so each reply is forced.

The lowest level of threat-space search: L. V. Allis, H. J. van den Herik, M. P. H. Huntjens, "Go-Moku and threat-space
search" (1993). It finds wins of many plies by looking at few positions, as the replies are not searched but known.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game.compiled.jit import inner, njit
from game.gomoku import LARGEST

FEWEST_IN_A_ROW = 4  # of three in a row two stones are a threat: everything would be one
MOST_MOVES = 24  # of the attacking side in a line
SETTING_UP = 2  # takes as long as so many positions
_ENTRIES = 1 << 12
_KEYS = np.random.default_rng(1993).integers(1, 1 << 62, (2, LARGEST * LARGEST))
_ATTACKS = np.random.default_rng(1994).integers(1, 1 << 62, 2)  # whose attack it is
_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))


class FoursRoom(NamedTuple):
    """All W windows of k cells in a row, and the stones of a position in them.

    cells:  `[W, k]` int16. of: `[P, 4 * k]` int16, the windows that a cell is in, and -1. inside: `[2, W]` int8, the
            stones of each side.
    stones: `[P]` int8. failed: `[E]` int64, keys of positions from which the side to move does not win so.
    count:  `[3]` int64: positions looked at, how many may be, and whether it was too few. stop: see `winning_threat`.
    """

    cells: Any
    of: Any
    inside: Any
    stones: Any
    failed: Any
    count: Any
    stop: Any


@inner
def new_fours_room(rules, stop):
    """Room for any position of these rules, with no stone on it yet."""
    length, found = rules.length, 0
    cells = np.empty((4 * rules.cells, length), np.int16)
    of, many = np.full((rules.cells, 4 * length), -1, np.int16), np.zeros(rules.cells, np.int64)
    for down, right in _DIRECTIONS:
        for row in range(rules.rows):
            for column in range(rules.columns):
                bottom, side = row + down * (length - 1), column + right * (length - 1)
                if bottom < rules.rows and 0 <= side < rules.columns:
                    for k in range(length):
                        cell = (row + down * k) * rules.columns + column + right * k
                        cells[found, k] = cell
                        of[cell, many[cell]] = found
                        many[cell] += 1
                    found += 1
    return FoursRoom(
        cells[:found], of, np.zeros((2, found), np.int8), np.zeros(rules.cells, np.int8),
        np.zeros(_ENTRIES, np.int64), np.zeros(3, np.int64), stop,
    )  # fmt: skip


@inner
def _set_up(room, stones, most):
    """Put the stones of a position into the room, for a look at so many more: the key of the position."""
    room.inside[:] = 0
    room.stones[:] = 0
    room.count[0], room.count[1], room.count[2] = 0, most, 0
    key = np.int64(0)
    for cell in range(len(stones)):
        if stones[cell]:
            put(room, stones[cell] - 1, cell, 1)
            key ^= _KEYS[stones[cell] - 1, cell]
    return key


@inner
def put(room, side, cell, by):
    """Put a stone there, or take it away where `by` is -1."""
    room.stones[cell] = side + 1 if by > 0 else 0
    for window in room.of[cell]:
        if window < 0:
            break
        room.inside[side, window] += by


@inner
def _wins(room, side, windows):
    """An empty cell where a stone of `side` wins in one of these windows, up to a -1, and how many such cells: 0, 1,
    or 2 for more."""
    last, found = room.cells.shape[1] - 1, np.int64(-1)
    for window in windows:
        if window < 0:
            break
        if room.inside[side, window] == last and room.inside[1 - side, window] == 0:
            for cell in room.cells[window]:
                if room.stones[cell] == 0 and cell != found:
                    if found >= 0:
                        return found, 2
                    found = np.int64(cell)
    return found, int(found >= 0)


@njit(cache=True, nogil=True)
def winning_threat(rules, room, side, must, key, depth):
    """A move of `side`, who cannot win at once, that wins by threats alone; -1 if none was found.

    must: the only cell that stops a win of the other side, or -1. Nothing where `room.count[2]` says that it took too
    long, or another thread has set `room.stop[0]`.
    """
    count, length = room.count, rules.length
    count[0] += 1
    if count[0] >= count[1] or ((count[0] & 255) == 0 and room.stop[0]):
        count[2] = 1
        return np.int64(-1)
    place = key & (_ENTRIES - 1)
    if room.failed[place] == key or depth >= MOST_MOVES:
        return np.int64(-1)
    for window in range(len(room.cells)):
        if room.inside[side, window] != length - 2 or room.inside[1 - side, window]:
            continue
        for cell in room.cells[window]:
            if room.stones[cell] or (must >= 0 and cell != must):
                continue
            put(room, side, cell, 1)
            reply, wins = _wins(room, side, room.of[cell])
            won = wins == 2
            if not won:
                put(room, 1 - side, reply, 1)
                answer, threats = _wins(room, 1 - side, room.of[reply])
                if threats < 2:
                    after = key ^ _KEYS[side, cell] ^ _KEYS[1 - side, reply]
                    won = winning_threat(rules, room, side, answer, after, depth + 1) >= 0
                put(room, 1 - side, reply, -1)
            put(room, side, cell, -1)
            if won:
                return np.int64(cell)
            if count[2]:
                return np.int64(-1)
    room.failed[place] = key
    return np.int64(-1)


@inner
def _wins_now(board, side):
    """As `_wins`, of all windows."""
    found, count = np.int64(-1), 0
    for cell in range(len(board.stones)):
        if board.wins[side, cell] and board.stones[cell] == 0:
            found, count = np.int64(cell), count + 1
    return found, count


@inner
def _attack(rules, room, side, must, key):
    """As `winning_threat` from the position at hand, whose key this is."""
    return winning_threat(rules, room, side, np.int64(must), key ^ _ATTACKS[side], np.int64(0))


@inner
def wins(rules, room, board, ply, most):
    """Whether the side to move, who cannot win at once, wins by threats alone; False also where `most` positions are
    too few to see it. `room.count[0]` tells how many it took."""
    room.count[0] = 0
    if rules.length < FEWEST_IN_A_ROW:
        return False
    side, key = ply & 1, _set_up(room, board.stones, most)
    must, threats = _wins_now(board, 1 - side)
    return threats < 2 and _attack(rules, room, side, must, key) >= 0


@inner
def solve_moves(rules, room, board, ply, count, actions, low, high, most):
    """Prove moves that win by threats, or leave the other side such a win: `low` and `high`.

    How many positions it took, in those of a solver of ends. What another position has left in `room` is forgotten.
    """
    if rules.length < FEWEST_IN_A_ROW:
        return 0
    room.failed[:] = 0
    side, key = ply & 1, _set_up(room, board.stones, most)
    must, threats = _wins_now(board, 1 - side)
    _, winning = _wins_now(board, side)
    if winning or threats > 1:  # what one more ply shows
        return 0
    found = _attack(rules, room, side, must, key)
    if found >= 0:
        for i in range(count):
            if actions[i] == found:
                low[i] = high[i] = 1
        return room.count[0]
    if _attack(rules, room, 1 - side, -1, key) < 0:
        return room.count[0]  # not even with a move more: a stone of ours would only be in the way
    for i in range(count):
        if room.count[2]:
            break
        if low[i] == high[i]:
            continue
        put(room, side, actions[i], 1)
        reply, own = _wins(room, side, room.of[actions[i]])
        if own < 2 and _attack(rules, room, 1 - side, reply, key ^ _KEYS[side, actions[i]]) >= 0:
            low[i] = high[i] = -1
        put(room, side, actions[i], -1)
    return room.count[0]
