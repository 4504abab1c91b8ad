"""Perft: the number of move sequences of a given length, the standard test of a move generator."""

from __future__ import annotations

import torch

from game.core import Device, Game, S

_MOST_ROWS = 1 << 18


def perft(game: Game[S], depth: int, state: S | None = None, device: Device = "cpu") -> int:
    """How many sequences of exactly `depth` moves start at `state` (default: the start); none goes past an end."""
    return sum(divide(game, depth, state, device).values()) if depth else 1


def divide(game: Game[S], depth: int, state: S | None = None, device: Device = "cpu") -> dict[int, int]:
    """Perft by first move, to find where two move generators differ: {action: sequences of length `depth` >= 1}."""
    if depth < 1:
        raise ValueError(f"depth {depth} is below 1")
    start = game.initial(1, device) if state is None else state
    moves = game.legal(start)[0].nonzero().flatten().tolist()
    counts = {}
    for move in moves:
        after = game.step(start, torch.tensor([move], device=start.ply.device))
        counts[move] = _count(game, after, depth - 1)
    return counts


def _count(game: Game[S], state: S, depth: int) -> int:
    if depth == 0 or not len(state):
        return len(state)
    if depth == 1:
        return int(game.legal(state).sum())
    if len(state) * game.num_actions > _MOST_ROWS and len(state) > 1:
        half = len(state) // 2
        return _count(game, state[:half], depth) + _count(game, state[half:], depth)
    parent, action = game.legal(state).nonzero().unbind(1)
    return _count(game, game.step(state[parent], action), depth - 1)
