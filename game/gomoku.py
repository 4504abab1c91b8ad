"""Gomoku and all m,n,k-games: put stones on any empty cell; k or more of yours in a line win (freestyle).

Rules: https://en.wikipedia.org/wiki/M,n,k-game; freestyle gomoku is 15,15,5 without limits on the first player. A full
board without a line is a draw. Notation: column letter from the left, row number from the bottom, as in `h8`; action
columns * row + column with row 0 on top.

A board is one byte a cell, 0 empty, 1 the first and 2 the second player's stone. A line is looked for along the four
lines through the last move only, eight cells at a time as the bytes of one int64.
"""

from __future__ import annotations

import re

import torch
from torch import Tensor

from game import diagram, keys
from game.bitboard import ONE_A_BYTE
from game.cells import CellsState, empty_cells
from game.core import ChildrenByStep, Constant, Device, Symmetry
from game.errors import NotationError
from game.symmetry import rectangle_symmetries

LARGEST = 20
_LETTERS = "abcdefghijklmnopqrst"
_DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
_LOW_BITS_TO_TOP_BYTE = 0x0102040810204080  # bit 0 of byte i to bit i of the highest byte
_LONGEST_TABULATED = 9


class Gomoku(ChildrenByStep):
    rules_version = 1
    second_view = None
    hexagonal = False

    def __init__(self, columns: int = 15, rows: int = 15, length: int = 5) -> None:
        if max(columns, rows, length) > LARGEST:
            raise ValueError(f"{columns} columns, {rows} rows, {length} in a line")
        self.columns, self.rows, self.length = columns, rows, length
        usual = (columns, rows, length) == (15, 15, 5)
        self.name = "gomoku" if usual else f"gomoku:{columns}x{rows}x{length}"
        # What was learned of shapes on one board holds on all boards of which this is the same.
        self.alike = f"gomoku, {length} in a line"
        self.goal = f"{length} or more in a line win."
        self.num_actions = self.max_plies = columns * rows
        self.observation_shape = (2, rows, columns)
        self.move_pattern = f"[a-{_LETTERS[columns - 1]}](?:{'|'.join(str(row) for row in range(rows, 0, -1))})"
        self.symmetries = tuple(Symmetry(cells, cells) for cells in rectangle_symmetries(rows, columns))
        self._width = -(-(self.num_actions + 1) // 8) * 8  # at least one entry beyond the board, always 0
        self._words = max(1, -(-2 * (length - 1) // 8))  # to hold the cells beside a move in one direction
        self._beside = Constant(self._cells_beside())
        short = length <= _LONGEST_TABULATED
        self._wins = Constant(self._has_run(torch.arange(1 << 2 * (length - 1)))) if short else None

    def initial(self, batch: int, device: Device = "cpu") -> CellsState:
        ply = torch.zeros(batch, dtype=torch.int16, device=device)
        board = torch.zeros(batch, self._width, dtype=torch.uint8, device=device)
        return CellsState(ply=ply, done=ply != 0, reward=ply.to(torch.int8), board=board)

    def legal(self, state: CellsState) -> Tensor:
        return empty_cells(state, self.num_actions)

    def step(self, state: CellsState, action: Tensor) -> CellsState:
        done, second = state.done, state.ply & 1
        cell = torch.where(done, self.num_actions, action)
        stone = torch.where(done, 0, second + 1).to(torch.uint8)
        won = self._makes_line(state.board, action, second.long())
        ply = state.ply + ~done
        return CellsState(
            ply=ply,
            done=done | won | (ply == self.max_plies),
            reward=torch.where(done, state.reward, won.to(torch.int8)),
            board=state.board.scatter(1, cell[:, None], stone[:, None]),
        )

    def observe(self, state: CellsState, dtype: torch.dtype = torch.float32) -> Tensor:
        second = (state.ply & 1).long()[:, None]
        words = state.board.view(torch.int64)
        planes = torch.stack((words >> second, words >> 1 - second), 1) & ONE_A_BYTE
        cells = planes.view(torch.uint8)[..., : self.num_actions]
        return cells.view(-1, *self.observation_shape).to(dtype)

    def key(self, state: CellsState) -> Tensor:
        if self.num_actions > keys.MOST_CELLS:
            return keys.mixed(state.board.view(torch.int64))
        planes = self.observe(state, torch.uint8).flatten(2)
        return keys.ternary(planes[:, 0], planes[:, 1])

    def move_name(self, action: int, state: CellsState) -> str:
        row, column = divmod(action, self.columns)
        return f"{_LETTERS[column]}{self.rows - row}"

    def parse_move(self, text: str, state: CellsState) -> int:
        if not re.fullmatch(self.move_pattern, text):
            last = f"{_LETTERS[self.columns - 1]}{self.rows}"
            raise NotationError(f"{text!r} is not a move of {self.name}: give a cell, a1 (bottom left) to {last}")
        return (self.rows - int(text[1:])) * self.columns + _LETTERS.index(text[0])

    def squares(self, action: int, state: CellsState) -> tuple[tuple[int | None, int | None], ...]:
        return (divmod(action, self.columns),)

    def winning_cells(self, state: CellsState) -> Tensor:
        return self._lines(self.observe(state, torch.bool)[:, 1])

    def render(self, state: CellsState) -> str:
        names = [str(row) for row in range(self.rows, 0, -1)]
        return diagram.draw(state, self.observe(state, torch.uint8), names, _LETTERS[: self.columns])

    def parse_position(self, text: str) -> CellsState:
        drawn = diagram.read(text, self.rows, self.columns)
        ply = diagram.alternating(drawn)
        board = torch.zeros(1, self._width, dtype=torch.uint8)
        board[0, drawn.first] = 1
        board[0, drawn.second] = 2
        cells = board[:, : self.num_actions].view(1, self.rows, self.columns)
        has_line = [bool(self._lines(cells == 1 + seat).any()) for seat in (0, 1)]
        if has_line[ply % 2]:
            stone = diagram.STONES[ply % 2]
            raise NotationError(f"{stone} has a winning line and would still be to move: no game leads there")
        won = has_line[1 - ply % 2]
        state = CellsState(
            ply=torch.tensor([ply], dtype=torch.int16),
            done=torch.tensor([won or ply == self.max_plies]),
            reward=torch.tensor([won], dtype=torch.int8),
            board=board,
        )
        return diagram.agrees_on_end(drawn, state)

    def _cells_beside(self) -> Tensor:
        """`[cells, 4 * words * 8]` int64: what lies up to k - 1 steps before and after each cell, per direction."""
        steps = [step for step in range(1 - self.length, self.length) if step]
        steps += [LARGEST] * (8 * self._words - len(steps))  # off the board
        row = torch.arange(self.num_actions)[:, None, None] // self.columns
        column = torch.arange(self.num_actions)[:, None, None] % self.columns
        down, right = torch.tensor(_DIRECTIONS)[:, 0, None], torch.tensor(_DIRECTIONS)[:, 1, None]
        row, column = row + down * torch.tensor(steps), column + right * torch.tensor(steps)
        on_board = (row >= 0) & (row < self.rows) & (column >= 0) & (column < self.columns)
        return torch.where(on_board, row * self.columns + column, self.num_actions).flatten(1)

    def _makes_line(self, board: Tensor, action: Tensor, second: Tensor) -> Tensor:
        """`[B]` bool: a stone of this side put at `action` stands in a line of k."""
        beside = board.gather(1, self._beside.on(board.device).index_select(0, action)).view(torch.int64)
        own = beside >> second[:, None] & ONE_A_BYTE
        lines = own * _LOW_BITS_TO_TOP_BYTE >> 56 & 0xFF
        if self._words > 1:
            places = torch.arange(0, 8 * self._words, 8, device=board.device)
            lines = (lines.view(-1, 4, self._words) << places).sum(2)
        if self._wins is None:
            return self._has_run(lines).any(1)
        return self._wins.on(board.device).index_select(0, lines.flatten()).view(-1, 4).any(1)

    def _has_run(self, beside: Tensor) -> Tensor:
        """Whether k bits in a row are set: `beside` int64 holds k - 1 bits before and k - 1 bits after one that is."""
        before = self.length - 1
        line = beside & (1 << before) - 1 | 1 << before | beside >> before << before + 1
        run = 1
        while run < self.length:
            more = min(run, self.length - run)
            line = line & line >> more
            run += more
        return line != 0

    def _lines(self, stones: Tensor) -> Tensor:
        """`[B, rows, columns]` bool: the stones that stand in a line of k."""
        found = torch.zeros_like(stones)
        for down, right in _DIRECTIONS:
            height = self.rows - down * (self.length - 1)
            width = self.columns - abs(right) * (self.length - 1)
            if height <= 0 or width <= 0:
                continue
            left = max(-right, 0) * (self.length - 1)
            places = [
                (slice(down * i, down * i + height), slice(left + right * i, left + right * i + width))
                for i in range(self.length)
            ]
            whole = torch.stack([stones[:, rows, columns] for rows, columns in places]).all(0)
            for rows, columns in places:
                found[:, rows, columns] |= whole
        return found
