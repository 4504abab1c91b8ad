"""Breakthrough on 4 x 4 to 8 x 8 (default): pawns that move and take forward; the first on the far row wins.

Rules: Dan Troyka (2000), https://www.boardgamegeek.com/boardgame/3825/breakthrough. Each side begins with two rows. A
stone moves one row forward, straight or diagonally, onto an empty cell; diagonally it takes a stone as well. Whoever
reaches the far row, or takes the last stone, has won. There are no draws and always a move: the foremost stone has one.

The first player (X) begins at the bottom and moves up. Notation as in chess, row 1 at the bottom: `a2-a3`, and `a2xb3`
where a stone is taken. An action is a pair of neighbouring cells, lower and upper; whose move it is tells which way:
action (3 * columns - 2) * lower row + columns * side + lower column - 1, with side 0, 1, 2 for an upper cell to the
left, straight above and to the right.

A board is 8 bits a column, lowest bit the bottom cell: bit 8 * column + row.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor

from game import bitboard, diagram, keys
from game.bitboard import BitboardState
from game.core import ChildrenByStep, Constant, Device, Symmetry
from game.errors import NotationError

_LETTERS = "abcdefgh"
_SIDES = (-1, 0, 1)


class Breakthrough(ChildrenByStep):
    rules_version = 1
    hexagonal = False
    goal = "The first stone on the far row wins, and so does taking the last stone."
    aims = ("moves up", "moves down")

    def __init__(self, columns: int = 8, rows: int = 8) -> None:
        if not (4 <= columns <= 8 and 4 <= rows <= 8):
            raise ValueError(f"a board of {columns} columns and {rows} rows")
        self.columns, self.rows = columns, rows
        self.name = "breakthrough" if columns == rows == 8 else f"breakthrough:{columns}x{rows}"
        # (lower row, lower column, upper column) of each action
        self._pairs = [
            (row, column, column + side)
            for row in range(rows - 1)
            for side in _SIDES
            for column in range(columns)
            if 0 <= column + side < columns
        ]
        self.num_actions = len(self._pairs)
        # Every move brings a stone one row forward, and the second last row is as far as it goes but for the last move.
        self.max_plies = 2 * columns * ((rows - 2) + (rows - 3)) + 1
        self.observation_shape = (2, rows, columns)
        cell = f"[a-{_LETTERS[columns - 1]}][1-{rows}]"
        self.move_pattern = f"{cell}[-x]{cell}"
        action_of = {pair: action for action, pair in enumerate(self._pairs)}
        cells = torch.arange(rows * columns).view(rows, columns)
        mirrored = [action_of[row, columns - 1 - low, columns - 1 - high] for row, low, high in self._pairs]
        self.symmetries = (
            Symmetry(cells.flatten(), torch.arange(self.num_actions)),
            Symmetry(cells.flip(1).flatten(), torch.tensor(mirrored)),
        )
        turned = [action_of[rows - 2 - row, high, low] for row, low, high in self._pairs]
        self.second_view = Symmetry(cells.flip(0).flatten(), torch.tensor(turned))
        self._bits = tuple(8 * column + row for row in reversed(range(rows)) for column in range(columns))
        self._lower = Constant([bitboard.signed(1 << 8 * low + row) for row, low, _ in self._pairs])
        self._upper = Constant([bitboard.signed(1 << 8 * high + row + 1) for row, _, high in self._pairs])
        self._lower_rows = Constant(range(rows - 1))
        self._from_bottom = Constant(range(rows))
        self._from_top = Constant(range(rows)[::-1])
        self._bottom = bitboard.signed(sum(1 << 8 * column for column in range(columns)))
        self._top = bitboard.signed(sum(1 << 8 * column + rows - 1 for column in range(columns)))

    def initial(self, batch: int, device: Device = "cpu") -> BitboardState:
        own = self._bottom | self._bottom << 1
        opp = bitboard.signed(sum(0b11 << 8 * column + self.rows - 2 for column in range(self.columns)))
        state = bitboard.empty(batch, device)
        return BitboardState(state.ply, state.done, state.reward, torch.full_like(state.own, own), state.opp + opp)

    def legal(self, state: BitboardState) -> Tensor:
        upward = _first_to_move(state)
        own, occupied = state.own, state.own | state.opp
        free = ~own, ~occupied, ~own  # where stones may go to the left, straight and to the right
        # For each pair of cells, at the bit of the lower one: the mover has a stone here and may go there.
        found = [
            torch.where(upward, own & _upper(to, side), _upper(own, side) & to)
            for side, to in zip(_SIDES, free, strict=True)
        ]
        boards = torch.where(state.done[:, None], 0, torch.stack(found, 1))[:, None, :]
        words = boards >> self._lower_rows.on(boards.device)[:, None] & bitboard.ONE_A_BYTE
        cells = words.view(torch.uint8).view(len(state), self.rows - 1, 3, 8)[..., : self.columns]
        # Row by row the first and the last pair would lead off the board.
        return cells.flatten(2)[..., 1:-1].flatten(1).view(torch.bool)

    def step(self, state: BitboardState, action: Tensor) -> BitboardState:
        upward, done = _first_to_move(state), state.done
        lower = self._lower.on(action.device).index_select(0, action)
        upper = self._upper.on(action.device).index_select(0, action)
        target = torch.where(upward, upper, lower)
        stones = state.own & ~torch.where(upward, lower, upper) | target
        others = state.opp & ~target
        won = (target & torch.where(upward, self._top, self._bottom) != 0) | (others == 0)
        return BitboardState(
            ply=state.ply + ~done,
            done=done | won,
            reward=torch.where(done, state.reward, won.to(torch.int8)),
            own=torch.where(done, state.own, others),
            opp=torch.where(done, state.opp, stones),
        )

    def observe(self, state: BitboardState, dtype: torch.dtype = torch.float32) -> Tensor:
        device = state.own.device
        rows = torch.where(_first_to_move(state)[:, None], self._from_top.on(device), self._from_bottom.on(device))
        return self._planes(state, rows[:, None]).to(dtype)

    def key(self, state: BitboardState) -> Tensor:
        side = state.ply.long() & 1
        if self.rows * self.columns > keys.MOST_CELLS:
            return keys.mixed(torch.stack((state.own, state.opp, side), 1))
        planes = self._planes(state, self._from_top.on(state.own.device)).flatten(2)
        return 2 * keys.ternary(planes[:, 0], planes[:, 1]) + side

    def move_name(self, action: int, state: BitboardState) -> str:
        (from_row, from_column), (to_row, to_column) = self._cells(action, state)
        takes = int(state.opp) >> 8 * to_column + to_row & 1 and from_column != to_column
        return f"{_LETTERS[from_column]}{from_row + 1}{'-x'[takes]}{_LETTERS[to_column]}{to_row + 1}"

    def parse_move(self, text: str, state: BitboardState) -> int:
        if not re.fullmatch(self.move_pattern, text):
            raise NotationError(f"{text!r} is not a Breakthrough move: give two cells, such as a2-a3, or a2xb3 to take")
        from_column, to_column = _LETTERS.index(text[0]), _LETTERS.index(text[3])
        from_row, to_row = int(text[1]) - 1, int(text[4]) - 1
        upward = int(state.ply) % 2 == 0
        if to_row - from_row != (1 if upward else -1) or abs(to_column - from_column) > 1:
            way = "up" if upward else "down"
            raise NotationError(
                f"{text!r} is not a move of {diagram.STONES[not upward]}, whose stones go one row {way}"
            )
        pair = (from_row, from_column, to_column) if upward else (to_row, to_column, from_column)
        return self._pairs.index(pair)

    def squares(self, action: int, state: BitboardState) -> tuple[tuple[int | None, int | None], ...]:
        return tuple((self.rows - 1 - row, column) for row, column in self._cells(action, state))

    def winning_cells(self, state: BitboardState) -> Tensor:
        goal = torch.where(_first_to_move(state), self._bottom, self._top)  # of whoever moved last
        arrived = torch.where(state.reward == 1, state.opp & goal, 0)
        rows = self._from_top.on(arrived.device)
        return bitboard.planes_by_bit(arrived, rows)[..., : self.columns] != 0

    def render(self, state: BitboardState) -> str:
        names = [str(row + 1) for row in reversed(range(self.rows))]
        planes = self._planes(state, self._from_top.on(state.own.device))
        return diagram.draw(state, planes, names, _LETTERS[: self.columns], with_ply=True)

    def parse_position(self, text: str) -> BitboardState:
        """As `render` prints it. Without the ply it is taken to be the lowest that fits, without the side as well."""
        drawn = diagram.read(text, self.rows, self.columns)
        first, second = bitboard.stones(drawn, self._bits)
        most = 2 * self.columns
        if max(first.bit_count(), second.bit_count()) > most:
            raise NotationError(f"a side has more than the {most} stones that it begins with")
        first_won = bool(first & self._top % (1 << 64) or not second)
        second_won = bool(second & self._bottom % (1 << 64) or not first)
        if first_won and second_won:
            raise NotationError("both sides have won: no game leads there")
        side = drawn.to_move or 0
        if first_won or second_won:
            side = int(first_won)
        ply = side if drawn.ply is None else drawn.ply
        if ply > self.max_plies or ply % 2 != side:
            raise NotationError(
                f"ply {ply} does not fit: expected one of at most {self.max_plies}, even if X is to move"
            )
        own, opp = (second, first) if side else (first, second)
        state = BitboardState(
            ply=torch.tensor([ply], dtype=torch.int16),
            done=torch.tensor([first_won or second_won]),
            reward=torch.tensor([int(first_won or second_won)], dtype=torch.int8),
            own=torch.tensor([bitboard.signed(own)]),
            opp=torch.tensor([bitboard.signed(opp)]),
        )
        return diagram.agrees_on_end(drawn, state)

    def _cells(self, action: int, state: BitboardState) -> tuple[tuple[int, int], tuple[int, int]]:
        """Where the action's stone stands and where it goes: (row from the bottom, column) each."""
        row, low, high = self._pairs[action]
        cells = (row, low), (row + 1, high)
        return cells if int(state.ply) % 2 == 0 else (cells[1], cells[0])

    def _planes(self, state: BitboardState, rows: Tensor) -> Tensor:
        """`[B, 2, rows, columns]` uint8 of 0 and 1; `rows` are row numbers from the bottom, in the order wanted."""
        return bitboard.planes_by_bit(torch.stack((state.own, state.opp), 1), rows)[..., : self.columns]


def _first_to_move(state: BitboardState) -> Tensor:
    return state.ply & 1 == 0


def _upper(board: Tensor, side: int) -> Tensor:
    """What `board` holds on the upper cell of each pair, at the bit of the lower."""
    shift = 1 + 8 * side
    return board >> shift if shift > 0 else board << -shift
