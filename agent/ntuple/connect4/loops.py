"""Self-play of Connect Four in one compiled loop: one look-up gives the row after one more stone."""

from __future__ import annotations

import numpy as np

from agent.ntuple.connect4.read_threats import PARTS
from agent.ntuple.connect4.threats import write_codes
from agent.ntuple.tuples import Places
from game.compiled.jit import njit
from game.connect4 import HEIGHT, WIDTH

PLIES = HEIGHT * WIDTH
BLOCK = 256  # games that a thread plays side by side before it takes the next ones

_BOTTOM = np.array([1 << 8 * column for column in range(WIDTH)], np.uint64)
_TOP = np.array([1 << 8 * column + HEIGHT - 1 for column in range(WIDTH)], np.uint64)
_STACK = np.uint64(0x0001010101010101)
_LINES = np.array([1, 8, 7, 9], np.uint64)


@njit(cache=True, nogil=True, inline="always")
def _has_line(stones):
    found = np.uint64(0)
    for distance in _LINES:
        pairs = stones & stones >> distance
        found |= pairs & pairs >> (distance + distance)
    return found != 0


@njit(cache=True, nogil=True, inline="always")
def _mixed(x):
    """SplitMix64's output function (Steele, Lea, Flood 2014): a bijection that scatters consecutive numbers."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True, inline="always")
def _uniform(seed, game, ply, purpose):
    """A uniform number in [0, 1) that depends on the arguments alone, not on the thread."""
    x = seed + np.uint64((game * 64 + ply) * 4 + purpose) * np.uint64(0x9E3779B97F4A7C15)
    return (_mixed(_mixed(x)) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def _add_further(own, opp, games, side, tables, value):
    """Add what n-tuples that are not of cells read after a stone in each column to `value` `[7, W]`."""
    parts, count, number, _, first, rows, table, walks = tables
    code, row = np.empty((WIDTH, PARTS, games), np.uint8), np.empty(games, np.uint32)
    for column in range(WIDTH):
        after = code[column]
        for i in range(games):
            mine, occupied = opp[i], own[i] | opp[i]
            theirs = (occupied + _BOTTOM[column] | occupied) ^ mine
            word = mine + (mine | theirs) + _STACK
            for k in range(WIDTH):
                after[k, i] = np.uint8(word >> np.uint64(8 * k))
            write_codes(mine, theirs, after, i)
    for t in range(walks, len(count)):
        begin = first[t] + side * rows[t]
        for s in range(len(parts)):
            for column in range(WIDTH):
                part, stride, total = code[column, parts[s, t, 0]], number[t, 0, 1], value[column]
                for i in range(games):
                    row[i] = begin + stride * part[i]
                for m in range(1, count[t]):
                    part, stride = code[column, parts[s, t, m]], number[t, m, 1]
                    for i in range(games):
                        row[i] += stride * part[i]
                for i in range(games):
                    total[i] += table[row[i]]


@njit(cache=True, nogil=True, inline="always")
def _value_children(own, opp, games, side, tables, code, row, base, value):
    """Raw sums after a stone in each column, seen by the side then to move: `value` `[7, W]`. tables: `following`."""
    parts, count, number, change, first, rows, table, walks = tables
    for i in range(games):
        # The child's mover is now the other side, whose stones do not change.
        word = opp[i] + (own[i] | opp[i]) + _STACK
        for column in range(WIDTH):
            code[column, i] = np.uint8(word >> np.uint64(8 * column))
    value[:, :games] = 0
    still = value[WIDTH]
    for t in range(walks):
        for s in range(len(parts)):
            for i in range(games):
                row[i] = first[t] + side * rows[t]
            for m in range(count[t]):
                column, add = code[parts[s, t, m]], number[t, m]
                for i in range(games):
                    row[i] += add[column[i]]
            for i in range(games):
                base[i] = table[row[i]]
                still[i] += base[i]
            for m in range(count[t]):
                part = parts[s, t, m]
                column, add, total = code[part], change[t, m], value[part]
                for i in range(games):
                    total[i] += table[np.uint32(row[i] + add[column[i]])] - base[i]
    for column in range(WIDTH):
        for i in range(games):
            value[column, i] += still[i]
    if walks < len(count):
        _add_further(own, opp, games, side, tables, value)


@njit(cache=True, nogil=True)
def play(
    block, seed, epsilon, varied, temperature, opening_plies, tables,
    own_at, opp_at, action_at, q_at, exploratory_at, forced_at, length, reward,
):  # fmt: skip
    """Play the BLOCK games of a block to their ends.

    tables: `NTupleQ.following`.
    Filled in, entry [t, g] for move t of game g: own_at, opp_at `[42, G]` uint64; action_at `[42, G]` int8; q_at
    `[42, G, 7]` float32, -inf where illegal; exploratory_at, forced_at `[42, G]` bool; and length `[G]` int64, reward
    `[G]` float32.
    """
    own, opp = np.zeros(BLOCK, np.uint64), np.zeros(BLOCK, np.uint64)
    game = np.arange(block * BLOCK, (block + 1) * BLOCK)
    code = np.empty((WIDTH, BLOCK), np.uint8)
    row, base = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.float32)
    value = np.empty((WIDTH + 1, BLOCK), np.float32)
    q, weight = np.empty(WIDTH, np.float32), np.empty(WIDTH, np.float64)
    playing, ply = BLOCK, 0
    while playing and ply < PLIES:
        side = (ply + 1) & 1
        _value_children(own, opp, playing, side, tables, code, row, base, value)
        left = 0
        for i in range(playing):
            g, mine, theirs = game[i], own[i], opp[i]
            occupied = mine | theirs
            best = np.float32(-np.inf)
            for column in range(WIDTH):
                q[column] = -np.inf
                if not occupied & _TOP[column]:
                    if _has_line((occupied + _BOTTOM[column] | occupied) ^ theirs):
                        q[column] = 1
                    elif ply == PLIES - 1:
                        q[column] = 0
                    else:
                        q[column] = -np.tanh(value[column, i])
                    best = max(best, q[column])
            forced = ply < opening_plies and ply < np.int64(_uniform(seed, g, 0, 3) * (opening_plies + 1))
            share = 2 * _uniform(seed, g, 1, 3) if varied else 1.0
            by_chance = forced or _uniform(seed, g, ply, 0) < epsilon * share
            total = 0.0
            for column in range(WIDTH):
                weight[column] = 0
                if q[column] > -np.inf:
                    if by_chance:
                        weight[column] = 1
                    elif temperature > 0:
                        weight[column] = np.exp((q[column] - best) / temperature)
                    elif q[column] == best:
                        weight[column] = 1
                total += weight[column]
            draw, action = _uniform(seed, g, ply, 1) * total, -1
            for column in range(WIDTH):
                if weight[column] > 0:
                    action = column
                    draw -= weight[column]
                    if draw < 0:
                        break
            own_at[ply, g], opp_at[ply, g], action_at[ply, g] = mine, theirs, action
            q_at[ply, g] = q
            exploratory_at[ply, g], forced_at[ply, g] = q[action] < best, forced
            length[g] = ply + 1
            stones = (occupied + _BOTTOM[action] | occupied) ^ theirs
            if _has_line(stones) or ply == PLIES - 1:
                reward[g] = q[action]
            else:
                own[left], opp[left], game[left] = theirs, stones, g
                left += 1
        playing = left
        ply += 1


def next_stone(number: Places) -> Places:
    """`[T, M, 256]`: the change of a row number when the side not to move drops a stone on a column of each code.

    Modulo 2**32, as the row numbers are.
    """
    change = np.zeros_like(number)
    for code in range(1, 1 << HEIGHT):
        # The code's highest bit tells the height; their stone leaves mine and lifts it by one: mine + all + 1.
        for height in range(HEIGHT):
            if 1 << height <= code < 1 << height + 1:
                change[:, :, code] = number[:, :, code + (1 << height)] - number[:, :, code]
    return change
