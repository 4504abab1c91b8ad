"""Games in SGF, the Smart Game Format FF[4] (https://www.red-bean.com/sgf/), for Othello, Hex and Gomoku.

Whoever moves first is Black. Points of Othello and Gomoku are as in Go: two letters, column and row from the top left.
Hex has its own notation (https://www.red-bean.com/sgf/hex.html), which is ours; Black joins top and bottom.
"""

from __future__ import annotations

from collections.abc import Iterable

from arena.match.records.read import Record
from game.core import AnyGame
from game.errors import UsageError
from game.notation import parse_moves

NUMBERS = {"othello": 2, "gomoku": 4, "hex": 11}  # SGF's GM
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_RESULTS = {1: "B+", 0: "Draw", -1: "W+"}


def sgf(game: AnyGame, records: Iterable[Record]) -> str:
    """A collection of these games. Raises UsageError for a game that SGF has no number for."""
    return "".join(_tree(game, one) for one in records)


def check(game: AnyGame) -> None:
    """Raises UsageError for a game without SGF."""
    if game.name.partition(":")[0] not in NUMBERS:
        raise UsageError(
            f"SGF is written for {', '.join(NUMBERS)}, not for {game.name}: leave out --sgf for plain text"
        )


def _tree(game: AnyGame, one: Record) -> str:
    check(game)
    kind = game.name.partition(":")[0]
    _, rows, columns = game.observation_shape
    history = parse_moves(game, one.row.moves)
    size = str(columns) if rows == columns else f"{columns}:{rows}"
    root = {
        "FF": "4",
        "GM": str(NUMBERS[kind]),
        "CA": "UTF-8",
        "AP": "qzero",
        "SZ": size,
        "PB": one.first,
        "PW": one.second,
        "RE": _RESULTS[one.row.result] + ("F" if one.forfeited else ""),
        "RO": str(one.row.opening),
        "GN": f"{game.name} game {one.number}",
    }
    text = "(;" + "".join(f"{name}[{_escaped(value)}]" for name, value in root.items()) + "\n"
    for ply, action in enumerate(history.actions):
        state = history.states[ply]
        if kind == "hex":
            point = game.move_name(action, state)
        else:
            squares = game.squares(action, state)
            point = "".join(_LETTERS[place or 0] for place in reversed(squares[0])) if squares else ""  # a pass
        text += f";{'BW'[ply % 2]}[{point}]"
    return text + ")\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("]", "\\]")
