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
    generator, found = torch.Generator().manual_seed(seed), []
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
    return _score(int(state.own), int(state.opp), int(state.ply))


@functools.cache
def _score(own: int, opp: int, ply: int) -> int:
    from game.bitboard import BitboardState

    def whole(*values: int) -> list[torch.Tensor]:
        return [torch.tensor([value]) for value in values]

    own_, opp_ = whole(own, opp)
    state = BitboardState(torch.tensor([ply], dtype=torch.int16), torch.tensor([False]), torch.zeros(1).char(), own_, opp_)
    best = -100
    for move in moves(state):
        then = after(state, move)
        if bool(then.done):
            best = max(best, int(then.reward) * (43 - ply) // 2 if int(then.reward) else 0)
        else:
            best = max(best, -score(then))
    return best
