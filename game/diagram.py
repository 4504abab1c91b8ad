"""Positions as text: a board of X, O and dots, coordinates, and a line that says whose move it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from game.core import S, State
from game.errors import NotationError

STONES = "XO"  # first and second player
_STATUS = re.compile(r"^[^\S\n]*(?:([XO])[^\S\n]+to[^\S\n]+move|([XO])[^\S\n]+has[^\S\n]+won|a[^\S\n]+draw)(.*)$", re.M)
_PLY = re.compile(r"[^\S\n]*,[^\S\n]*ply[^\S\n]+(\d{1,4})[^\S\n]*")


class Diagram(NamedTuple):
    """The content of a diagram.

    first, second: cells of the two players' stones, row by row from the top.
    to_move: the seat to move, or None where the text does not say or the game is over.
    winner:  the seat that has won, or None.
    over:    the text says that somebody has won, or a draw.
    ply:     moves made, or None where the text does not say.
    """

    first: list[int]
    second: list[int]
    to_move: int | None
    winner: int | None
    over: bool
    ply: int | None


def draw(
    state: State,
    planes: Tensor,
    row_names: Sequence[str],
    column_names: Sequence[str],
    *,
    slanted: bool = False,
    with_ply: bool = False,
) -> str:
    """One position: `planes` `[1, 2, H, W]` hold the mover's and the opponent's stones as they lie on the board.

    slanted: each row half a cell further to the right. with_ply: the ply cannot be told from the stones, so say it.
    """
    if len(state) != 1:
        raise ValueError(f"render draws one position, got {len(state)}: index the state first")
    mover = int(state.ply) % 2
    first, second = planes[0].flip(0).tolist() if mover else planes[0].tolist()
    margin = max(len(name) for name in row_names)
    lines = []
    for number, (name, own, other) in enumerate(zip(row_names, first, second, strict=True)):
        signs = " ".join(STONES[0] if a else STONES[1] if b else "." for a, b in zip(own, other, strict=True))
        lines.append(" " * number * slanted + f"{name:>{margin}} {signs}")
    below = " " * len(row_names) * slanted + " " * margin + " " + " ".join(column_names)
    if not bool(state.done):
        status = f"{STONES[mover]} to move"
    else:
        status = f"{STONES[mover ^ (int(state.reward) > 0)]} has won" if int(state.reward) else "a draw"
    return "\n".join([*lines, below, status + (f", ply {int(state.ply)}" if with_ply else "")])


def read(text: str, rows: int, columns: int) -> Diagram:
    """The board drawn in `text`, which may hold other lines as well. Raises NotationError."""
    found = re.findall(rf"^[^\S\n]*(?:\d+[^\S\n]+)?((?:[XO.][^\S\n]*){{{columns}}})$", text, flags=re.MULTILINE)
    if len(found) != rows:
        raise NotationError(
            f"found {len(found)} board rows of {columns} cells, expected {rows}: one line per row, X, O or . per cell"
        )
    signs = re.sub(r"\s", "", "".join(found))
    first, second = ([cell for cell, sign in enumerate(signs) if sign == stone] for stone in STONES)
    status = _STATUS.search(text)
    if status is None:
        return Diagram(first, second, None, None, False, None)
    mover, winner, rest = status.groups()
    ply = _PLY.fullmatch(rest)
    if rest.strip() and ply is None:
        raise NotationError(f"{status.group().strip()!r}: expected the side to move alone, or with the ply: ', ply 12'")
    return Diagram(
        first,
        second,
        STONES.index(mover) if mover else None,
        STONES.index(winner) if winner else None,
        mover is None,
        int(ply[1]) if ply else None,
    )


def alternating(diagram: Diagram) -> int:
    """The ply of a position to which every move has added one stone. Raises NotationError."""
    first, second = len(diagram.first), len(diagram.second)
    if first - second not in (0, 1):
        raise NotationError(f"{first} X and {second} O: X moves first, so X has as many stones or one more")
    ply = first + second
    if diagram.to_move not in (None, ply % 2):
        raise NotationError(f"{first} X and {second} O, so it is {STONES[ply % 2]} to move")
    return agrees_on_ply(diagram, ply)


def agrees_on_ply(diagram: Diagram, ply: int) -> int:
    """`ply`, if the text says the same or nothing. Raises NotationError."""
    if diagram.ply not in (None, ply):
        raise NotationError(f"the stones tell of ply {ply}, the text says {diagram.ply}")
    return ply


def agrees_on_end(diagram: Diagram, state: S) -> S:
    """`state` (one position), if the text says the same of its end. Raises NotationError."""
    done, reward = bool(state.done), int(state.reward)
    mover = int(state.ply) % 2
    winner = None if reward == 0 else mover ^ (reward > 0)
    if diagram.over and not done:
        raise NotationError("the text says that the game is over, but it is not")
    if diagram.to_move is not None and done:
        raise NotationError("the text says whose move it is, but the game is over")
    if diagram.over and winner != diagram.winner:
        raise NotationError("the text says otherwise who has won than the stones")
    return state
