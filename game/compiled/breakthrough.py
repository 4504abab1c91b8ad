"""Breakthrough in scalar form: every action is a pair of cells, and whose move it is tells which way."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class BreakthroughRules(NamedTuple):
    """cell: `[2, actions]` int16, where each side's stone stands before the action; the other's row is where it goes.

    straight: `[actions]` bool, the move that cannot take.
    """

    cells: int
    actions: int
    plies: int
    changes: int
    fewest: int
    most: int
    rows: int
    columns: int
    cell: Any
    straight: Any


class BreakthroughBoard(NamedTuple):
    stones: Any
    left: Any  # `[2]` int64, stones of each side


def rules_of(game: Any) -> BreakthroughRules:
    rows, columns = game.rows, game.columns
    pairs = np.array([
        (row, low, low + side)
        for row in range(rows - 1)
        for side in (-1, 0, 1)
        for low in range(columns)
        if 0 <= low + side < columns
    ])  # fmt: skip
    lower, upper = (rows - 1 - pairs[:, 0]) * columns + pairs[:, 1], (rows - 2 - pairs[:, 0]) * columns + pairs[:, 2]
    return BreakthroughRules(
        rows * columns, len(pairs), game.max_plies, 2, columns, 4 * columns, rows, columns,
        np.stack((lower, upper)).astype(np.int16), pairs[:, 1] == pairs[:, 2],
    )  # fmt: skip


def new_board(rules):
    return BreakthroughBoard(np.zeros(rules.cells, np.int8), np.zeros(2, np.int64))


def start(rules, board):
    board.stones[:] = 0
    board.stones[: 2 * rules.columns] = 2
    board.stones[rules.cells - 2 * rules.columns :] = 1
    board.left[:] = 2 * rules.columns


def arrange(rules, board, ply):
    board.left[:] = 0
    for stone in board.stones:
        if stone:
            board.left[stone - 1] += 1


def legal(rules, board, ply, actions):
    side, count = ply & 1, 0
    own, source, target = side + 1, rules.cell[side], rules.cell[1 - side]
    for action in range(rules.actions):
        if board.stones[source[action]] == own:
            there = board.stones[target[action]]
            if there == 0 or (there != own and not rules.straight[action]):
                actions[count] = action
                count += 1
    return count


def look(rules, board, ply, action, cells, stones):
    side = ply & 1
    target = rules.cell[1 - side, action]
    cells[0], stones[0] = rules.cell[side, action], 0
    cells[1], stones[1] = target, side + 1
    arrived = target < rules.columns if side == 0 else target >= rules.cells - rules.columns
    won = arrived or (board.stones[target] != 0 and board.left[1 - side] == 1)
    return 2, won, np.float32(won)


def step(rules, board, ply, action):
    side = ply & 1
    target = rules.cell[1 - side, action]
    if board.stones[target]:
        board.left[1 - side] -= 1
    board.stones[rules.cell[side, action]] = 0
    board.stones[target] = side + 1
