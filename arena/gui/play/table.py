"""The state of play: the session, the human player's hand, and the thinking agent. No pygame here."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import NamedTuple

from arena.gui.play import words
from arena.gui.play.hand import Hand
from arena.gui.thinker import Thinker
from arena.view.board import Cell
from arena.view.position import Position, Traces
from arena.view.session import Seats, Session, ask
from game.core import AnyGame
from game.errors import IllegalMoveError
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

    pause: seconds between moves when both seats are agents.
    """

    def __init__(
        self,
        game: AnyGame,
        seats: Seats,
        seed: int = 0,
        pause: float = 0.6,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.session = Session(game, seats, seed)
        self.thinker = Thinker()
        self.hand = Hand()
        self._pause = pause
        self._clock = clock
        self._last_move_at = clock() - pause
        self._message: str | None = None
        self._failed = False
        self._positions: list[Position] = []
        self._viewed: int | None = None
        self._moves: tuple[str, ...] = ()
        self._moves_of: object = None
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
        self.refused = None

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
    def moves(self) -> tuple[str, ...]:
        """The moves so far, both sides' under one number."""
        state = self.session.history.state
        if self._moves_of is not state:
            self._moves, self._moves_of = words.numbered(self.session.move_names), state
        return self._moves

    @property
    def status(self) -> str:
        """The line of words below the board."""
        return words.status(self.session, self.position) if self._message is None else self._message

    @property
    def off_board_is_legal(self) -> bool:
        """A person may make the move that touches no cell."""
        return self.session.person_to_move and self.position.off_board is not None

    def update(self) -> None:
        """Make the agent's move once it is found, or start the agent thinking when it is its turn."""
        session = self.session
        player = session.agent_to_move
        if player is None or self._failed:
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
        if not self.session.person_to_move:
            return
        click = self.hand.click(self.position, cell)
        self.refused = None if click.legal else cell
        self._message = None if click.legal else self._not_legal()
        if click.action is not None:
            self._play(click.action)

    def play_off_board(self) -> None:
        """A human makes the move that touches no cell, such as a pass, if it is legal."""
        if not self.session.person_to_move:
            return
        if self.position.off_board is None:
            self._message = self._not_legal()
        else:
            self._play(self.position.off_board)

    def aimed_at(self, cell: Cell | None) -> Aim:
        """What a click on this cell would do."""
        session = self.session
        if cell is None or session.to_move is None or not session.person_to_move:
            return Aim()
        click = self.hand.preview(self.position, cell)
        if click.action is None:
            return Aim(grip=cell, reach=self.position.targets(click.picked)) if click.picked else Aim()
        landing = self.position.landing(click.action)
        if landing is None:
            return Aim()
        return Aim((landing, session.to_move), self.position.turned(click.action))

    def new_game(self) -> None:
        self.session.new_game()
        self._begin_anew()

    def swap_seats(self) -> None:
        self.session.swap_seats()
        self._begin_anew()

    def undo(self) -> None:
        if self.session.undo():
            self._begin_anew()
        else:
            self._message = "Nothing to take back"

    def redo(self) -> None:
        if self.session.redo():
            self._begin_anew()
        else:
            self._message = "Nothing to bring back"

    def close(self, patience: float = _CLOSING_PATIENCE) -> bool:
        """Cancel the agent's thinking; returns whether its thread ended within `patience` seconds."""
        self.thinker.drop()
        return self.thinker.wait(patience)

    def _begin_anew(self) -> None:
        """The position changed other than by a move."""
        self.thinker.drop()
        self._message = self.refused = None
        self._failed = False
        self.hand.drop()

    def _give_up(self, player: Player, error: BaseException | None) -> None:
        """Show what went wrong with the player, and leave it alone until undo or a new game."""
        self._failed = True
        self._message = f"{player.name} failed: {str(error) or type(error).__name__}"

    def _play(self, action: int) -> None:
        self.session.play(action)
        self._message = self.refused = None
        self.hand.drop()
        self._last_move_at = self._clock()

    def _not_legal(self) -> str:
        return f"Not a legal move. {self.session.situation()}"
