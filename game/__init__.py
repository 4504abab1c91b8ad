"""The rules: batched positions of board games as torch tensors, on CPU or GPU.

    import game
    connect4 = game.make("connect4")
    state = connect4.initial(1024)

Names are loaded on first use, so that `import game` alone does not load torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from game.core import Game, State, Symmetry
    from game.errors import IllegalMoveError, NotationError, QzeroError, UnknownGameError, UsageError
    from game.notation import moves_text, parse_moves
    from game.play import History, Player, Turn
    from game.registry import Family, make, names, register

_HOME = {
    "game.core": ("Game", "State", "Symmetry"),
    "game.errors": ("IllegalMoveError", "NotationError", "QzeroError", "UnknownGameError", "UsageError"),
    "game.notation": ("moves_text", "parse_moves"),
    "game.play": ("History", "Player", "Turn"),
    "game.registry": ("Family", "make", "names", "register"),
}
_MODULE_OF = {name: module for module, exported in _HOME.items() for name in exported}

__all__ = [
    "Family",
    "Game",
    "History",
    "IllegalMoveError",
    "NotationError",
    "Player",
    "QzeroError",
    "State",
    "Symmetry",
    "Turn",
    "UnknownGameError",
    "UsageError",
    "make",
    "moves_text",
    "names",
    "parse_moves",
    "register",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'game' has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value
