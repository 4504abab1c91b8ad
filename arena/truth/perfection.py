"""Perfection by exhaustion: a player against every reply, and in every position where a move can be wrong.

A mistake is a move after which the value of the position is worse than after the best move. A player with several
best moves is taken to make all of them, so it errs if one of them is worse than another.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import torch

from agent.play.player import QPlayer
from arena.status_line import Report, silent
from arena.truth.every_reply import SeatGrade, against_every_reply
from arena.truth.solve import Solution

_CHUNK = 1 << 15


@dataclass(frozen=True, slots=True)
class Perfection:
    """How close a player is to perfect play.

    reachable: states of the game, finished ones included.
    value:     1, 0 or -1: what the first player gets under perfect play.
    seats:     moving first and second, against every reply.
    decisive:  all reachable positions whose legal moves differ in value, met or not.
    mistakes:  how many of them the player makes a mistake in.
    """

    game: str
    player: str
    reachable: int
    value: int
    seats: tuple[SeatGrade, SeatGrade]
    decisive: int
    mistakes: int

    @property
    def perfect(self) -> bool:
        """Whether no reply can make it err: from either seat a win stays a win and a draw a draw."""
        return all(seat.mistakes == 0 for seat in self.seats)

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"perfect": self.perfect}


def perfection(player: QPlayer, solved: Solution[Any], report: Report = silent) -> Perfection:
    """Grade a player, greedy, on every state of the game. `report` is told the progress."""
    game = solved.game
    seats = []
    for seat in (0, 1):
        report(f"{game.name}: moving {('first', 'second')[seat]}, against every reply")
        seats.append(against_every_reply(player, solved, seat))
    decisive = mistakes = 0
    for ply in range(len(solved.states)):
        report(f"{game.name}: every position after {ply} of {len(solved.states) - 1} moves")
        graded = solved.graded(ply).decisive()
        for rows in torch.split(torch.arange(len(graded)), _CHUNK):
            part = graded[rows]
            decisive += len(part)
            mistakes += int((part.mistakes(player.best(part.state)) > 0).sum())
    return Perfection(game.name, player.name, solved.reachable, solved.value, (seats[0], seats[1]), decisive, mistakes)
