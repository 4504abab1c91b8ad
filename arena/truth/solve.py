"""Exhaustive truth for small games: every reachable state, solved backwards from the ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

import torch
from torch import Tensor

from arena.status_line import Report, silent
from arena.truth.grading import ALL_STATES, ILLEGAL, GradedPositions, shipped_positions
from arena.truth.state_count import fewest_states
from game.core import AnyGame, Game, S, field_names, legal_children
from game.errors import QzeroError

SMALL = 10  # plies: games no longer than this are solved on the spot
MOST_STATES = 20_000_000
MOST_BYTES = 1 << 30  # of states
_COUNTED = 1 << 17  # states that are counted one by one before random play tells how many there are at least
MOVES = 1 << 20  # made at once, and so many states at least are put together at once: bounds the memory beside that


def layers(game: Game[S], report: Report = silent) -> list[S]:
    """All reachable states, each once and ordered by key, by the number of moves made; `report` is told the progress.

    Raises QzeroError beyond MOST_STATES, or beyond MOST_BYTES if states are large: in a second or two if random play
    shows that there are more, otherwise once that many have been found.
    """
    found = [game.initial(1)]
    most, so_far, sampled = most_states(game), 1, False
    while not found[-1].done.all():
        going = found[-1][~found[-1].done]
        if not sampled and so_far + int(game.legal(going).sum()) > _COUNTED:
            sampled = True
            report(f"{game.name}: counting states by random play")
            if fewest_states(game, most) > most:
                raise _too_many(game, report)
        found.append(_after(game, going, most, so_far, report))
        so_far += len(found[-1])
    return found


def most_states(game: AnyGame) -> int:
    """The most states of this game that are solved."""
    state = game.initial(1)
    size: int = sum(getattr(state, name).nbytes for name in field_names(type(state)))
    return min(MOST_STATES, MOST_BYTES // size)


def _after(game: Game[S], state: S, most: int, so_far: int, report: Report) -> S:
    """The distinct successors of unfinished states. Raises QzeroError if the total exceeds `most`."""
    parts: list[S] = []
    waiting = 0  # states in all parts but the first, which is what the earlier ones became
    chunks = _chunks(game, state)
    for number, rows in enumerate(chunks, start=1):
        parts.append(distinct(game, legal_children(game, state[rows])[3]))
        waiting += len(parts[-1])
        if number == len(chunks) or waiting > max(4 * MOVES, len(parts[0])):
            parts, waiting = [distinct(game, type(state).cat(parts))], 0
        if so_far + len(parts[0]) > most:
            raise _too_many(game, report)
        report(f"{game.name}: {int(state.ply[0]) + 1} moves made, {so_far + len(parts[0]):,} states so far")
    return parts[0]


def _too_many(game: AnyGame, report: Report) -> QzeroError:
    report("")
    return QzeroError(
        f"{game.name} has more than {most_states(game):,} reachable states: too many to solve; "
        "but qzero grade takes a file of graded positions (--positions FILE)"
    )


@dataclass(frozen=True, slots=True)
class Solution(Generic[S]):
    """The value of every reachable state of a game.

    reachable: how many states there are, finished ones included.
    states:    by plies made, the N unfinished states, ordered by key.
    keys:      by plies made, `[N]` int64, ascending.
    values:    by plies made, `[N]` int8: 1, 0 or -1 for the side to move under perfect play.
    """

    game: Game[S]
    reachable: int
    states: list[S]
    keys: list[Tensor]
    values: list[Tensor]

    @property
    def value(self) -> int:
        """Of the starting position, for the first player."""
        return int(self.values[0][0])

    def outcomes(self, state: S) -> Tensor:
        """`[B, A]` int8 for B reachable unfinished states after equally many plies: see `GradedPositions.outcome`."""
        after = int(state.ply[0]) + 1 if len(state) else 0
        keys, values = (self.keys[after], self.values[after]) if after < len(self.keys) else (None, None)
        return torch.cat([_outcomes(self.game, state[rows], keys, values) for rows in _chunks(self.game, state)])

    def graded(self, ply: int) -> GradedPositions:
        """The unfinished states after `ply` moves with the outcome of each move."""
        state = self.states[ply]
        return GradedPositions(ALL_STATES, state, self.outcomes(state))

    def all_states(self, report: Report = silent) -> GradedPositions:
        """All unfinished states with the outcome of each move; `report` is told the progress."""
        report(f"{self.game.name}: {self.reachable:,} states solved, grading their moves")
        outcomes = torch.cat([self.outcomes(state) for state in self.states])
        return GradedPositions(ALL_STATES, type(self.states[0]).cat(self.states), outcomes)


def solution(game: Game[S], report: Report = silent) -> Solution[S]:
    """Solve a game from its ends. Raises QzeroError beyond MOST_STATES."""
    everything = layers(game, report)
    reachable = sum(len(state) for state in everything)
    states = [going for state in everything if len(going := state[~state.done])]
    del everything
    keys = [game.key(state) for state in states]
    values: list[Tensor] = []
    for ply, state in reversed(list(enumerate(states))):
        report(f"{game.name}: {reachable:,} states, solved back to {ply} moves made")
        later = (keys[ply + 1], values[0]) if values else (None, None)
        values.insert(0, torch.cat([_outcomes(game, state[rows], *later).amax(1) for rows in _chunks(game, state)]))
    return Solution(game, reachable, states, keys, values)


def solve(game: AnyGame, report: Report = silent) -> GradedPositions:
    """Every unfinished reachable state with the outcome of each move under perfect play."""
    return solution(game, report).all_states(report)


def truth_is_known(game: AnyGame) -> bool:
    """Whether mistakes can be counted: graded positions come with qzero, or the game is solved on the spot."""
    return bool(shipped_positions(game)) or game.max_plies <= SMALL


def truth_of(game: AnyGame) -> list[GradedPositions]:
    """The graded positions of this game; empty where the truth is unknown."""
    return shipped_positions(game) or ([solve(game)] if game.max_plies <= SMALL else [])


def _outcomes(game: Game[S], state: S, keys: Tensor | None, values: Tensor | None) -> Tensor:
    """`[B, A]` int8: see `GradedPositions.outcome`; `keys` and `values` are of the unfinished states one ply later."""
    legal, parent, action, children = legal_children(game, state)
    outcome = torch.where(children.done, children.reward, 0)
    if keys is not None and values is not None:
        going = (~children.done).nonzero().squeeze(1)
        outcome[going] = -values[torch.searchsorted(keys, game.key(children[going]))]
    table = torch.full(legal.shape, ILLEGAL, dtype=torch.int8)
    table[parent, action] = outcome
    return table


def _chunks(game: Game[S], state: S) -> tuple[Tensor, ...]:
    """Row numbers in chunks of states with at most MOVES moves in all."""
    return torch.split(torch.arange(len(state)), max(1, MOVES // game.num_actions))


def distinct(game: Game[S], state: S) -> S:
    """Each position once, ordered by key."""
    keys, order = game.key(state).sort()
    first = torch.ones_like(keys, dtype=torch.bool)
    first[1:] = keys[1:] != keys[:-1]
    return state[order[first]]
