"""OpenSpiel's Monte-Carlo tree search with random rollouts as a Q-function and a player: mcts:N@openspiel."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from agent.play.cancel import check
from agent.play.identity import fingerprint
from agent.play.player import QPlayer
from agent.play.qfunction import slices
from arena.players.montecarlo.lone_position import moves_to
from arena.players.montecarlo.openspiel import EXPLORATION, Found, Search, load, search_all, spiel_name
from game.core import AnyGame
from game.errors import UsageError

_AT_ONCE = 32  # positions, between looks whether the thought was called off
_STEP = 1e-6  # how far the move that the search plays lies above all others
Paths = dict[tuple[int, int], list[int]]


class MctsQ:
    """Q(s, a) is the mean result of the rollouts through a, or its proven value.

    The move that the search plays is ranked above all others, whatever their means; a move that was never tried counts
    as lost. The seed of the rollouts is derived from the position, so Q is a function of it. In games where stones move
    or are captured, `follow` must have been told the moves behind a position.
    """

    def __init__(self, game: AnyGame, rollouts: int) -> None:
        load()
        name = spiel_name(game.name)
        if name is None:
            raise UsageError(f"OpenSpiel has no {game.name} by the same rules: mcts cannot play it")
        self.game = game
        self.rollouts = rollouts
        self._name = name
        self._paths: Paths = {}
        self._theirs = [their_actions(game, seat) for seat in (0, 1)]

    def follow(self, state: Any, moves: Tensor) -> None:
        """As `game.play.Follower.follow`."""
        paths = [[move for move in path if move >= 0] for path in moves.tolist()]
        self._paths = dict(zip(self._keys(state), paths, strict=True))

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`. Raises UsageError for a position whose moves are needed and unknown."""
        legal = self.game.legal(state)
        q = torch.where(legal, -1.0, -torch.inf)
        keys = self._keys(state)
        for some in slices(len(state), _AT_ONCE):
            check()
            rows = [row for row in range(*some.indices(len(state))) if bool(legal[row].any())]
            searches = [self._search(state[row], keys[row]) for row in rows]
            for row, found in zip(rows, search_all(searches), strict=True):
                self._write(q[row], found, int(state.ply[row]) % 2)
        return q

    def identity(self) -> str:
        """As `QFunction.identity`."""
        return fingerprint("mcts@openspiel", self.game, {"rollouts": self.rollouts, "exploration": EXPLORATION}, {})

    def weights(self) -> dict[str, Tensor]:
        """As `QFunction.weights`: none."""
        return {}

    def _keys(self, state: Any) -> list[tuple[int, int]]:
        """`Game.key` ignores who is to move, which matters here."""
        return list(zip(self.game.key(state).tolist(), (state.ply % 2).tolist(), strict=True))

    def _search(self, position: Any, key: tuple[int, int]) -> Search:
        moves = self._paths.get(key) if int(position.ply) else []
        moves = moves_to(self.game, position) if moves is None else moves
        if moves is None or len(moves) != int(position.ply):
            raise UsageError(
                f"mcts:{self.rollouts}@openspiel follows a game of {self.game.name} from its first move on: "
                "it cannot be asked about a position alone"
            )
        seed = int.from_bytes(hashlib.sha256(f"{self._name} {key}".encode()).digest()[:4], "little") >> 1
        return Search(self._name, self._their_moves(moves), self.rollouts, seed)

    def _their_moves(self, moves: Sequence[int]) -> tuple[int, ...]:
        """Our actions as OpenSpiel's. One of ours may be two of theirs, a move and a capture: only one is legal."""
        if all(len(numbers) == 1 for numbers in self._theirs[0].values()):
            return tuple(self._theirs[0][move][0] for move in moves)
        state = load().load_game(self._name).new_initial_state()
        for seat, move in zip(itertools.cycle((0, 1)), moves, strict=False):
            legal = state.legal_actions()
            state.apply_action(next(number for number in self._theirs[seat][move] if number in legal))
        return tuple(state.history())

    def _write(self, row: Tensor, found: Found, seat: int) -> None:
        """Fill the row of Q of one position."""
        own = {number: action for action, numbers in self._theirs[seat].items() for number in numbers}
        best = max(found.values.get(found.best, -1.0), _STEP - 1)
        for number, value in found.values.items():
            row[own[number]] = min(value, best - _STEP)
        row[own[found.best]] = best


@dataclass(frozen=True, slots=True)
class MctsPlayer(QPlayer):
    """A player whose Q-function contains `search`, perhaps wrapped; passes the moves of the game on to it."""

    search: MctsQ | None = None

    def follow(self, state: Any, moves: Tensor) -> None:
        """As `game.play.Follower.follow`."""
        if self.search is not None:
            self.search.follow(state, moves)


def mcts_player(name: str, game: AnyGame, rollouts: int) -> MctsPlayer:
    """OpenSpiel's search with `rollouts` a move. Raises UsageError without OpenSpiel, or for a board that it lacks."""
    search = MctsQ(game, rollouts)
    return MctsPlayer(name, search, search=search)


def their_actions(game: AnyGame, seat: int) -> dict[int, tuple[int, ...]]:
    """OpenSpiel's numbers of each of our actions, for one seat. In Breakthrough a capture has a number of its own."""
    if not game.name.startswith("breakthrough"):
        return {action: (action,) for action in range(game.num_actions)}
    # Theirs: ((row * columns + column) * 6 + direction) * 2 + takes, where row 0 is the first player's. Directions 0 to
    # 2 lead one row further, 3 to 5 one row back, each to the left, straight and to the right.
    _, rows, columns = game.observation_shape
    start = game.initial(1)
    state = start if seat == 0 else game.step(start, game.legal(start).int().argmax(1))
    ahead = 1 if seat == 0 else -1
    found: dict[int, tuple[int, ...]] = {}
    for action in range(game.num_actions):
        (row, column), (to_row, to_column) = (
            (rows - 1 - int(r or 0), int(c or 0)) for r, c in game.squares(action, state)
        )
        side = to_column - column
        if to_row != row + ahead or abs(side) > 1:
            continue  # no move of this seat
        number = ((row * columns + column) * 6 + (side + 1 if seat == 0 else side + 4)) * 2
        found[action] = (number, number + 1)
    return found
