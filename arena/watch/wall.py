"""A wall of boards: games of an agent against itself, all one move further at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from agent.play.policy import Policy
from agent.play.qfunction import QFunction
from arena.view.board import Cell
from arena.view.position import Position, Stones
from game.core import AnyGame
from game.play import sample_uniform

TEMPERATURE = 0.05
OPENING_PLIES = 2  # at random, so that no two boards play the same game
_REST = 4  # steps that a finished game stays


@dataclass(frozen=True, slots=True)
class Tile:
    """One board as it is shown. winner: a seat; None as long as the game goes on, or after a draw (then `over`)."""

    stones: Stones
    last: Cell | None
    winning: frozenset[Cell]
    winner: int | None
    over: bool
    ply: int


class Wall:
    """`boards` games at once. Finished ones rest for a few steps, then another begins in their place."""

    def __init__(self, game: AnyGame, boards: int, seed: int = 0) -> None:
        self.game = game
        self.played = 0  # games to their end
        self.results = [0, 0, 0]  # won by the first player, drawn, won by the second
        self._policy = Policy(0.0, TEMPERATURE)
        self._generator = torch.Generator().manual_seed(seed)
        self._state: Any = game.initial(boards)
        self._rested = [-place % _REST for place in range(boards)]  # so that not all begin at once
        self._positions = [Position(game, self._state[row]) for row in range(boards)]
        self._last: list[Cell | None] = [None] * boards
        self._tiles: tuple[Tile, ...] = tuple(self._tile(row) for row in range(boards))

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return self._tiles

    def step(self, q_function: QFunction) -> None:
        """One move on every board whose game goes on."""
        done = self._state.done.tolist()
        for row, over in enumerate(done):
            if over:
                self._rested[row] += 1
                if self._rested[row] > _REST:
                    self._begin(row)
        going = (~self._state.done).nonzero().squeeze(1)
        if len(going):
            self._move(q_function, going)
        self._tiles = tuple(self._tile(row) for row in range(len(self._state)))

    def _move(self, q_function: QFunction, going: torch.Tensor) -> None:
        before = self._state[going]
        by_q = self._policy.decide(q_function.q(before), self._generator).action
        at_random = sample_uniform(self.game.legal(before), self._generator)
        action = torch.where(before.ply < OPENING_PLIES, at_random, by_q)
        after = self.game.step(before, action)
        for place, row in enumerate(going.tolist()):
            one = after[place]
            position = Position(self.game, one)
            self._last[row] = self._positions[row].traces(int(action[place]), position).landing
            self._positions[row] = position
            self._put(row, one)
            if bool(one.done):
                self.played += 1
                winner = self._winner(one)
                self.results[1 if winner is None else 2 * winner] += 1

    def _begin(self, row: int) -> None:
        start = self.game.initial(1)
        self._rested[row], self._last[row] = 0, None
        self._positions[row] = Position(self.game, start)
        self._put(row, start)

    def _put(self, row: int, one: Any) -> None:
        parts = [self._state[:row], one, self._state[row + 1 :]]
        self._state = type(one).cat([part for part in parts if len(part)])

    def _tile(self, row: int) -> Tile:
        position = self._positions[row]
        state = position.state
        over = bool(state.done)
        return Tile(
            position.stones,
            self._last[row],
            position.winning if over else frozenset(),
            self._winner(state),
            over,
            int(state.ply),
        )

    def _winner(self, state: Any) -> int | None:
        reward = int(state.reward)
        mover = int(state.ply) % 2
        return None if not bool(state.done) or reward == 0 else (1 - mover if reward == 1 else mover)
