"""The rules once more, in scalar form, for loops that numba compiles: self-play, learning and search on large boards.

The batched rules of `game` are the truth; tests hold these to them. Each game has one file here with a NamedTuple of
what tells its boards apart, and five small functions (`contract`). Nothing here is needed to play: a game without such
a file is played and learned by its batched rules alone.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from game.core import AnyGame

_FILES = {
    "Breakthrough": "breakthrough",
    "Connect4": "connect4",
    "Gomoku": "gomoku",
    "Hex": "hexagons",
    "Othello": "othello",
    "TicTacToe": "gomoku",
}


def has_compiled_rules(game: AnyGame) -> bool:
    """Whether there are any; unlike `compiled_rules`, without a moment to import numba."""
    if getattr(game, "compiled_rules", None) is not None:
        return True
    own = type(game).__module__.partition(".")[0] == "game" and type(game).__name__ in _FILES
    return own and not getattr(game, "swap", False)


def compiled_rules(game: AnyGame) -> Any:
    """The NamedTuple that compiled loops take for `game`; None where there are no compiled rules.

    A game of another package brings its own by a method `compiled_rules` that returns one, defined in a module beside
    the functions of `contract`.
    """
    own = getattr(game, "compiled_rules", None)
    if own is not None:
        return own()
    if not has_compiled_rules(game):
        return None
    return import_module(f"game.compiled.{_FILES[type(game).__name__]}").rules_of(game)


def stones_of(game: AnyGame, state: Any) -> npt.NDArray[np.int8]:
    """Positions as compiled rules have them: `[B, H * W]` int8, 0 empty, 1 the first player's stone, 2 the second's, as
    the first player sees the board."""
    planes = game.observe(state, torch.int8).flatten(2)
    mine, theirs = planes[:, 0], planes[:, 1]
    swapped = 2 * mine + theirs
    if game.second_view is not None:
        swapped = swapped[:, game.second_view.cells.to(swapped.device)]
    second = (state.ply & 1).bool()[:, None]
    found: npt.NDArray[np.int8] = torch.where(second, swapped, mine + 2 * theirs).numpy()
    return found
