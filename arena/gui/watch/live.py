"""Two players live, game after game from varied openings, and what each of them thinks. No pygame here."""

from __future__ import annotations

import time
from collections.abc import Callable

from agent.play.player import QPlayer
from agent.play.qfunction import QFunction
from arena.gui.play.table import Table
from arena.match.openings import random_openings
from arena.view.analysis.analyst import Analyst, AsItPlays
from arena.view.analysis.insight import Insight
from game.core import AnyGame

OPENINGS = 100  # before they repeat
REST = 3.0  # seconds that a finished game stays
PAUSES = (0.0, 0.2, 0.6, 1.5, 4.0)  # seconds between moves
_USUAL = 2


class LiveTable(Table):
    """A table at which two players meet again and again, each opening twice with the seats swapped.

    score: games won by the first named player, drawn, won by the other.
    """

    def __init__(
        self,
        game: AnyGame,
        players: tuple[QPlayer, QPlayer],
        seed: int = 0,
        opening_plies: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(game, players, seed, PAUSES[_USUAL], clock)
        self.players = players
        self.paused = False
        self.games = 0
        self.score = [0, 0, 0]
        self.speed = _USUAL
        self._openings = random_openings(game, OPENINGS, opening_plies, seed)
        self._over_since: float | None = None
        self._open()

    @property
    def seat_of(self) -> tuple[int, int]:
        """The seats of both players in the order in which they were named."""
        return (0, 1) if self.session.seats[0] is self.players[0] else (1, 0)

    def update(self, dt: float = 0.0) -> None:
        """Play on; some time after the end of a game begin the next."""
        if self.paused:
            return
        super().update(dt)
        if not self.session.history.done:
            return
        if self._over_since is None:
            self._over_since = self._clock()
            winner = self.session.history.winner
            self.score[1 if winner is None else 2 * (self.seat_of[0] != winner)] += 1
        elif self._clock() - self._over_since >= REST and self.at_end:
            self.next_game()

    def next_game(self) -> None:
        """Leave this game for the next."""
        self._over_since = None
        self.games += 1
        super().swap_seats()
        self.session.forget()  # it would be counted twice, and all games kept
        self._open()

    def new_game(self) -> None:
        self.next_game()

    def swap_seats(self) -> None:
        self.next_game()

    def paste(self, text: str) -> None:
        del text
        self.tell("These two play by themselves: nothing can be pasted")

    def faster(self, steps: int) -> None:
        """Change the pause between moves; negative: slower."""
        self.speed = min(max(self.speed - steps, 0), len(PAUSES) - 1)
        self._pause = PAUSES[self.speed]

    def _open(self) -> None:
        for move in self._openings.moves[self.games // 2 % OPENINGS].tolist():
            if move >= 0:
                self.session.play(move)


class Minds:
    """What both players think of every position of the game at a table, each with a copy of its own.

    make: for each player a copy of its Q-function that nobody else uses; None for one that has no Q.
    """

    def __init__(self, table: Table, make: tuple[Callable[[], QFunction] | None, Callable[[], QFunction] | None]):
        game = table.session.game
        self.table = table
        self.analysts = tuple(
            None if one is None else Analyst(game, one, budgets=(1,), make_engine=AsItPlays) for one in make
        )

    def update(self) -> None:
        for one in self.analysts:
            if one is not None:
                one.follow(self.table.session.history.states, self.table.viewed)

    def close(self) -> None:
        for one in self.analysts:
            if one is not None:
                one.close()

    @property
    def revision(self) -> object:
        return tuple(None if one is None else one.revision for one in self.analysts)

    def of(self, player: int, place: int) -> Insight | None:
        """What a player, in the order in which they were named, thinks of the position after so many moves."""
        analyst = self.analysts[player]
        return None if analyst is None else analyst.of(place)

    def value(self, player: int, place: int) -> float | None:
        """What it expects for the first player, -1 to 1; the result at the end."""
        state = self.table.session.history.states[place]
        sign = 1 if int(state.ply) % 2 == 0 else -1
        if bool(state.done):
            return -sign * float(state.reward)
        one = self.of(player, place)
        return None if one is None else sign * max(one.q.values())

    def trouble(self, player: int) -> str | None:
        analyst = self.analysts[player]
        return None if analyst is None else analyst.trouble
