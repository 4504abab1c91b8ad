"""Exhaustive truth for small games: every reachable state, solved backwards from the ends."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from agent.player import QPlayer
from arena.grading import ILLEGAL, GradedPositions
from game.core import Game, State
from game.errors import QzeroError

MOST_STATES = 2_000_000


def layers(game: Game[Any]) -> list[State]:
    """All reachable states, each once, by the number of moves made. Raises QzeroError beyond MOST_STATES."""
    found = [game.initial(1)]
    total = 1
    while not found[-1].done.all():
        children, valid = game.children(found[-1])
        found.append(_distinct(game, children[valid.flatten()]))
        total += len(found[-1])
        if total > MOST_STATES:
            raise QzeroError(
                f"{game.name} has more than {MOST_STATES:,} reachable states: too many to solve here, "
                "so give a file of graded positions (--positions FILE)"
            )
    return found


def solve(game: Game[Any]) -> GradedPositions:
    """Every unfinished reachable state with the outcome of each move under perfect play."""
    states = layers(game)
    graded: list[tuple[State, Tensor]] = []
    keys = torch.empty(0, dtype=torch.int64)
    value = torch.empty(0, dtype=torch.int8)
    for state in reversed(states):
        children, valid = game.children(state)
        outcome = torch.where(children.done, children.reward, 0)
        open_rows = (valid.flatten() & ~children.done).nonzero().squeeze(1)
        place = torch.searchsorted(keys, game.key(children[open_rows]))
        outcome[open_rows] = -value[place]
        outcome = torch.where(valid, outcome.view(len(state), -1), ILLEGAL)
        graded.append((state, outcome))
        keys, order = game.key(state).sort()
        # A finished state is never looked up, so its value may be anything.
        value = outcome.amax(1)[order]
    graded.reverse()
    everything = type(states[0]).cat([state for state, _ in graded])
    outcomes = torch.cat([outcome for _, outcome in graded])
    going = ~everything.done
    return GradedPositions("all states", everything[going], outcomes[going])


def against_every_reply(player: QPlayer, seat: int) -> tuple[int, int, int]:
    """Distinct final positions (won, drawn, lost) that can arise with `player` in `seat` (0 moves first).

    The player makes any of the moves it holds for best, the other side every legal move: none lost is a proof that
    the player, greedy, cannot be beaten from this seat.
    """
    game = player.q_function.game
    state, ends = game.initial(1), torch.zeros(3, dtype=torch.int64)
    for ply in range(game.max_plies):
        allowed = player.best(state) if ply % 2 == seat else game.legal(state)
        children, valid = game.children(state)
        state = _distinct(game, children[(valid & allowed).flatten()])
        result = state.reward[state.done].long() * (1 if ply % 2 == seat else -1)
        ends += torch.stack([(result == 1).sum(), (result == 0).sum(), (result == -1).sum()])
        state = state[~state.done]
        if not len(state):
            break
    won, drawn, lost = ends.tolist()
    return won, drawn, lost


def _distinct(game: Game[Any], state: State) -> State:
    keys, order = game.key(state).sort()
    first = torch.ones_like(keys, dtype=torch.bool)
    first[1:] = keys[1:] != keys[:-1]
    return state[order[first]]
