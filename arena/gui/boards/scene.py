"""What there is to show of a board in one frame. No pygame here."""

from __future__ import annotations

from dataclasses import dataclass

from arena.gui.boards.overlay import Overlay
from arena.view.board import Board, Cell
from arena.view.position import Stones


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything there is to show on the board, compared by value.

    game:    the name of the game.
    ply:     moves made before this position.
    to_move: the seat whose move it is, None after the end.
    ghost:   the cell and seat of the stone that a click would place.
    turned:  the stones that this click would turn over to that seat.
    last:    where the last move's stone lies.
    touched: other cells that the last move changed.
    route:   the cells of the last move in order, such as from and to, where it is told by more than one.
    picked:  cells clicked so far of a move that takes several clicks.
    grip:    the cell under the mouse, where a click would begin such a move.
    reach:   the cells to which the piece there could go.
    refused: the cell of a click that was no legal move.
    hints:   cells to click next that are worth a mark.
    cursor:  the cell at which the keyboard points.
    overlay: what an analysis lays over the board.
    """

    game: str
    board: Board
    ply: int
    stones: Stones
    to_move: int | None
    ghost: tuple[Cell, int] | None = None
    turned: frozenset[Cell] = frozenset()
    last: Cell | None = None
    touched: frozenset[Cell] = frozenset()
    route: tuple[Cell, ...] = ()
    winning: frozenset[Cell] = frozenset()
    picked: tuple[Cell, ...] = ()
    grip: Cell | None = None
    reach: frozenset[Cell] = frozenset()
    refused: Cell | None = None
    hints: frozenset[Cell] = frozenset()
    cursor: Cell | None = None
    overlay: Overlay | None = None
