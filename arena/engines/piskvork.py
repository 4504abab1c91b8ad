"""Boards and cells in Gomocup's protocol (https://plastovicka.github.io/protocl2en.htm).

A cell is `x,y`: column and row, both from 0, at the top left. Rule 0 is freestyle: five or more in a row win, for both
sides and from any opening. That is our gomoku's rule.
"""

from __future__ import annotations

import re

from arena.engines.vertices import family
from game.core import AnyGame
from game.errors import UsageError

SMALLEST = 5


def check_board(game: AnyGame) -> None:
    """Raises UsageError for a game that the protocol does not have."""
    _, rows, columns = game.observation_shape
    five = game.name == "gomoku" or game.name.endswith("x5")
    if family(game) != "gomoku" or not five or min(rows, columns) < SMALLEST:
        raise UsageError(f"Gomocup's protocol is for five in a row: gomoku, or gomoku:9x9x5, not {game.name}")


def coordinates(game: AnyGame, action: int) -> str:
    """The cell of an action, as x,y."""
    row, column = divmod(action, game.observation_shape[2])
    return f"{column},{row}"


def cell_of(game: AnyGame, text: str) -> int | None:
    """The action that x,y names; None if it names none."""
    match = re.fullmatch(r"\s*(\d{1,2})\s*,\s*(\d{1,2})\s*", text)
    _, rows, columns = game.observation_shape
    if match is None or int(match[1]) >= columns or int(match[2]) >= rows:
        return None
    return int(match[2]) * columns + int(match[1])
