"""Openings: without them two deterministic players would repeat one game."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Generic

import torch
from torch import Tensor

from game.core import AnyGame, Game, S
from game.errors import UsageError
from game.play import play, sample_uniform

_BLOCK = 256  # games that `extended` draws at once
_PATIENCE = 8  # after this many blocks in a row without a new opening, the game is taken to have no more


@dataclass(frozen=True, slots=True)
class Openings(Generic[S]):
    """N starting positions, each after at most `plies` moves.

    state:  N unfinished positions.
    moves:  `[N, plies]` int64, how they came about, -1 after the last move.
    number: `[N]` int64, identifies the position: rows with equal numbers are the same opening.
    """

    state: S
    moves: Tensor
    number: Tensor

    def __getitem__(self, rows: slice | Tensor) -> Openings[S]:
        """Some of them, by a slice or a tensor of rows."""
        return Openings(self.state[rows], self.moves[rows], self.number[rows])

    @property
    def plies(self) -> int:
        return self.moves.shape[1]

    @property
    def distinct(self) -> int:
        """How many differ."""
        return len(torch.unique(self.number))


def random_openings(game: Game[S], count: int, plies: int | None, seed: int) -> Openings[S]:
    """`count` openings of `plies` random moves, all distinct if the game has that many, else repeating in turn.

    Without `plies`: as few as give `count` distinct positions, up to a third of the longest game. Another `count` gives
    other openings: to add to those there are, use `extended`.
    """
    if plies is not None:
        found = _sample(game, count, plies, seed) if plies < game.max_plies else None
        if found is None:
            raise UsageError(f"no game of {game.name} lasts {plies} random moves: ask for fewer opening plies")
        return found
    best: Openings[S] | None = None
    most = 0
    for length in range(game.max_plies // 3 + 1):
        found = _sample(game, count, length, seed)
        if found is not None and found.distinct > most:
            best, most = found, found.distinct
        if most == count:
            break
    assert best is not None  # the start is always an opening
    return best


def extended(game: Game[S], openings: Openings[S], count: int, seed: int) -> Openings[S]:
    """`openings` extended to `count`, as a prefix of one endless list: a longer one starts with a shorter one.

    New openings are distinct from all before them while the game has any left; then all repeat in turn.
    """
    if count <= len(openings.state):
        return openings[:count]
    met = openings.distinct
    state, moves = openings.state[:met], openings.moves[:met]
    seen = set(game.key(state).tolist())
    missing, in_vain, block = count - len(openings.state), 0, 0
    while len(state) < met + missing and in_vain < _PATIENCE:
        text = f"{seed} openings {block}".encode()
        drawn = _drawn(game, _BLOCK, openings.plies, int.from_bytes(hashlib.sha256(text).digest()[:7], "little"))
        new = []
        for row, key in enumerate(game.key(drawn[0]).tolist() if drawn else ()):
            if key not in seen:
                seen.add(key)
                new.append(row)
        if drawn and new:
            state, moves = type(state).cat([state, drawn[0][torch.tensor(new)]]), torch.cat([moves, drawn[1][new]])
        in_vain = 0 if new else in_vain + 1
        block += 1
    number = torch.arange(met, met + missing)
    number = torch.where(number < len(state), number, (number - len(state)) % len(state))
    return Openings(
        type(state).cat([openings.state, state[number]]),
        torch.cat([openings.moves, moves[number]]),
        torch.cat([openings.number, number]),
    )


def _sample(game: Game[S], count: int, plies: int, seed: int) -> Openings[S] | None:
    drawn = _drawn(game, 4 * count + 64, plies, seed)
    if drawn is None:
        return None
    state, moves = drawn
    # The first of each position, in the order drawn.
    _, position = torch.unique(game.key(state), return_inverse=True)
    first = torch.full((int(position.max()) + 1,), len(state))
    first.scatter_reduce_(0, position, torch.arange(len(state)), "amin")
    rows = first.sort().values[:count]
    number = torch.arange(count) % len(rows)
    return Openings(state[rows[number]], moves[rows[number]], number)


def _drawn(game: Game[S], games: int, plies: int, seed: int) -> tuple[S, Tensor] | None:
    """Positions and moves after `plies` of `games` random games, of those that last longer; None if none does."""
    generator = torch.Generator().manual_seed(seed)
    state = game.initial(games)
    moves = torch.empty(games, plies, dtype=torch.int64)
    for ply in range(plies):
        moves[:, ply] = sample_uniform(game.legal(state), generator)
        state = game.step(state, moves[:, ply])
        going = (~state.done).nonzero().squeeze(1)
        state, moves = state[going], moves[going]
        if not len(state):
            return None
    return state, moves


def size_of_games(game: AnyGame) -> tuple[float, float]:
    """The mean number of legal moves, and of plies, in games of uniformly random play."""
    generator = torch.Generator().manual_seed(0)
    start = game.initial(64)
    moves = plies = 0
    for turn in play(game, start, lambda state, _: sample_uniform(game.legal(state), generator)):
        moves += int(game.legal(turn.state).sum())
        plies += len(turn.rows)
    return moves / plies, plies / len(start)
