"""A sitting: who sits where, the game so far, taking moves back; the same for the window and the terminal."""

from __future__ import annotations

from typing import Any

import torch

from game.core import Game
from game.play import History, Player

Seats = tuple[Player | None, Player | None]


class Session:
    """One game after another between two seats; None is a person's seat, seat 0 moves first."""

    def __init__(self, game: Game[Any], seats: Seats, seed: int = 0) -> None:
        self.game = game
        self.seats = seats
        self.names = seat_names(seats)
        self.history: History[Any] = History(game)
        self._seeds = torch.Generator().manual_seed(seed)

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

    def new_game(self) -> None:
        self.history = History(self.game)

    def swap_seats(self) -> None:
        """Whoever moved second moves first, in a new game."""
        self.seats = self.seats[::-1]
        self.names = self.names[::-1]
        self.new_game()

    def undo(self) -> bool:
        """Back to the last position, before the one now, in which a person was to move; False if there is none."""
        plies = [int(state.ply) for state in self.history.states[:-1]]
        back = [index for index, ply in enumerate(plies) if self.seats[ply % 2] is None]
        if not back:
            return False
        while len(self.history.actions) > back[-1]:
            self.history.undo()
        return True

    def next_generator(self) -> torch.Generator:
        """A generator of its own for each move asked of an agent, so that a dropped thought disturbs no later one."""
        seed = int(torch.randint(1 << 62, (), generator=self._seeds))
        return torch.Generator().manual_seed(seed)

    def situation(self) -> str:
        """Whose move it is, or how the game ended, in words."""
        if self.to_move is not None:
            name = self.names[self.to_move]
            return "Your move" if name == "You" else f"{name} to move"
        if self.history.winner is None:
            return "Game over: a draw"
        name = self.names[self.history.winner]
        return "Game over: you win" if name == "You" else f"Game over: {name} wins"


def seat_names(seats: Seats) -> tuple[str, str]:
    """What to call whoever sits there: "You" for a lone person, numbers for two."""
    if seats[0] is None and seats[1] is None:
        return "Player 1", "Player 2"
    first, second = ("You" if player is None else player.name for player in seats)
    return first, second


def ask(player: Player, game: Game[Any], state: Any, generator: torch.Generator) -> int:
    """The player's action in one position."""
    action = player.act(game, state, generator)
    if tuple(action.shape) != (1,):
        raise ValueError(f"act gave a tensor of shape {tuple(action.shape)} for one position, expected (1,)")
    return int(action)
