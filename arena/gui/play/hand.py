"""The human player's hand: turns clicks on cells into moves. No pygame here."""

from __future__ import annotations

from typing import NamedTuple

from arena.view.board import Cell
from arena.view.position import Position


class Click(NamedTuple):
    """What a click would do: make a move, leave these cells picked, or (neither) nothing, as no legal move fits."""

    action: int | None
    picked: tuple[Cell, ...]
    legal: bool


class Hand:
    """The cells picked so far for a move of several clicks."""

    def __init__(self) -> None:
        self.picked: tuple[Cell, ...] = ()

    def drop(self) -> None:
        self.picked = ()

    def preview(self, position: Position, cell: Cell) -> Click:
        """What a click on `cell` would do."""
        if position.only_pass is not None:
            return Click(position.only_pass, (), True)
        # A click that does not continue the move puts the stone back, or picks another.
        for cells in dict.fromkeys(((*self.picked, cell), (cell,))):
            action, starts_move = position.clicked(cells)
            if action is not None:
                return Click(action, (), True)
            if starts_move:
                return Click(None, () if cells == self.picked else cells, True)
        return Click(None, (), False)

    def click(self, position: Position, cell: Cell) -> Click:
        done = self.preview(position, cell)
        self.picked = done.picked
        return done
