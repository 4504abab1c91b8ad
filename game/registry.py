"""Games by name."""

from __future__ import annotations

import functools
import importlib
from typing import Any

from game.core import Game
from game.errors import UnknownGameError

_WHERE = {
    "connect4": ("game.connect4", "Connect4"),
    "tictactoe": ("game.tictactoe", "TicTacToe"),
}


def names() -> list[str]:
    """The games there are."""
    return sorted(_WHERE)


@functools.cache
def make(name: str) -> Game[Any]:
    """The game called `name`, such as "connect4". Raises UnknownGameError."""
    if name not in _WHERE:
        raise UnknownGameError(f"no game is called {name!r}: choose one of {', '.join(names())}")
    module, cls = _WHERE[name]
    game: Game[Any] = getattr(importlib.import_module(module), cls)()
    return game
