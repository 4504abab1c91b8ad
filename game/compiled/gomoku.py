"""Gomoku and m,n,k-games in scalar form: for each empty cell, whether a stone of a side there would make its line."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game.compiled.jit import inner
from game.compiled.placing import ONE_STONE as ONE_STONE
from game.compiled.placing import legal as legal


class GomokuRules(NamedTuple):
    cells: int
    actions: int
    plies: int
    changes: int
    fewest: int
    most: int
    rows: int
    columns: int
    length: int


class GomokuBoard(NamedTuple):
    stones: Any
    wins: Any  # `[2, cells]` bool: a stone of this side on this empty cell wins


def rules_of(game: Any) -> GomokuRules:
    cells = game.rows * game.columns
    return GomokuRules(cells, cells, cells, 1, 0, cells, game.rows, game.columns, game.length)


@inner
def _run(rules, stones, cell, stone, down, right):
    """How many of these stones stand in a row beside `cell`, and the cell after them; -1 where the board ends."""
    row, column, count = cell // rules.columns + down, cell % rules.columns + right, 0
    while 0 <= row < rules.rows and 0 <= column < rules.columns:
        beyond = row * rules.columns + column
        if stones[beyond] != stone:
            return count, beyond
        row, column, count = row + down, column + right, count + 1
    return count, -1


@inner
def _look_along(rules, board, cell, stone):
    """See anew whether the empty cells at the ends of the lines through a new stone win."""
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        for way in (1, -1):
            _, end = _run(rules, board.stones, cell, stone, way * down, way * right)
            if end >= 0 and board.stones[end] == 0 and not board.wins[stone - 1, end]:
                ahead, _ = _run(rules, board.stones, end, stone, down, right)
                behind, _ = _run(rules, board.stones, end, stone, -down, -right)
                board.wins[stone - 1, end] = ahead + behind + 1 >= rules.length


def new_board(rules):
    return GomokuBoard(np.zeros(rules.cells, np.int8), np.zeros((2, rules.cells), np.bool_))


def start(rules, board):
    board.stones[:] = 0
    board.wins[:] = rules.length == 1


def arrange(rules, board, ply):
    board.wins[:] = rules.length == 1
    for cell in range(rules.cells):
        if board.stones[cell]:
            _look_along(rules, board, cell, board.stones[cell])


def look(rules, board, ply, action, cells, stones):
    side = ply & 1
    cells[0], stones[0] = action, side + 1
    wins = board.wins[side, action]
    return 1, wins or ply == rules.plies - 1, np.float32(wins)


def step(rules, board, ply, action):
    stone = (ply & 1) + 1
    board.stones[action] = stone
    _look_along(rules, board, action, stone)
