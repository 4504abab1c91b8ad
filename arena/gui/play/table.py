"""The state of play: the session, the human player's hand, and the thinking agent. No pygame here."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import NamedTuple

from arena.gui.play import pasting, words
from arena.gui.play.clocks import Clocks
from arena.gui.play.hand import Hand
from arena.gui.thinker import Thinker
from arena.view.board import Cell
from arena.view.position import Position, Traces
from arena.view.session import OUT_OF_TIME, RESIGNED, Seats, Session, ask
from game.core import AnyGame
from game.errors import IllegalMoveError, QzeroError
from game.play import Player

_CLOSING_PATIENCE = 1.0  # seconds given to a running thought when the window closes


class Aim(NamedTuple):
    """What a click on a cell would do: place the stone `ghost`, or begin a longer move at `grip`.

    turned: the stones it would turn over. reach: where the piece at `grip` could go.
    """

    ghost: tuple[Cell, int] | None = None
    turned: frozenset[Cell] = frozenset()
    grip: Cell | None = None
    reach: frozenset[Cell] = frozenset()


class Table:
    """Humans and agents at one board.

    pause: seconds between moves when both seats are agents. minutes: each seat has for a game; 0 without clocks.
    """

    def __init__(
        self,
        game: AnyGame,
        seats: Seats,
        seed: int = 0,
        pause: float = 0.6,
        clock: Callable[[], float] = time.monotonic,
        minutes: int = 0,
    ) -> None:
        self.session = Session(game, seats, seed)
        self.thinker = Thinker()
        self.hand = Hand()
        self.clocks = Clocks(minutes)
        self._pause = pause
        self._clock = clock
        self._last_move_at = clock() - pause
        self._message: str | None = None
        self._failure: str | None = None  # of the agent to move, which is left alone until undo or a new game
        self._positions: list[Position] = []
        self._viewed: int | None = None
        self._names: list[str] = []
        self._names_of: object = None
        self.refused: Cell | None = None

    @property
    def viewed(self) -> int:
        """How many moves of the game lead to the position on the board: all, unless somebody leafs through the game."""
        made = len(self.session.history.actions)
        return made if self._viewed is None else min(self._viewed, made)

    @property
    def at_end(self) -> bool:
        """The position on the board is the one to play in."""
        return self.viewed == len(self.session.history.actions)

    def view(self, moves: int) -> None:
        """Show the position after so many moves of the game, as far as there are so many; it goes on meanwhile."""
        made = len(self.session.history.actions)
        self._viewed = max(moves, 0) if moves < made else None
        self.hand.drop()
        self._message = self.refused = None

    @property
    def position(self) -> Position:
        """The position on the board, which remembers what it has asked the game."""
        state = self.session.history.states[self.viewed]
        if not self._positions or self._positions[-1].state is not state:
            before = self.session.history.states[max(self.viewed - 1, 0) : self.viewed + 1]
            self._positions = [Position(self.session.game, one) for one in before]
        return self._positions[-1]

    @property
    def traces(self) -> Traces:
        """What the last move before that position left on the board."""
        position, viewed = self.position, self.viewed
        if not viewed:
            return Traces(None, frozenset())
        return self._positions[0].traces(self.session.history.actions[viewed - 1], position)

    @property
    def route(self) -> tuple[Cell, ...]:
        """The cells of that move, in order, where it takes more than one to tell it."""
        history, viewed = self.session.history, self.viewed
        squares = self.session.game.squares(history.actions[viewed - 1], history.states[viewed - 1]) if viewed else ()
        cells = tuple((row, column) for row, column in squares if row is not None and column is not None)
        return cells if len(squares) > 1 else ()

    @property
    def names(self) -> list[str]:
        """The moves so far in the game's notation."""
        state = self.session.history.state
        if self._names_of is not state:
            self._names, self._names_of = self.session.move_names, state
        return self._names

    @property
    def to_move(self) -> int | None:
        """The seat whose move it is in the position on the board; None where the game is over."""
        if self.at_end:
            return self.session.to_move
        return int(self.position.state.ply) % 2

    @property
    def person_to_move(self) -> bool:
        """A click on the board may make a move: in an earlier position the game goes on from there."""
        seat = self.to_move
        return seat is not None and self.session.seats[seat] is None

    @property
    def status(self) -> str:
        """The line of words below the board."""
        if self._message is not None or self._failure is not None:
            return ". ".join(filter(None, (self._message, self._failure)))
        return words.status(self.session, self.position) if self.at_end else words.looking_back(self)

    @property
    def off_board_is_legal(self) -> bool:
        """A person may make the move that touches no cell."""
        return self.person_to_move and self.position.off_board is not None

    @property
    def under_way(self) -> bool:
        """A person would lose something if the game were left."""
        return bool(self.session.history.actions) and not self.session.over and self.session.has_person

    def tell(self, words: str) -> None:
        """Say this in the status line until something happens."""
        self._message = words

    def update(self, dt: float = 0.0) -> None:
        """Make the agent's move once it is found, or start the agent thinking when it is its turn."""
        session = self.session
        late = self.clocks.update(dt, session)
        if late is not None:
            self.resign(late, OUT_OF_TIME)
        player = session.agent_to_move
        if player is None or self._failure is not None:
            return
        if not session.has_person and self._clock() < self._last_move_at + self._pause:
            return
        if not self.thinker.busy:
            session.tell(player)
            state, generator = session.history.state, session.next_generator()
            self.thinker.start(functools.partial(ask, player, session.game, state, generator))
        thought = self.thinker.poll()
        if thought is None:
            return
        if thought.action is None:
            self._give_up(player, thought.error)
            return
        try:
            self._play(thought.action)
        except IllegalMoveError as error:
            self._give_up(player, error)

    def touch(self, cell: Cell) -> None:
        """A human clicks a cell: makes a legal move, or starts one."""
        if not self.person_to_move:
            return
        click = self.hand.click(self.position, cell)
        self.refused = None if click.legal else cell
        self._message = None if click.legal else self._not_legal()
        if click.action is not None:
            self._play_here(click.action)

    def play_off_board(self) -> None:
        """A human makes the move that touches no cell, such as a pass, if it is legal."""
        if not self.person_to_move:
            return
        if self.position.off_board is None:
            self._message = self._not_legal()
        else:
            self._play_here(self.position.off_board)

    def aimed_at(self, cell: Cell | None) -> Aim:
        """What a click on this cell would do."""
        seat = self.to_move
        if cell is None or seat is None or not self.person_to_move:
            return Aim()
        click = self.hand.preview(self.position, cell)
        if click.action is None:
            return Aim(grip=cell, reach=self.position.targets(click.picked)) if click.picked else Aim()
        landing = self.position.landing(click.action)
        if landing is None:
            return Aim()
        return Aim((landing, seat), self.position.turned(click.action))

    def new_game(self) -> None:
        self.session.new_game()
        self.clocks.restart()
        self._begin_anew()

    def swap_seats(self) -> None:
        self.session.swap_seats()
        self.clocks.restart()
        self._begin_anew()

    def undo(self) -> None:
        if self.session.undo():
            self.clocks.revive()
            self._begin_anew()
        else:
            self._message = "Nothing to take back"

    def go_back(self, moves: int) -> None:
        """Leave what came after so many moves of the game, to play on otherwise from there. Undo brings it back."""
        self.session.go_back(moves)
        self.clocks.revive()
        self._begin_anew()

    def redo(self) -> None:
        if self.session.redo():
            self._begin_anew()
        else:
            self._message = "Nothing to bring back"

    @property
    def seat_to_resign(self) -> int | None:
        """The person's seat that would give up now: whose move it is, else a lone person's; None if nobody can."""
        if self.session.over or not self.session.history.actions:
            return None
        seats = self.session.seats
        if self.session.person_to_move:
            return self.session.to_move
        return next((seat for seat in (0, 1) if seats[seat] is None), None)

    def resign(self, seat: int, why: str = RESIGNED) -> None:
        """This seat gives up, or loses for another reason that the rules do not know."""
        self.session.resign(seat, why)
        self._begin_anew()

    def paste(self, text: str) -> None:
        """Go on with the game or the position in `text`; says so, or what is wrong with it."""
        try:
            found = pasting.read(self.session.game, text)
        except QzeroError as error:
            self._message = f"Not pasted: {error}"
            return
        self.session.load(*found)
        self._begin_anew()

    def close(self, patience: float = _CLOSING_PATIENCE) -> bool:
        """Cancel the agent's thinking; returns whether its thread ended within `patience` seconds."""
        self.thinker.drop()
        return self.thinker.wait(patience)

    def _begin_anew(self) -> None:
        """The position changed other than by a move."""
        self.thinker.drop()
        self._message = self.refused = self._viewed = None
        self._failure = None
        self.hand.drop()

    def _give_up(self, player: Player, error: BaseException | None) -> None:
        """Show what went wrong with the player, and leave it alone until undo or a new game."""
        self._failure = f"{player.name} failed: {str(error) or type(error).__name__}"

    def _play_here(self, action: int) -> None:
        """A person's move in the position on the board, which may be an earlier one."""
        if not self.at_end:
            viewed = self.viewed
            self.session.go_back(viewed)
            self._begin_anew()
        self._play(action)

    def _play(self, action: int) -> None:
        following = self.at_end
        self.session.play(action)
        if following:
            self._viewed = None
            self.hand.drop()
            self.refused = None
        self._message = None
        self._last_move_at = self._clock()

    def _not_legal(self) -> str:
        return f"Not a legal move. {self.session.situation()}"
