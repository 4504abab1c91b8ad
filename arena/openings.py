"""Openings: without them two deterministic players play one game over and over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from game.core import Game, State
from game.errors import UsageError
from game.play import sample_uniform


@dataclass(frozen=True, slots=True)
class Openings:
    """N starting positions, each after `plies` random moves.

    state: N unfinished positions. moves: `[N, plies]` int64, how they came about. distinct: how many differ.
    """

    state: State
    moves: Tensor
    distinct: int

    @property
    def plies(self) -> int:
        return self.moves.shape[1]


def random_openings(game: Game[Any], count: int, plies: int | None, seed: int) -> Openings:
    """`count` openings of `plies` random moves, all distinct if the game has so many; else they repeat in turn.

    Without `plies`: as few as give `count` distinct positions, up to a third of the longest game.
    """
    if plies is not None:
        found = _sample(game, count, plies, seed) if plies < game.max_plies else None
        if found is None:
            raise UsageError(f"no game of {game.name} lasts {plies} random moves: ask for fewer opening plies")
        return found
    best: Openings | None = None
    for length in range(game.max_plies // 3 + 1):
        found = _sample(game, count, length, seed)
        if found is not None and (best is None or found.distinct > best.distinct):
            best = found
        if best is not None and best.distinct == count:
            break
    assert best is not None  # the start is always an opening
    return best


def _sample(game: Game[Any], count: int, plies: int, seed: int) -> Openings | None:
    generator = torch.Generator().manual_seed(seed)
    state = game.initial(4 * count + 64)
    moves = torch.empty(len(state), plies, dtype=torch.int64)
    for ply in range(plies):
        moves[:, ply] = sample_uniform(game.legal(state), generator)
        state = game.step(state, moves[:, ply])
        going = (~state.done).nonzero().squeeze(1)
        state, moves = state[going], moves[going]
        if not len(state):
            return None
    # The first of each position, in the order drawn.
    _, position = torch.unique(game.key(state), return_inverse=True)
    first = torch.full((int(position.max()) + 1,), len(state))
    first.scatter_reduce_(0, position, torch.arange(len(state)), "amin")
    rows = first.sort().values[:count]
    distinct = len(rows)
    rows = rows.repeat(-(-count // distinct))[:count]
    return Openings(state[rows], moves[rows], distinct)
