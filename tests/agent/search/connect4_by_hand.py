"""Connect Four searched the slow way, by the rules of `game`, to hold the fast way to."""

from __future__ import annotations

import functools
from typing import Any

import torch

from agent.search.connect4.root import Position, roots_of
from game import make

GAME = make("connect4")


def position(moves: str) -> Any:
    """After these moves, 1 to 7."""
    state = GAME.initial(1)
    for move in moves:
        state = GAME.step(state, torch.tensor([int(move) - 1]))
    return state


def unfinished(ply: int, count: int, seed: int) -> list[Any]:
    """Positions of random play after so many plies."""
    generator = torch.Generator().manual_seed(seed)
    found: list[Any] = []
    while len(found) < count:
        state = GAME.initial(1)
        while int(state.ply) < ply and not bool(state.done):
            state = GAME.step(state, torch.multinomial(GAME.legal(state).float(), 1, generator=generator)[:, 0])
        if not bool(state.done):
            found.append(state)
    return found


def boards(state: Any) -> Position:
    return roots_of(state, torch.zeros(1, 7))[0].position


def moves(state: Any) -> list[int]:
    found: list[int] = GAME.legal(state)[0].nonzero().flatten().tolist()
    return found


def after(state: Any, move: int) -> Any:
    return GAME.step(state, torch.tensor([move]))


def score(state: Any) -> int:
    """How many stones the winner has left at the end, the last one counted; negative where the side to move loses."""
    own, opp = (_cells(board) for board in (int(state.own), int(state.opp)))
    return _score(own, opp)


Cells = frozenset[tuple[int, int]]
_LINES = [
    tuple((column + i * right, row + i * up) for i in range(4))
    for column in range(7)
    for row in range(6)
    for right, up in ((1, 0), (0, 1), (1, 1), (1, -1))
    if column + 3 * right < 7 and 0 <= row + 3 * up < 6
]


def _cells(board: int) -> Cells:
    return frozenset((column, row) for column in range(7) for row in range(6) if board >> 8 * column + row & 1)


@functools.cache
def _score(own: Cells, opp: Cells) -> int:
    best = -100
    for column in range(7):
        row = sum(cell[0] == column for cell in own | opp)
        if row == 6:
            continue
        stones, ply = own | {(column, row)}, len(own) + len(opp) + 1
        if any((column, row) in line and stones.issuperset(line) for line in _LINES):
            best = max(best, (44 - ply) // 2)
        elif ply == 42:
            best = max(best, 0)
        else:
            best = max(best, -_score(opp, stones))
    return best
