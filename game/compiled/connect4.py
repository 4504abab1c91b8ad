"""Connect Four in scalar form: a stone falls to the lowest empty cell of its column."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game.compiled.lines import see_all_wins, see_wins
from game.connect4 import HEIGHT, WIDTH

ONE_STONE = True


class Connect4Rules(NamedTuple):
    cells: int
    actions: int
    plies: int
    changes: int
    fewest: int
    most: int
    rows: int
    columns: int
    length: int


class Connect4Board(NamedTuple):
    stones: Any
    wins: Any  # `[2, cells]` bool: a stone of this side on this empty cell wins, could it but get there
    lowest: Any  # `[columns]` int16: the lowest empty cell, below 0 where there is none


def rules_of(game: Any) -> Connect4Rules:
    cells = HEIGHT * WIDTH
    return Connect4Rules(cells, game.num_actions, game.max_plies, 1, 0, cells, HEIGHT, WIDTH, 4)


def new_board(rules):
    return Connect4Board(
        np.zeros(rules.cells, np.int8), np.zeros((2, rules.cells), np.bool_), np.zeros(rules.columns, np.int16)
    )


def start(rules, board):
    board.stones[:] = 0
    board.wins[:] = False
    for column in range(rules.columns):
        board.lowest[column] = rules.cells - rules.columns + column


def arrange(rules, board, ply):
    see_all_wins(rules, board)
    for column in range(rules.columns):
        cell = rules.cells - rules.columns + column
        while cell >= 0 and board.stones[cell]:
            cell -= rules.columns
        board.lowest[column] = cell


def legal(rules, board, ply, actions):
    count = 0
    for column in range(rules.columns):
        if board.lowest[column] >= 0:
            actions[count] = column
            count += 1
    return count


def look(rules, board, ply, action, cells, stones):
    side, cell = ply & 1, board.lowest[action]
    cells[0], stones[0] = cell, side + 1
    wins = board.wins[side, cell]
    return 1, wins or ply == rules.plies - 1, np.float32(wins)


def step(rules, board, ply, action):
    stone, cell = (ply & 1) + 1, board.lowest[action]
    board.stones[cell] = stone
    board.lowest[action] -= rules.columns
    see_wins(rules, board, cell, stone)
