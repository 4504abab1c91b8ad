"""A session: who sits where, the game so far, undo and redo; shared by the window and the terminal."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch

from agent.play.player import QPlayer
from game.core import AnyGame, Game, S
from game.play import History, Player, tell

Seats = tuple[Player | None, Player | None]


class Answer(NamedTuple):
    """A player's move in one position. q: the final reward it expects, -1 to 1; None if the player has no Q."""

    action: int
    q: float | None


class _Moment(NamedTuple):
    """Everything that undo restores. left: the game that was left for this one, as it stood then."""

    seats: Seats
    names: tuple[str, str]
    states: tuple[Any, ...]
    actions: tuple[int, ...]
    left: _Moment | None


class Session:
    """One game after another between two seats; None is a person's seat, seat 0 moves first.

    Everything a person does (a move, a new game, a change of seats) can be undone and redone.
    """

    def __init__(self, game: AnyGame, seats: Seats, seed: int = 0) -> None:
        self.game = game
        self.seats = seats
        self.names = seat_names(seats)
        self.history: History[Any] = History(game)
        self._seeds = torch.Generator().manual_seed(seed)
        self._left: _Moment | None = None
        self._undone: list[_Moment] = []

    @property
    def to_move(self) -> int | None:
        """The seat whose move it is; None when the game is over."""
        return None if self.history.done else self.history.seat_to_move

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
        return self._last_choice() is not None or self._left is not None

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def undo_brings_back_a_game(self) -> bool:
        """There is no move to take back in this game, but it was started by leaving another."""
        return self._last_choice() is None and self._left is not None

    def play(self, action: int) -> None:
        """Make the move of whoever is to move. Raises IllegalMoveError."""
        by_person = self.person_to_move
        self.history.push(action)
        if by_person:
            self._undone.clear()

    def new_game(self) -> None:
        """Leave the game for another."""
        if self.history.actions:
            self._leave()
        self.history = History(self.game)

    def swap_seats(self) -> None:
        """Whoever moved second moves first, in a new game."""
        self._leave()
        self.seats = self.seats[::-1]
        self.names = self.names[::-1]
        self.history = History(self.game)

    def undo(self) -> bool:
        """Back to the previous position in which a person was to move, or to the game that was left for this one.

        False if there is neither.
        """
        now, choice = self._moment(), self._last_choice()
        if choice is not None:
            while len(self.history.actions) > choice:
                self.history.undo()
        elif self._left is not None:
            self._return_to(self._left)
        else:
            return False
        self._undone.append(now)
        return True

    def redo(self) -> bool:
        """Undo the last undo; False if there is none, or a person has done something else since."""
        if not self._undone:
            return False
        self._return_to(self._undone.pop())
        return True

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
        if self.history.winner is None:
            return "Game over: a draw"
        name = self.names[self.history.winner]
        return "Game over: you win" if name == "You" else f"Game over: {name} wins"

    def _last_choice(self) -> int | None:
        """How many moves had been made when a person was last to move, before now."""
        plies = [int(state.ply) for state in self.history.states[:-1]]
        return next((index for index, ply in reversed(list(enumerate(plies))) if self.seats[ply % 2] is None), None)

    def _leave(self) -> None:
        self._left = self._moment()
        self._undone.clear()

    def _moment(self) -> _Moment:
        return _Moment(self.seats, self.names, tuple(self.history.states), tuple(self.history.actions), self._left)

    def _return_to(self, moment: _Moment) -> None:
        self.seats, self.names = moment.seats, moment.names
        self.history = History(self.game, moment.states[0])
        self.history.states, self.history.actions = list(moment.states), list(moment.actions)
        self._left = moment.left


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
