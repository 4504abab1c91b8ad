"""Tic-tac-toe: 3 x 3, three in a line wins; a full board is a draw.

Notation: column letter a to c from the left, row number 1 to 3 from the bottom, so a1 is bottom left and c3 top right.
Action 3 * row + column with row 0 on top (a3 is action 0, b2 is 4, c1 is 8), which is also the bit of the cell.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from game import bitboard, diagram
from game.bitboard import BitboardState
from game.core import ChildrenByStep, Constant, Device, Symmetry
from game.errors import NotationError
from game.symmetry import square_symmetries

SIZE = 3
CELLS = SIZE * SIZE
_CELL = Constant([1 << cell for cell in range(CELLS)])
_LINES = (0o007, 0o070, 0o700, 0o111, 0o222, 0o444, 0o421, 0o124)  # one octal digit a row


class TicTacToe(ChildrenByStep):
    name = "tictactoe"
    rules_version = 1
    num_actions = CELLS
    max_plies = CELLS
    rows = columns = length = SIZE
    observation_shape = (2, SIZE, SIZE)
    move_pattern = "[a-c][1-3]"
    second_view = None
    hexagonal = False
    goal = "Three in a line win."

    def __init__(self) -> None:
        self.symmetries = tuple(Symmetry(cells, cells) for cells in square_symmetries(SIZE))

    def initial(self, batch: int, device: Device = "cpu") -> BitboardState:
        return bitboard.empty(batch, device)

    def legal(self, state: BitboardState) -> Tensor:
        # Cells lead in memory, so that every operation runs along the batch.
        taken = state.own | state.opp | -state.done.long()
        return (taken & _CELL.on(taken.device)[:, None]).logical_not().T

    def step(self, state: BitboardState, action: Tensor) -> BitboardState:
        stones = state.own | _CELL.on(action.device).index_select(0, action)
        won = _boards(action.device).won.index_select(0, stones)
        return bitboard.moved(state, stones, won, self.max_plies)

    def observe(self, state: BitboardState, dtype: torch.dtype = torch.float32) -> Tensor:
        boards = torch.stack((state.own, state.opp), 1).flatten()
        return _boards(boards.device).plane.index_select(0, boards).view(-1, *self.observation_shape).to(dtype)

    def key(self, state: BitboardState) -> Tensor:
        return state.own << CELLS | state.opp

    def move_name(self, action: int, state: BitboardState) -> str:
        return "abc"[action % SIZE] + "321"[action // SIZE]

    def parse_move(self, text: str, state: BitboardState) -> int:
        if len(text) != 2 or text[0] not in "abc" or text[1] not in "123":
            raise NotationError(
                f"{text!r} is not a tic-tac-toe move: give a column a to c and a row 1 to 3, such as b2"
            )
        return SIZE * "321".index(text[1]) + "abc".index(text[0])

    def squares(self, action: int, state: BitboardState) -> tuple[tuple[int | None, int | None], ...]:
        return (divmod(action, SIZE),)

    def winning_cells(self, state: BitboardState) -> Tensor:
        stones = torch.where(state.reward == 1, state.opp, 0)
        line = Constant(_LINES).on(stones.device)
        held = torch.where(stones[:, None] & line == line, line, 0)  # [B, 8]
        cell = torch.arange(CELLS, device=stones.device)
        return (held[:, :, None] >> cell & 1).any(1).view(-1, SIZE, SIZE)

    def render(self, state: BitboardState) -> str:
        return diagram.draw(state, self.observe(state, torch.uint8), "321", "abc")

    def parse_position(self, text: str) -> BitboardState:
        drawn = diagram.read(text, SIZE, SIZE)
        diagram.alternating(drawn)
        first, second = bitboard.stones(drawn, range(CELLS))
        state = bitboard.place(first, second, CELLS, lambda stones: _boards(stones.device).won[stones])
        return diagram.agrees_on_end(drawn, state)


class _Boards:
    """Facts about each of the 512 sets of cells: `won` [512] bool, `plane` [512, 9] uint8."""

    def __init__(self, device: torch.device) -> None:
        stones = torch.arange(1 << CELLS)
        line = torch.tensor(_LINES)
        self.won = (stones[:, None] & line == line).any(1).to(device)
        self.plane = (stones[:, None] >> torch.arange(CELLS) & 1).to(torch.uint8).to(device)


@functools.cache
def _boards(device: torch.device) -> _Boards:
    return _Boards(device)
