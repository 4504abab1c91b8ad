"""A proof by exhaustion: a player in one seat against every possible reply."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from agent.play.player import QPlayer
from arena.truth.solve import Solution, distinct
from game.core import S, legal_children

_CHUNK = 1 << 15  # positions that a player is asked about at once: bounds the memory


@dataclass(frozen=True, slots=True)
class SeatGrade:
    """One seat against every reply, from the initial position.

    met:      positions with the player to move, on all lines of play that its best moves allow.
    mistakes: in how many of them it errs.
    won, drawn, lost: distinct final positions that it wins, draws and loses. None lost is a proof that the player,
              greedy, cannot be beaten from this seat.
    """

    met: int
    mistakes: int
    won: int
    drawn: int
    lost: int

    @property
    def endings(self) -> tuple[int, int, int]:
        """(won, drawn, lost)."""
        return self.won, self.drawn, self.lost


def against_every_reply(player: QPlayer, solved: Solution[S], seat: int) -> SeatGrade:
    """`player`, in `seat` (0 moves first), makes each of its best moves; the other side makes every legal move."""
    game = solved.game
    state = game.initial(1)
    met = mistakes = 0
    ends = torch.zeros(3, dtype=torch.int64)
    for ply in range(game.max_plies):
        mine = ply % 2 == seat
        parts: list[S] = []
        for rows in torch.split(torch.arange(len(state)), _CHUNK):
            part = state[rows]
            best = player.best(part) if mine else None
            _, parent, action, children = legal_children(game, part)
            if best is not None:
                outcome = solved.outcomes(part)
                mistakes += int((best & (outcome < outcome.amax(1, keepdim=True))).any(1).sum())
                met += len(part)
                children = children[best[parent, action]]
            parts.append(distinct(game, children))
        state = distinct(game, type(state).cat(parts))
        result = state.reward[state.done].long() * (1 if mine else -1)
        ends += torch.stack([(result == 1).sum(), (result == 0).sum(), (result == -1).sum()])
        state = state[~state.done]
        if not len(state):
            break
    won, drawn, lost = ends.tolist()
    return SeatGrade(met, mistakes, won, drawn, lost)
