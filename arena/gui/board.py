"""What a window must know of a position, read through the Game protocol alone. No pygame here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from game.core import Game

Cell = tuple[int, int]  # row, column; row 0 on top
Stones = tuple[tuple[int | None, ...], ...]  # per row and column the seat whose stone lies there


class Clicked(NamedTuple):
    """What clicks on cells mean: a whole move, the start of some move, or (neither) no legal move."""

    action: int | None
    starts_move: bool


def stones(game: Game[Any], state: Any) -> Stones:
    """The stones of one position by seat, however the board is turned."""
    mover = int(state.ply) % 2
    board = game.observe(state, torch.uint8)[0, :2]
    if mover and game.second_view is not None:
        board = board.flatten(1)[:, game.second_view.cells].view(board.shape)
    planes = board.tolist()
    return tuple(
        tuple(mover if own else (1 - mover if theirs else None) for own, theirs in zip(*rows, strict=True))
        for rows in zip(*planes, strict=True)
    )


def winning_cells(game: Game[Any], state: Any) -> frozenset[Cell]:
    """The cells of the line that won; empty where nobody has."""
    return frozenset((row, column) for row, column in game.winning_cells(state)[0].nonzero().tolist())


def legal_actions(game: Game[Any], state: Any) -> list[int]:
    actions: list[int] = game.legal(state)[0].nonzero().flatten().tolist()
    return actions


def clicked(game: Game[Any], state: Any, cells: Sequence[Cell]) -> Clicked:
    """The legal move that clicking `cells` in this order makes or begins."""
    starts_move = False
    for action in legal_actions(game, state):
        squares = game.squares(action, state)
        if not _begins(squares, cells):
            continue
        if len(squares) == len(cells):
            return Clicked(action, True)
        starts_move = True
    return Clicked(None, starts_move)


def pass_action(game: Game[Any], state: Any) -> int | None:
    """The legal move that touches no cell, if there is one."""
    return next((action for action in legal_actions(game, state) if not game.squares(action, state)), None)


def landing_cell(game: Game[Any], before: Any, action: int) -> Cell | None:
    """Where the stone of `action` comes to lie: found by making the move; None for a pass."""
    squares = game.squares(action, before)
    if not squares:
        return None
    row, column = squares[-1]
    if row is not None and column is not None:
        return row, column
    old, new = stones(game, before), stones(game, game.step(before, torch.tensor([action])))
    mover = int(before.ply) % 2
    for r, (old_row, new_row) in enumerate(zip(old, new, strict=True)):
        for c, (was, now) in enumerate(zip(old_row, new_row, strict=True)):
            if was != now == mover and row in (None, r) and column in (None, c):
                return r, c
    return None


def drops(game: Game[Any]) -> bool:
    """Whether moves name a column only: stones fall."""
    start = game.initial(1)
    return any(row is None for action in range(game.num_actions) for row, _ in game.squares(action, start))


def coordinates(game: Game[Any]) -> tuple[dict[int, str], dict[int, str]]:
    """The names of columns and of rows, as far as the game's move names tell them."""
    columns: dict[int, str] = {}
    rows: dict[int, str] = {}
    start = game.initial(1)
    for action in range(game.num_actions):
        squares, name = game.squares(action, start), game.move_name(action, start)
        if len(squares) == 1 and squares[0][0] is None and squares[0][1] is not None:
            columns[squares[0][1]] = name
            continue
        parts = re.findall(r"([a-z]+)([0-9]+)", name)
        if len(parts) != len(squares):
            continue
        for (row, column), (letters, digits) in zip(squares, parts, strict=True):
            if row is not None and column is not None:
                columns[column], rows[row] = letters, digits
    return columns, rows


def _begins(squares: tuple[tuple[int | None, int | None], ...], cells: Sequence[Cell]) -> bool:
    """Whether the first of `squares` are `cells`; at least one cell."""
    return 0 < len(cells) <= len(squares) and all(
        row in (None, r) and column in (None, c) for (row, column), (r, c) in zip(squares, cells, strict=False)
    )
