"""The Q of every legal move along the principal line of a Q-function."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from agent.play.qfunction import QFunction
from arena.view.position import Position, Squares
from game.core import AnyGame

EMPTY = -1


@dataclass(frozen=True, slots=True)
class ActionValue:
    """A legal move, its Q in [-1, 1] for the mover, and the cells that a person clicks to make it."""

    action: int
    name: str
    q: float
    squares: Squares
    best: bool


@dataclass(frozen=True, slots=True)
class ValuedPosition:
    """One position. `stones`: seat or EMPTY by cell, row by row from the top; `landing`: the cell of the last stone."""

    ply: int
    mover: int
    stones: list[int]
    landing: int | None
    actions: list[ActionValue]

    @property
    def best(self) -> ActionValue:
        return next(action for action in self.actions if action.best)


def principal_line(q_function: QFunction, plies: int) -> list[ValuedPosition]:
    """The first `plies` positions of the game that the Q-function plays against itself, greedy.

    Where moves are equally good the first one is played.
    """
    game = q_function.game
    position, landing = Position(game, game.initial(1)), None
    found: list[ValuedPosition] = []
    while len(found) < plies and not bool(position.state.done):
        found.append(_valued(q_function, position, landing))
        action = found[-1].best.action
        after = Position(game, game.step(position.state, torch.tensor([action])))
        landing = cell_of(game, position.traces(action, after).landing)
        position = after
    return found


def flat(position: Position) -> list[int]:
    """Seat or EMPTY by cell, row by row from the top."""
    return [EMPTY if seat is None else seat for row in position.stones for seat in row]


def cell_of(game: AnyGame, cell: tuple[int, int] | None) -> int | None:
    """The number of a (row, column), counted row by row from the top."""
    return None if cell is None else cell[0] * game.observation_shape[2] + cell[1]


def _valued(q_function: QFunction, position: Position, landing: int | None) -> ValuedPosition:
    game, state = q_function.game, position.state
    q = q_function.q(state)[0].tolist()
    best = max(position.moves, key=lambda action: q[action])
    actions = [
        ActionValue(action, game.move_name(action, state), q[action], squares, action == best)
        for action, squares in position.moves.items()
    ]
    return ValuedPosition(int(state.ply), int(state.ply) % 2, flat(position), landing, actions)
