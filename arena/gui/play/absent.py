"""Who sits at the board when a saved game is opened, also where a player of it cannot be found. No pygame here."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from arena.gui.play.saved import SavedGame
from arena.players.choice import usual_opponent
from arena.players.menu import HUMAN
from arena.players.specs import player
from arena.view.session import Seats
from game.core import AnyGame
from game.errors import QzeroError
from game.play import Player


class Absent:
    """The name of a player who is gone, in a game that is over. why: what was wrong."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        self._why = why

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:  # noqa: ARG002 - the protocol's names
        raise QzeroError(self._why)


def seated(saved: SavedGame, game: AnyGame) -> tuple[Seats, str]:
    """The players of the game, and in words who cannot be one; empty if all can.

    While the game goes on the usual opponent plays for whoever is gone.
    """
    notices: list[str] = []

    def found(spec: str) -> Player | None:
        if spec == HUMAN:
            return None
        try:
            return player(spec, game)
        except QzeroError as error:
            why = str(error).partition(": give ")[0]  # what else could be given helps nobody here
            if saved.result is not None:
                notices.append(why)
                return Absent(spec, why)
            other = usual_opponent(game).spec
            notices.append(f"{why}: {other} plays instead")
            return player(other, game)

    first, second = (found(spec) for spec in saved.players)
    return (first, second), ". ".join(dict.fromkeys(notices))
