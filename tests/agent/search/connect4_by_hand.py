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
    while len(found) < count:  # of random games few are as long as the longest
        state = GAME.initial(1000)
        while not bool(state.done.all()) and int(state.ply[~state.done][0]) < ply:
            state = state[~state.done]
            state = GAME.step(state, torch.multinomial(GAME.legal(state).float(), 1, generator=generator)[:, 0])
        left = state[~state.done]
        found += [left[row : row + 1] for row in range(len(left.ply))]
    return found[:count]


def boards(state: Any) -> Position:
    return roots_of(state, torch.zeros(1, 7))[0].position


def moves(state: Any) -> list[int]:
    found: list[int] = GAME.legal(state)[0].nonzero().flatten().tolist()
    return found


def after(state: Any, move: int) -> Any:
    return GAME.step(state, torch.tensor([move]))


def score(state: Any) -> int:
    """How many stones the winner has left at the end, the last one counted; negative where the side to move loses."""
    return _score(int(state.own), int(state.opp))


def _bit(column: int, row: int) -> int:
    return 1 << 8 * column + row


_LINES = [
    sum(_bit(column + i * right, row + i * up) for i in range(4))
    for column in range(7)
    for row in range(6)
    for right, up in ((1, 0), (0, 1), (1, 1), (1, -1))
    if column + 3 * right < 7 and 0 <= row + 3 * up < 6
]


@functools.cache
def _score(own: int, opp: int) -> int:
    best, ply = -100, (own | opp).bit_count() + 1
    for column in range(7):
        row = ((own | opp) >> 8 * column & 0x3F).bit_count()
        if row == 6:
            continue
        stone = _bit(column, row)
        if any(line & stone and line & (own | stone) == line for line in _LINES):
            best = max(best, (44 - ply) // 2)
        elif ply == 42:
            best = max(best, 0)
        else:
            best = max(best, -_score(opp, own | stone))
    return best
