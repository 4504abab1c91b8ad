"""Othello in scalar form, on bitboards of 8 bits a row: bit 8 * row + column, row 0 on top."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game.compiled.bits import bit_count, lowest
from game.compiled.jit import inner

_MOVES = 16  # classes of how many moves a side has: 0, 1, ..., 15 or more
_FEW = 8  # classes of how many discs: 1, 2, ..., 7, 8 or more


class OthelloRules(NamedTuple):
    """inner_columns, inner_rows, inner: uint64, the cells that can be outflanked along rows, columns and diagonals."""

    cells: int
    actions: int
    plies: int
    changes: int
    fewest: int
    most: int
    size: int
    inner_columns: Any
    inner_rows: Any
    inner: Any
    tallies: Any


class OthelloBoard(NamedTuple):
    stones: Any
    bits: Any  # `[2]` uint64, the stones of each side


def rules_of(game: Any) -> OthelloRules:
    size = game.size
    inner = range(1, size - 1)
    columns = sum(1 << 8 * row + column for row in range(size) for column in inner)
    rows = sum(1 << 8 * row + column for row in inner for column in range(size))
    masks = (np.uint64(columns), np.uint64(rows), np.uint64(columns & rows))
    # Along a line at most size - 2 stones turn, in eight directions; and the new stone.
    changes = 8 * (size - 2) + 1
    tallies = (_FEW * _MOVES * _MOVES, (size * size + 1) ** 2)
    return OthelloRules(size * size, game.num_actions, game.max_plies, changes, 4, size * size, size, *masks, tallies)


@inner
def _runs(start, between, distance):
    """The unbroken runs of `between`, at most six long, that begin beside `start`: towards higher and lower bits."""
    twice = distance + distance
    up, down = between & (start << distance), between & (start >> distance)
    up |= between & (up << distance)
    down |= between & (down >> distance)
    higher, lower = between & (between << distance), between & (between >> distance)
    up |= higher & (up << twice)
    down |= lower & (down >> twice)
    return up | higher & (up << twice), down | lower & (down >> twice)


@inner
def _reached(own, between, distance):
    """The cells beyond the runs that begin beside `own`."""
    up, down = _runs(own, between, distance)
    return up << distance | down >> distance


@inner
def _outflanked(own, stone, between, distance):
    """The runs between `stone` and a stone of `own`."""
    up, down = _runs(stone, between, distance)
    return (up if up << distance & own else np.uint64(0)) | (down if down >> distance & own else np.uint64(0))


@inner
def mobility(rules, own, opp):
    """The empty cells where `own` turns at least one stone of `opp`."""
    found = _reached(own, opp & rules.inner_columns, np.uint64(1)) | _reached(own, opp & rules.inner_rows, np.uint64(8))
    found |= _reached(own, opp & rules.inner, np.uint64(7)) | _reached(own, opp & rules.inner, np.uint64(9))
    return found & ~(own | opp)


@inner
def turned_by(rules, own, opp, stone):
    """The stones of `opp` that `stone` of `own` outflanks."""
    found = _outflanked(own, stone, opp & rules.inner_columns, np.uint64(1))
    found |= _outflanked(own, stone, opp & rules.inner_rows, np.uint64(8))
    found |= _outflanked(own, stone, opp & rules.inner, np.uint64(7))
    return found | _outflanked(own, stone, opp & rules.inner, np.uint64(9))


@inner
def bit_of(rules, cell):
    return np.uint64(1) << np.uint64(8 * (cell // rules.size) + cell % rules.size)


@inner
def _set_bits(rules, board):
    board.bits[:] = 0
    for cell in range(rules.cells):
        if board.stones[cell]:
            board.bits[board.stones[cell] - 1] |= bit_of(rules, cell)


def new_board(rules):
    return OthelloBoard(np.zeros(rules.cells, np.int8), np.zeros(2, np.uint64))


def start(rules, board):
    low, high = rules.size // 2 - 1, rules.size // 2
    board.stones[:] = 0
    board.stones[low * rules.size + high] = board.stones[high * rules.size + low] = 1
    board.stones[low * rules.size + low] = board.stones[high * rules.size + high] = 2
    _set_bits(rules, board)


def arrange(rules, board, ply):
    _set_bits(rules, board)


def legal(rules, board, ply, actions):
    side = ply & 1
    free = mobility(rules, board.bits[side], board.bits[1 - side])
    if not free:
        actions[0] = rules.cells
        return 1
    count = 0
    while free:
        bit = lowest(free)
        free &= free - np.uint64(1)
        actions[count] = (bit >> 3) * rules.size + (bit & 7)
        count += 1
    return count


def look(rules, board, ply, action, cells, stones):
    side, count = ply & 1, 0
    own, opp = board.bits[side], board.bits[1 - side]
    if action < rules.cells:
        stone = bit_of(rules, action)
        changed = turned_by(rules, own, opp, stone) | stone
        own, opp = own | changed, opp & ~changed
        while changed:
            bit = lowest(changed)
            changed &= changed - np.uint64(1)
            cells[count], stones[count] = (bit >> 3) * rules.size + (bit & 7), side + 1
            count += 1
    over = not mobility(rules, opp, own) and not mobility(rules, own, opp)
    lead = bit_count(own) - bit_count(opp)
    return count, over, np.float32(np.sign(lead) if over else 0)


def tally(rules, board, ply, action):
    """Whether the mover has few discs, and how many moves both sides would have; how many discs both have."""
    side = ply & 1
    own, opp = board.bits[side], board.bits[1 - side]
    if action < rules.cells:
        stone = bit_of(rules, action)
        changed = turned_by(rules, own, opp, stone) | stone
        own, opp = own | changed, opp & ~changed
    mine, theirs = bit_count(own), bit_count(opp)
    few = min(mine, _FEW) - 1
    moves = min(bit_count(mobility(rules, own, opp)), _MOVES - 1)
    replies = min(bit_count(mobility(rules, opp, own)), _MOVES - 1)
    return (few * _MOVES + moves) * _MOVES + replies, mine * (rules.cells + 1) + theirs


def step(rules, board, ply, action):
    if action < rules.cells:
        side, stone = ply & 1, bit_of(rules, action)
        changed = turned_by(rules, board.bits[side], board.bits[1 - side], stone) | stone
        board.bits[side] |= changed
        board.bits[1 - side] &= ~changed
        while changed:
            bit = lowest(changed)
            changed &= changed - np.uint64(1)
            board.stones[(bit >> 3) * rules.size + (bit & 7)] = side + 1
