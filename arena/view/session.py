"""A session: who sits where, the game so far, undo and redo; shared by the window and the terminal."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from agent.play.player import QPlayer
from game.core import AnyGame, Game, S
from game.errors import IllegalMoveError
from game.play import History, Player, tell

Seats = tuple[Player | None, Player | None]


RESIGNED, OUT_OF_TIME = "resigned", "ran out of time"  # how a seat lost before the game was over


class Answer(NamedTuple):
    """A player's move in one position. q: the final reward it expects, -1 to 1; None if the player has no Q."""

    action: int
    q: float | None


class _Moment(NamedTuple):
    """Everything that undo restores. before: to what undo would lead from there."""

    seats: Seats
    names: tuple[str, str]
    states: tuple[Any, ...]
    actions: tuple[int, ...]
    resigned: int | None
    why: str
    before: _Moment | None


class Session:
    """One game after another between two seats; None is a person's seat, seat 0 moves first.

    Everything a person does (a move, a new game, a change of seats, resigning) can be undone and redone.
    """

    def __init__(self, game: AnyGame, seats: Seats, seed: int = 0) -> None:
        self.game = game
        self.seats = seats
        self.names = seat_names(seats)
        self.history: History[Any] = History(game)
        self._seeds = torch.Generator().manual_seed(seed)
        self._resigned: int | None = None
        self._why = RESIGNED
        self._before: _Moment | None = None
        self._undone: list[_Moment] = []

    @property
    def to_move(self) -> int | None:
        """The seat whose move it is; None when the game is over."""
        return None if self.over else self.history.seat_to_move

    @property
    def over(self) -> bool:
        """The game has ended by the rules, or somebody has given up."""
        return self.history.done or self._resigned is not None

    @property
    def resigned(self) -> int | None:
        """The seat that has given up."""
        return self._resigned

    @property
    def out_of_time(self) -> bool:
        """The seat that has given up did so because its time was over."""
        return self._resigned is not None and self._why == OUT_OF_TIME

    @property
    def winner(self) -> int | None:
        """The seat that has won; None for a draw, and as long as the game goes on."""
        return self.history.winner if self._resigned is None else 1 - self._resigned

    @property
    def person_to_move(self) -> bool:
        return self.to_move is not None and self.seats[self.to_move] is None

    @property
    def agent_to_move(self) -> Player | None:
        return None if self.to_move is None else self.seats[self.to_move]

    @property
    def has_person(self) -> bool:
        return any(player is None for player in self.seats)

    @property
    def move_names(self) -> list[str]:
        history = self.history
        return [
            self.game.move_name(action, state) for action, state in zip(history.actions, history.states, strict=False)
        ]

    @property
    def can_undo(self) -> bool:
        return self._before is not None

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def undo_brings_back_a_game(self) -> bool:
        """There is no move to take back in this game, but it was started by leaving another."""
        before = self._before
        if before is None or self._resigned is not None:
            return False
        return before.seats != self.seats or list(before.actions) != self.history.actions[: len(before.actions)]

    def play(self, action: int) -> None:
        """Make the move of whoever is to move. Raises IllegalMoveError."""
        if self._resigned is not None:
            raise IllegalMoveError("the game is over: no move is legal")
        before = self._moment() if self.person_to_move else None
        self.history.push(action)
        if before is not None:
            self._did_after(before)

    def new_game(self) -> None:
        """Leave the game for another."""
        if self.history.actions or self._resigned is not None:
            self._did_after(self._moment())
        self._start(History(self.game))

    def swap_seats(self) -> None:
        """Whoever moved second moves first, in a new game."""
        self._did_after(self._moment())
        self.seats = self.seats[::-1]
        self.names = self.names[::-1]
        self._start(History(self.game))

    def resign(self, seat: int, why: str = RESIGNED) -> None:
        """This seat gives the game up, or loses it because its time is over; it is then over."""
        if not self.over:
            self._did_after(self._moment())
            self._resigned, self._why = seat, why

    def go_back(self, moves: int) -> None:
        """Leave the game for one that begins with its first `moves` moves, to play on otherwise from there."""
        if moves < len(self.history.actions) or self._resigned is not None:
            self._did_after(self._moment())
            history = History(self.game, self.history.states[0])
            history.states, history.actions = self.history.states[: moves + 1], self.history.actions[:moves]
            self._start(history)

    def load(self, history: History[Any], resigned: int | None = None, why: str = RESIGNED) -> None:
        """Leave the game for this one, whose moves can be undone as if they had been made here."""
        if self.history.actions:
            self._did_after(self._moment())
        self._start(History(self.game, history.states[0]))
        for action in history.actions:
            self.play(action)
        self._resigned, self._why = resigned, why

    def undo(self) -> bool:
        """Back to what was before a person's last act: a move, a new game, a change of seats, resigning.

        False if there is nothing to undo.
        """
        if self._before is None:
            return False
        now = self._moment()
        self._return_to(self._before)
        self._undone.append(now)
        return True

    def redo(self) -> bool:
        """Undo the last undo; False if there is none, or a person has done something else since."""
        if not self._undone:
            return False
        self._return_to(self._undone.pop())
        return True

    def forget(self) -> None:
        """What was before can no longer be undone, nor what was undone brought back."""
        self._before = None
        self._undone.clear()

    def next_generator(self) -> torch.Generator:
        """A separate generator for each move asked of an agent, so that a cancelled thought affects no later one."""
        seed = int(torch.randint(1 << 62, (), generator=self._seeds))
        return torch.Generator().manual_seed(seed)

    def tell(self, player: Player) -> None:
        """Tell a player that follows games the moves so far."""
        history = self.history
        if len(history.actions) == int(history.state.ply):
            tell(player, history.state, torch.tensor([history.actions], dtype=torch.int64))

    def situation(self) -> str:
        """Whose move it is, or how the game ended, in words."""
        if self.to_move is not None:
            name = self.names[self.to_move]
            return "Your move" if name == "You" else f"{name} to move"
        if self.winner is None:
            return "Game over: a draw"
        name = self.names[self.winner]
        loser = self.names[1 - self.winner]
        how = "" if self._resigned is None else f", {'you' if loser == 'You' else loser} {self._why}"
        return f"Game over: {'you win' if name == 'You' else name + ' wins'}{how}"

    def _start(self, history: History[Any]) -> None:
        self.history, self._resigned = history, None

    def _did_after(self, before: _Moment) -> None:
        """A person has done something, or is about to: undo leads to `before`."""
        self._before = before
        self._undone.clear()

    def _moment(self) -> _Moment:
        history = self.history
        return _Moment(
            self.seats, self.names, tuple(history.states), tuple(history.actions), self._resigned, self._why,
            self._before,
        )  # fmt: skip

    def _return_to(self, moment: _Moment) -> None:
        self.seats, self.names = moment.seats, moment.names
        self.history = History(self.game, moment.states[0])
        self.history.states, self.history.actions = list(moment.states), list(moment.actions)
        self._resigned, self._why, self._before = moment.resigned, moment.why, moment.before


def seat_names(seats: Seats) -> tuple[str, str]:
    """What to call whoever sits there: "You" for a lone person, numbers for two."""
    if seats[0] is None and seats[1] is None:
        return "Player 1", "Player 2"
    first, second = ("You" if player is None else player.name for player in seats)
    return first, second


def answer(player: Player, game: Game[S], state: S, generator: torch.Generator) -> Answer:
    """The player's move in one position."""
    q = None
    if isinstance(player, QPlayer):
        action, q = player.choose(game, state, generator)
    else:
        action = player.act(game, state, generator)
    if tuple(action.shape) != (1,):
        raise ValueError(f"act gave a tensor of shape {tuple(action.shape)} for one position, expected (1,)")
    return Answer(int(action), None if q is None else float(q[0, int(action)]))


def ask(player: Player, game: Game[S], state: S, generator: torch.Generator) -> int:
    """The player's action in one position."""
    return answer(player, game, state, generator).action


def values(player: Player | None, state: Any) -> dict[int, float] | None:
    """Q of each legal move of one position as the player sees it, best first; None where it does not tell."""
    if not isinstance(player, QPlayer):
        return None
    q = player.q_function.q(state)[0]
    legal = (q > -torch.inf).nonzero().flatten().tolist()
    return dict(sorted(((action, float(q[action])) for action in legal), key=lambda pair: -pair[1]))
