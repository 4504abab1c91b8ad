"""How GTP names moves in each game.

Gomoku: as Go programs do (https://www.lysator.liu.se/~gunnar/gtp/gtp2-spec-draft2/gtp2-spec.html, section 2.11):
column letters without I, row 1 at the bottom. Hex: as MoHex and HexGui do (https://benzene.sourceforge.net), a1 at the
top left, `swap-pieces`; black moves first and joins top and bottom. Othello: as Quarry and GRhino do, a1 at the top
left, `pass`. Breakthrough has no custom there: `a2-a3`, whether a stone is taken or not; `a2xb3` and `a2a3` are
understood. Upper and lower case are the same.
"""

from __future__ import annotations

import re
from typing import Any

from game.core import AnyGame

COLOURS = ("black", "white")  # by seat: black moves first
_WITHOUT_I = str.maketrans("ijklmnopqrst", "jklmnopqrstu")
_WITH_I = str.maketrans("jklmnopqrstu", "ijklmnopqrst")


def family(game: AnyGame) -> str:
    """The game without its board: "hex" for hex:7."""
    return game.name.partition(":")[0]


def vertex(game: AnyGame, action: int, state: Any) -> str:
    """The action by its name in GTP. Of `state` (one position) only whose turn it is matters."""
    name = game.move_name(action, state)
    if family(game) == "breakthrough":
        return name.replace("x", "-")
    return name.translate(_WITHOUT_I).upper() if family(game) == "gomoku" else name


def turns(game: AnyGame) -> tuple[Any, Any]:
    """A position in which black is to move, and one in which white is."""
    start = game.initial(1)
    return start, game.step(start, game.legal(start).int().argmax(1))


def parse_vertex(game: AnyGame, text: str, state: Any) -> int:
    """The inverse of `vertex`; the action may be illegal. Raises NotationError."""
    text = text.lower()
    if family(game) == "gomoku":
        # An i can only be an error, and `*` is no letter of any move.
        text = text.replace("i", "*").translate(_WITH_I)
    if family(game) == "breakthrough" and (cells := re.fullmatch("([a-h][1-8])[-x]?([a-h][1-8])", text)):
        text = f"{cells[1]}-{cells[2]}"
    return game.parse_move(text, state)


def seat_of(colour: str) -> int | None:
    """0 for black, which moves first, 1 for white; None for anything else."""
    return {"b": 0, "black": 0, "w": 1, "white": 1}.get(colour.lower())
