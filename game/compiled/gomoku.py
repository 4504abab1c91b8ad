"""Gomoku, tic-tac-toe and all m,n,k-games in scalar form."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game.compiled.lines import see_all_wins, see_wins
from game.compiled.placing import ONE_STONE as ONE_STONE
from game.compiled.placing import OTHERS_STAY as OTHERS_STAY
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


def new_board(rules):
    return GomokuBoard(np.zeros(rules.cells, np.int8), np.zeros((2, rules.cells), np.bool_))


def start(rules, board):
    board.stones[:] = 0
    board.wins[:] = rules.length == 1


def arrange(rules, board, ply):
    see_all_wins(rules, board)


def look(rules, board, ply, action, cells, stones):
    side = ply & 1
    cells[0], stones[0] = action, side + 1
    wins = board.wins[side, action]
    return 1, wins or ply == rules.plies - 1, np.float32(wins)


def step(rules, board, ply, action):
    stone = (ply & 1) + 1
    board.stones[action] = stone
    see_wins(rules, board, action, stone)
