"""Connect Four: 7 columns, 6 rows, four in a line wins; a full board is a draw.

Rules: Milton Bradley (1974), as in V. Allis, "A Knowledge-based Approach of Connect-Four" (1988).
Notation: P. Pons' digits (https://blog.gamesolver.org): a move is its column, 1 to 7 from the left; a move list is
the digits in order, `44455554221`. Action a is column a + 1.

A board is 8 bits a column, lowest bit the bottom cell: bit 8 * column + height. Two unused bits on top of each column
keep lines from running over, and a column is a byte, which makes `observe` a change of type.
"""

from __future__ import annotations

import torch
from torch import Tensor

from game import bitboard, diagram
from game.bitboard import BitboardState
from game.core import ChildrenByStep, Constant, Device, Symmetry
from game.errors import NotationError

WIDTH, HEIGHT = 7, 6
_BOTTOM = Constant([1 << 8 * column for column in range(WIDTH)])
_TOP = Constant([1 << 8 * column + HEIGHT - 1 for column in range(WIDTH)])
_LINES = (1, 8, 7, 9)  # distance in bits along a column, a row and the two diagonals
_BITS = tuple(8 * column + height for height in reversed(range(HEIGHT)) for column in range(WIDTH))
_HEIGHTS = Constant(range(HEIGHT)[::-1])


class Connect4(ChildrenByStep):
    name = "connect4"
    rules_version = 1
    num_actions = WIDTH
    max_plies = WIDTH * HEIGHT
    observation_shape = (2, HEIGHT, WIDTH)
    move_pattern = "[1-7]"
    second_view = None
    hexagonal = False
    goal = "Four in a line win."

    def __init__(self) -> None:
        cells = torch.arange(HEIGHT * WIDTH).view(HEIGHT, WIDTH)
        columns = torch.arange(WIDTH)
        self.symmetries = (Symmetry(cells.flatten(), columns), Symmetry(cells.flip(1).flatten(), columns.flip(0)))

    def initial(self, batch: int, device: Device = "cpu") -> BitboardState:
        return bitboard.empty(batch, device)

    def legal(self, state: BitboardState) -> Tensor:
        # Columns lead in memory, so that every operation runs along the batch.
        occupied = state.own | state.opp | -state.done.long()
        return (occupied & _TOP.on(occupied.device)[:, None]).logical_not().T

    def step(self, state: BitboardState, action: Tensor) -> BitboardState:
        occupied = state.own | state.opp
        # Adding the column's bottom bit carries into its lowest empty cell.
        occupied = occupied | (occupied + _BOTTOM.on(action.device).index_select(0, action))
        stones = occupied ^ state.opp
        return bitboard.moved(state, stones, _line_starts(stones) != 0, self.max_plies)

    def observe(self, state: BitboardState, dtype: torch.dtype = torch.float32) -> Tensor:
        boards = torch.stack((state.own, state.opp), 1)
        if not dtype.is_floating_point:
            return _planes(boards).to(dtype)
        # Whole bytes to float32, then seven of eight, then the rest: each by the fast way, twice as fast as in one go.
        wide = bitboard.planes_by_bit(boards, _HEIGHTS.on(boards.device)).to(torch.float32)
        return wide[..., :WIDTH].contiguous().to(dtype)

    def key(self, state: BitboardState) -> Tensor:
        # In a column of height h the sum lies in [2^h - 1, 2^(h+1) - 2], so it gives h and the stones (Pons' key).
        return (state.own | state.opp) + state.own

    def move_name(self, action: int, state: BitboardState) -> str:
        return str(action + 1)

    def parse_move(self, text: str, state: BitboardState) -> int:
        if len(text) != 1 or text not in "1234567":
            raise NotationError(f"{text!r} is not a Connect Four move: give a column, 1 to 7")
        return int(text) - 1

    def squares(self, action: int, state: BitboardState) -> tuple[tuple[int | None, int | None], ...]:
        return ((None, action),)

    def winning_cells(self, state: BitboardState) -> Tensor:
        stones = torch.where(state.reward == 1, state.opp, 0)
        cells = torch.zeros_like(stones)
        for distance in _LINES:
            starts = stones & stones >> distance & stones >> 2 * distance & stones >> 3 * distance
            cells |= starts | starts << distance | starts << 2 * distance | starts << 3 * distance
        return _planes(cells[:, None])[:, 0] != 0

    def render(self, state: BitboardState) -> str:
        return diagram.draw(state, self.observe(state, torch.uint8), " " * HEIGHT, "1234567")

    def parse_position(self, text: str) -> BitboardState:
        drawn = diagram.read(text, HEIGHT, WIDTH)
        diagram.alternating(drawn)
        first, second = bitboard.stones(drawn, _BITS)
        for column in range(WIDTH):
            height_bits = (first | second) >> 8 * column & 0xFF
            if height_bits & (height_bits + 1):
                raise NotationError(f"column {column + 1} has a stone above an empty cell")
        state = bitboard.place(first, second, self.max_plies, lambda stones: _line_starts(stones) != 0)
        return diagram.agrees_on_end(drawn, state)


def _line_starts(stones: Tensor) -> Tensor:
    """`[B]` int64, non-zero where `stones` holds four in a line."""
    starts = None
    for distance in _LINES:
        pairs = stones & stones >> distance
        fours = pairs & pairs >> 2 * distance
        starts = fours if starts is None else starts | fours
    assert starts is not None
    return starts


def _planes(boards: Tensor) -> Tensor:
    """`[B, N]` bitboards to `[B, N, 6, 7]` uint8 of 0 and 1, top row first."""
    return bitboard.planes_by_bit(boards, _HEIGHTS.on(boards.device))[..., :WIDTH]
