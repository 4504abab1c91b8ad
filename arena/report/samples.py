"""A few games that a run plays against itself, from different openings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from agent.play.policy import Policy
from agent.play.qfunction import QFunction
from arena.match.openings import random_openings
from arena.view.position import Position
from arena.view.values import cell_of, flat
from game.play import History, play

TEMPERATURE = 0.05
SEED = 0


@dataclass(frozen=True, slots=True)
class SampleGame:
    """One game; lists have an entry a ply unless said otherwise.

    opening_plies: how many of the first moves were drawn at random.
    winner:   the seat that won, or None.
    moves, q: the moves in the game's notation and their Q, each as its mover saw it.
    start:    seat or -1 by cell, before the first move.
    changes:  (cell, seat or -1) for each cell that the move changed.
    landings: the cell of the stone that was put or moved; None where there is none.
    winning:  the cells of the stones that won.
    """

    opening_plies: int
    winner: int | None
    moves: list[str]
    q: list[float]
    start: list[int]
    changes: list[list[tuple[int, int]]]
    landings: list[int | None]
    winning: list[int]

    @property
    def final(self) -> list[int]:
        """Seat or -1 by cell, after the last move."""
        board = list(self.start)
        for changes in self.changes:
            for cell, seat in changes:
                board[cell] = seat
        return board


def sample_games(q_function: QFunction, count: int) -> list[SampleGame]:
    """`count` games; the same Q-function gives the same games."""
    game = q_function.game
    openings = random_openings(game, count, None, SEED)
    generator = torch.Generator().manual_seed(SEED)
    policy = Policy(0.0, TEMPERATURE)
    moves = [list(row) for row in openings.moves.tolist()]

    def choose(state: Any, _: Tensor) -> Tensor:
        return policy.decide(q_function.q(state), generator).action

    for turn in play(game, openings.state, choose):
        for row, action in zip(turn.rows.tolist(), turn.action.tolist(), strict=True):
            moves[row].append(action)
    return [_told(q_function, actions, openings.plies) for actions in moves]


def _told(q_function: QFunction, actions: list[int], opening_plies: int) -> SampleGame:
    game = q_function.game
    history = History(game)
    for action in actions:
        history.push(action)
    before = history.states[:-1]
    values = q_function.q(type(history.state).cat(before)).gather(1, torch.tensor(actions)[:, None])
    positions = [Position(game, state) for state in history.states]
    steps = list(zip(positions, actions, positions[1:], strict=False))
    return SampleGame(
        opening_plies=opening_plies,
        winner=history.winner,
        moves=[game.move_name(action, state) for action, state in zip(actions, before, strict=True)],
        q=values.flatten().tolist(),
        start=flat(positions[0]),
        changes=[_changes(flat(old), flat(new)) for old, _, new in steps],
        landings=[cell_of(game, old.traces(action, new).landing) for old, action, new in steps],
        winning=sorted(row * game.observation_shape[2] + column for row, column in positions[-1].winning),
    )


def _changes(old: list[int], new: list[int]) -> list[tuple[int, int]]:
    return [(cell, seat) for cell, (was, seat) in enumerate(zip(old, new, strict=True)) if was != seat]
