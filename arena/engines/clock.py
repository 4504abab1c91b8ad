"""The time that a controller gives one of our engines, and players that use it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from agent.play.player import QPlayer
from agent.search.budget import MOST_SECONDS, Budget
from agent.search.search_q import SearchQ
from game.core import AnyGame
from game.play import Player

_MOST_MOVES = 25  # a game is not planned further ahead than so many moves of ours
_SHARE = 0.9  # of a time that is for one move alone
_OVERHEAD = 0.05  # seconds that answering takes, and stopping a search
_LEAST = 0.02  # seconds in which a search finds more than Q knows


@dataclass(slots=True)
class Clock:
    """One side's time, in seconds; a field is None where nobody has said anything.

    main:   what is left for the rest of the game.
    period: what is left for the next `moves` moves; a period of its own once main is used up, where both are given.
    """

    main: float | None = None
    period: float | None = None
    moves: int = 1

    @property
    def runs(self) -> bool:
        return self.main is not None or self.period is not None

    def spend(self, seconds: float) -> None:
        """A move took so long. A controller that tells the time itself says so before the next move."""
        if self.main is not None:
            self.main = max(self.main - seconds, 0.0)

    def for_move(self, moves_left: int) -> float | None:
        """Seconds to search for the next move, 0 for none at all; None without a limit.

        moves_left: how many moves of ours the game may still take.
        """
        if not self.runs:
            return None
        each = 0.0 if self.period is None else _SHARE * self.period / max(self.moves, 1)
        if self.main:
            # Each move gets the same share of what is left, and one share stays in hand.
            fair = self.main / (min(max(moves_left, 1), _MOST_MOVES) + 1)
            each = fair + each / 2 if self.period is not None else fair
        seconds = min(each - _OVERHEAD, MOST_SECONDS)
        return seconds if seconds >= _LEAST else 0.0


class OnClock:
    """A player by its bare Q that can be told, for each move, how long to search."""

    def __init__(self, bare: QPlayer) -> None:
        self.name = bare.name
        self._bare = bare
        self._search = SearchQ(bare.q_function, Budget(nodes=1))
        self._searching = QPlayer(bare.name, self._search, bare.policy)
        self._warm = False

    def warm_up(self) -> None:
        """Search once, so that compiling takes no time from the first move."""
        if not self._warm:
            self._search.budget = Budget(seconds=_LEAST)
            self._search.q(self._search.game.initial(1))
            self._warm = True

    def act(self, game: AnyGame, state: Any, generator: torch.Generator) -> Tensor:
        """As `QPlayer.act`, without a search."""
        return self._bare.act(game, state, generator)

    def act_within(self, seconds: float | None, game: AnyGame, state: Any, generator: torch.Generator) -> Tensor:
        """As `act`, by a search of so many seconds; None or 0: by none, which compiles nothing."""
        if not seconds:
            return self.act(game, state, generator)
        self._search.budget = Budget(seconds=seconds)
        return self._searching.act(game, state, generator)


def warm_up(who: Player, *clocks: Clock) -> None:
    """Compile what a search needs before time is running, if it is to run."""
    if isinstance(who, OnClock) and any(clock.runs for clock in clocks):
        who.warm_up()


def timed(
    who: Player, seconds: float | None, game: AnyGame, state: Any, generator: torch.Generator
) -> tuple[int, float]:
    """The action of `who` in one position, within these seconds if it goes by a clock, and how many it took."""
    begun = time.monotonic()
    if isinstance(who, OnClock):
        action = who.act_within(seconds, game, state, generator)
    else:
        action = who.act(game, state, generator)
    return int(action), time.monotonic() - begun


def moves_left(game: AnyGame, state: Any) -> int:
    """How many moves the side to move has left at most."""
    return (game.max_plies - int(state.ply) + 1) // 2
