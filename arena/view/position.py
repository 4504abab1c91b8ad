"""One position as a window shows it, read through the Game protocol only. No pygame here."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch

from arena.view.board import Cell
from game.core import AnyGame, Game, S

Stones = tuple[tuple[int | None, ...], ...]  # per row and column the seat whose stone lies there
Squares = tuple[tuple[int | None, int | None], ...]


class Clicked(NamedTuple):
    """The meaning of clicks on cells: a whole move, the start of one, or (neither) no legal move."""

    action: int | None
    starts_move: bool


class Traces(NamedTuple):
    """What the last move left: where its stone lies, and which other cells changed."""

    landing: Cell | None
    others: frozenset[Cell]


class Position:
    """Caches what it asks the game: many frames are drawn for each move."""

    def __init__(self, game: Game[S], state: S) -> None:
        self.state: Any = state
        self._game: AnyGame = game
        self._outcomes: dict[int, tuple[Cell | None, frozenset[Cell]]] = {}
        self._targets: dict[tuple[Cell, ...], frozenset[Cell]] = {}

    @functools.cached_property
    def stones(self) -> Stones:
        return stones(self._game, self.state)

    @functools.cached_property
    def winning(self) -> frozenset[Cell]:
        """The stones that won; empty where nobody has, or no place on the board decided."""
        return frozenset((row, column) for row, column in self._game.winning_cells(self.state)[0].nonzero().tolist())

    @functools.cached_property
    def counts(self) -> tuple[int, int]:
        """Each seat's number of stones."""
        seats = [seat for row in self.stones for seat in row]
        return seats.count(0), seats.count(1)

    @functools.cached_property
    def moves(self) -> dict[int, Squares]:
        """The cells to click for each legal action."""
        legal = self._game.legal(self.state)[0].nonzero().flatten().tolist()
        return {action: self._game.squares(action, self.state) for action in legal}

    @functools.cached_property
    def off_board(self) -> int | None:
        """The legal move that touches no cell, if there is one."""
        return next((action for action, squares in self.moves.items() if not squares), None)

    @property
    def only_pass(self) -> int | None:
        """The move that touches no cell, if it is the only legal one."""
        return self.off_board if len(self.moves) == 1 else None

    def clicked(self, cells: Sequence[Cell]) -> Clicked:
        """The legal move that clicking `cells` in this order makes or begins."""
        starts_move = False
        for action, squares in self.moves.items():
            if not _begins(squares, cells):
                continue
            if len(squares) == len(cells):
                return Clicked(action, True)
            starts_move = True
        return Clicked(None, starts_move)

    def targets(self, picked: tuple[Cell, ...]) -> frozenset[Cell]:
        """The cells to click next, after `picked`."""
        if picked not in self._targets:
            self._targets[picked] = frozenset(self._next_cells(picked))
        return self._targets[picked]

    def hints(self, picked: tuple[Cell, ...]) -> frozenset[Cell]:
        """Cells to click next that deserve a mark: none if any empty cell will do."""
        targets = self.targets(picked)
        if picked:
            return targets
        empty = {(r, c) for r, row in enumerate(self.stones) for c, seat in enumerate(row) if seat is None}
        return frozenset() if empty <= targets else targets & empty

    def landing(self, action: int) -> Cell | None:
        """Where the stone of a legal action would come to lie; None if it puts none."""
        return self._outcome(action)[0]

    def turned(self, action: int) -> frozenset[Cell]:
        """The other stones that a legal action would turn over to the mover's side."""
        return self._outcome(action)[1]

    def traces(self, action: int, after: Position) -> Traces:
        """What `action`, which led to the position `after`, has changed."""
        mover = int(self.state.ply) % 2
        changed = [
            (r, c)
            for r, rows in enumerate(zip(self.stones, after.stones, strict=True))
            for c, (was, now) in enumerate(zip(*rows, strict=True))
            if was != now
        ]
        ends = self._game.squares(action, self.state)[-1:]
        new = [cell for cell in changed if after.stones[cell[0]][cell[1]] == mover]
        landing = next((cell for cell in new if not ends or _begins(ends, [cell])), None)
        return Traces(landing, frozenset(changed) - {landing})

    def _outcome(self, action: int) -> tuple[Cell | None, frozenset[Cell]]:
        if action not in self._outcomes:
            after = Position(self._game, self._game.step(self.state, torch.tensor([action])))
            landing, others = self.traces(action, after)
            mover = int(self.state.ply) % 2
            self._outcomes[action] = (
                landing,
                frozenset(cell for cell in others if after.stones[cell[0]][cell[1]] == mover),
            )
        return self._outcomes[action]

    def _next_cells(self, picked: tuple[Cell, ...]) -> Iterator[Cell]:
        rows, columns = range(len(self.stones)), range(len(self.stones[0]))
        for squares in self.moves.values():
            if len(squares) > len(picked) and (not picked or _begins(squares, picked)):
                row, column = squares[len(picked)]
                yield from itertools.product(rows if row is None else (row,), columns if column is None else (column,))


def stones(game: Game[S], state: S) -> Stones:
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


def _begins(squares: Squares, cells: Sequence[Cell]) -> bool:
    """Whether the first of `squares` are `cells`; at least one cell."""
    return 0 < len(cells) <= len(squares) and all(
        row in (None, r) and column in (None, c) for (row, column), (r, c) in zip(squares, cells, strict=False)
    )
