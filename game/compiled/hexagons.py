"""Hex without the swap rule in scalar form: groups of stones as a forest, each root with the edges that it touches."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from game.compiled.jit import inner
from game.compiled.placing import ONE_STONE as ONE_STONE
from game.compiled.placing import OTHERS_STAY as OTHERS_STAY
from game.compiled.placing import legal as legal


class HexRules(NamedTuple):
    cells: int
    actions: int
    plies: int
    changes: int
    fewest: int
    most: int
    size: int


class HexBoard(NamedTuple):
    stones: Any
    parent: Any  # `[cells]` int16, a cell nearer the root of its group; itself at the root
    edges: Any  # `[cells]` uint8 at roots: 1 for the group's first own edge (top, left), 2 for its second


def rules_of(game: Any) -> HexRules:
    cells = game.size * game.size
    return HexRules(cells, cells, cells, 1, 0, cells, game.size)


@inner
def root_of(board, cell):
    """The root of the group of the stone at `cell`."""
    while board.parent[cell] != cell:
        board.parent[cell] = board.parent[board.parent[cell]]
        cell = board.parent[cell]
    return cell


@inner
def _touched(rules, cell, side):
    """The own edges that a cell lies at."""
    along = cell // rules.size if side == 0 else cell % rules.size
    return (along == 0) + 2 * (along == rules.size - 1)


@inner
def _around(rules, cell, way):
    """The neighbour of a cell in one of six directions; -1 where the board ends."""
    down, right = ((-1, 0), (-1, 1), (0, 1), (1, 0), (1, -1), (0, -1))[way]
    row, column = cell // rules.size + down, cell % rules.size + right
    if 0 <= row < rules.size and 0 <= column < rules.size:
        return row * rules.size + column
    return -1


@inner
def _join(rules, board, cell):
    """Take the stone at `cell` into the groups around it."""
    stone = board.stones[cell]
    board.parent[cell], board.edges[cell] = cell, _touched(rules, cell, stone - 1)
    for way in range(6):
        near = _around(rules, cell, way)
        if near >= 0 and board.stones[near] == stone and board.parent[near] >= 0:
            root = root_of(board, near)
            if root != cell:
                board.parent[root] = cell
                board.edges[cell] |= board.edges[root]


def new_board(rules):
    return HexBoard(np.zeros(rules.cells, np.int8), np.zeros(rules.cells, np.int16), np.zeros(rules.cells, np.uint8))


def start(rules, board):
    board.stones[:] = 0
    board.parent[:] = -1


def arrange(rules, board, ply):
    board.parent[:] = -1
    for cell in range(rules.cells):
        if board.stones[cell]:
            _join(rules, board, cell)


def look(rules, board, ply, action, cells, stones):
    side = ply & 1
    cells[0], stones[0] = action, side + 1
    edges = _touched(rules, action, side)
    for way in range(6):
        near = _around(rules, action, way)
        if near >= 0 and board.stones[near] == side + 1:
            edges |= board.edges[root_of(board, near)]
    return 1, edges == 3, np.float32(edges == 3)


def step(rules, board, ply, action):
    board.stones[action] = (ply & 1) + 1
    _join(rules, board, action)
