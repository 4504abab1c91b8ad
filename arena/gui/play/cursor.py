"""The keyboard cursor: on a cell, on a button, or hidden while the mouse is in use. No pygame here."""

from __future__ import annotations

from collections.abc import Sequence

from arena.view.board import Board, Cell


class Cursor:
    """Arrows and digits move it over the board, Tab over the buttons and back to the board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._place = board.rows // 2, board.columns // 2
        self._on_board = False
        self._button: int | None = None
        self._digits = ""

    @property
    def cell(self) -> Cell | None:
        """The cell it is on, or None when it is not on the board."""
        return self._place if self._on_board else None

    @property
    def button(self) -> int | None:
        return self._button

    def hide(self, pointed: Cell | None = None) -> None:
        """Hide while the mouse points; reappear at the cell it `pointed` at, if any."""
        self._on_board, self._button, self._digits = False, None, ""
        self._place = pointed or self._place

    def show(self) -> bool:
        """Come to the board; False if it was there already."""
        was_there = self._on_board
        self._on_board, self._button, self._digits = True, None, ""
        return not was_there

    def move(self, down: int, right: int) -> None:
        """Move by one cell, up to the edge of the board; the first key only shows where the cursor is."""
        if self.show():
            return
        row, column = self._place[0] + down, self._place[1] + right
        self._place = min(max(row, 0), self._board.rows - 1), min(max(column, 0), self._board.columns - 1)

    def digit(self, digit: str) -> Cell | None:
        """Go to the row of that name, or the column where stones fall; a second digit may go on with the first.

        None where there is none of that name.
        """
        names = self._board.column_names if self._board.falls else self._board.row_names
        for digits in (self._digits + digit, digit):
            line = next((line for line, name in names.items() if name == digits), None)
            if line is not None:
                self.show()
                self._place = (self._place[0], line) if self._board.falls else (line, self._place[1])
                self._digits = "" if self._board.falls else digits
                return self._place
        return None

    def tab(self, enabled: Sequence[bool], step: int) -> None:
        """Move to the next (step 1) or previous (step -1) enabled button, and past the ends back to the board."""
        stops: list[int | None] = [None, *(number for number, on in enumerate(enabled) if on)]
        here = stops.index(self._button) if self._button in stops else 0
        target = stops[(here + step) % len(stops)]
        self.show()
        if target is not None:
            self._on_board, self._button = False, target
