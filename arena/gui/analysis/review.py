"""The analysis of the game at a table: what is known, and what can be done about it. No pygame here."""

from __future__ import annotations

import enum
from typing import Any

from arena.gui.analysis import words
from arena.gui.analysis.marks import overlay_of
from arena.gui.analysis.who import Adviser, adviser
from arena.gui.boards.overlay import Overlay
from arena.gui.play.table import Table
from arena.truth.oracle import Oracle, oracle_of
from arena.view import board
from arena.view.analysis.analyst import Analyst
from arena.view.analysis.chances import Chances, Outlook, chances_of
from arena.view.analysis.insight import Insight
from arena.view.analysis.timeline import Timeline, outlook_of, timeline

_SEEN_EVERY = 0.1  # seconds: many small findings in a row are shown together


class Hints(enum.Enum):
    """What is laid over the board."""

    VALUES = "values"
    TRUTH = "perfect play"
    NONE = "hidden"


class Review:
    """Follows one table from when it is begun; goes on while nothing of it is shown."""

    def __init__(self, table: Table, who: Adviser | None = None, oracle: Oracle | None = None) -> None:
        game = table.session.game
        self.table = table
        self.who = who or adviser(game, table.session.seats)
        self.oracle = oracle or oracle_of(game)
        self.analyst = Analyst(game, self.who.make, self.oracle)
        self.chances: Chances = chances_of(game.name, game.max_plies)
        self.sides: tuple[str, str] = board.describe(game).side_names
        self.hints = Hints.VALUES
        self.begun = False
        self.note = ""
        self._seen: tuple[int, bool] = (0, False)
        self._waited = 0.0
        self._timeline: tuple[object, Timeline] | None = None
        self._overlay: tuple[object, Overlay | None] | None = None

    def begin(self) -> None:
        self.begun = True
        self.update()

    def update(self, dt: float = 0.0) -> None:
        """Tell the analyst the game as it is now, and see what it has found. Cheap where nothing has changed."""
        if self.begun:
            session = self.table.session
            self.analyst.hold(self.table.thinker.busy and session.has_person)
            self.analyst.follow(session.history.states, self.table.viewed)
        self._waited += dt
        if self._waited >= _SEEN_EVERY or not self.analyst.thinking:
            self._waited, self._seen = 0.0, (self.analyst.revision, self.analyst.thinking)

    def close(self) -> bool:
        return self.analyst.close()

    @property
    def revision(self) -> object:
        """Another one says that something of this looks different."""
        return (*self._now(), self.table.viewed, self.hints, self.note)

    @property
    def state(self) -> Any:
        """The position on the board."""
        return self.table.session.history.states[self.table.viewed]

    @property
    def insight(self) -> Insight | None:
        """What is known of the position on the board."""
        return self.analyst.of(self.table.viewed)

    @property
    def outlook(self) -> Outlook | None:
        """The first player's chances in the position on the board."""
        return self.timeline.points[self.table.viewed].outlook

    @property
    def timeline(self) -> Timeline:
        """The game so far, judged."""
        now = self._now()
        if self._timeline is None or self._timeline[0] != now:
            history = self.table.session.history
            found = timeline(history.states, history.actions, self.analyst.of, self.chances)
            self._timeline = now, found
        return self._timeline[1]

    @property
    def move_names(self) -> list[str]:
        return self.table.names

    @property
    def overlay(self) -> Overlay | None:
        """What to lay over the board."""
        one = self.insight
        if one is None or self.hints is Hints.NONE:
            return None
        now = (self._now(), self.table.viewed, self.hints)
        if self._overlay is None or self._overlay[0] != now:
            self._overlay = now, overlay_of(one, self.table.position, self.hints is Hints.TRUTH)
        return self._overlay[1]

    def next_hints(self) -> None:
        """Values, outcomes under perfect play where somebody knows them, nothing, and round again."""
        order = [Hints.VALUES, *([Hints.TRUTH] if self.oracle is not None else []), Hints.NONE]
        self.hints = order[(order.index(self.hints) + 1) % len(order)]

    def next_mistake(self) -> None:
        """Show the position before the next mistake, either side's."""
        found = self.timeline.next_mistake(self.table.viewed)
        if found is None:
            self.note = "No mistake is known."
            return
        self.table.view(found)
        move = self.timeline.moves[found]
        self.note = f"{self.sides[move.mover]} went wrong here with {self.move_names[found]}."

    @property
    def place_to_try(self) -> int | None:
        """How many moves lead to where "try again" goes: the last mistake of a person up to the position shown."""
        session, moves = self.table.session, self.timeline.moves
        for place in range(min(self.table.viewed, len(moves) - 1), -1, -1):
            if moves[place].is_mistake and session.seats[moves[place].mover] is None:
                return place
        return None

    def try_again(self) -> None:
        """Take the game back to the last mistake of a person, who is to move then. Undo can bring it back."""
        place = self.place_to_try
        if place is None:
            self.note = "No mistake of a person to try again."
            return
        name = self.move_names[place]
        self.table.go_back(place)
        self.note = f"Instead of {name}: try something else."

    def go(self, place: int) -> None:
        """Show the position after so many moves."""
        self.note = ""
        self.table.view(min(max(place, 0), len(self.table.session.history.actions)))

    def sentence(self) -> str:
        """What there is to say of the position shown."""
        if self.analyst.trouble is not None:
            return f"{self.analyst.trouble[:1].upper()}{self.analyst.trouble[1:]}. Press A to try again."
        if bool(self.state.done):
            return f"{self.table.session.situation()}."
        one = self.insight
        if one is None:
            return "Loading and thinking..." if self.begun else ""
        return words.verdict(one, outlook_of(one, self.chances), self.sides)

    def last_move(self) -> str:
        """What there is to say of the move that led to the position shown."""
        place = self.table.viewed - 1
        if self.note or place < 0:
            return self.note
        move, session = self.timeline.moves[place], self.table.session
        return words.judged(session.game, session.history.states[place], move, self.sides[move.mover])

    def _now(self) -> tuple[object, ...]:
        history = self.table.session.history
        return *self._seen, len(history.actions), id(history.state), self.analyst.trouble
