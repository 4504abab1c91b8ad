"""What there is to show in one frame. No pygame here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from arena.view.board import Board, Cell
from arena.view.position import Stones


@dataclass(frozen=True, slots=True)
class Button:
    """labels: longest first; the first that fits is shown. enabled: something happens when it is pressed."""

    labels: tuple[str, ...]
    enabled: bool


class Help(NamedTuple):
    """The page over the board that explains the game and the keys: (keys, what they do)."""

    title: str
    about: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything there is to show.

    to_move: the seat whose move it is, None after the end.
    roles:   each seat's colour and aim.
    counts:  how many stones each seat has, where that is worth showing.
    ghost:   the cell and seat of the stone that a click would place.
    last:    where the last move's stone lies.
    touched: other cells that the last move changed.
    picked:  cells clicked so far of a move that takes several clicks.
    grip:    the cell under the mouse, where a click would begin such a move.
    hints:   cells to click next that are worth a mark.
    cursor:  the cell at which the keyboard points.
    moves:   the moves made, cut into pieces that stay on one line.
    hovered: the button under the mouse.
    focused: the button at which the keyboard points.
    help:    the page of help, if it is open.
    """

    board: Board
    stones: Stones
    to_move: int | None
    names: tuple[str, str]
    roles: tuple[str, str]
    counts: tuple[int, int] | None
    ghost: tuple[Cell, int] | None
    last: Cell | None
    touched: frozenset[Cell]
    winning: frozenset[Cell]
    picked: tuple[Cell, ...]
    grip: Cell | None
    hints: frozenset[Cell]
    cursor: Cell | None
    status: str
    moves: tuple[str, ...]
    buttons: tuple[Button, ...]
    hovered: int | None
    focused: int | None
    help: Help | None
