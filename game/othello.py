"""Othello on 8 x 8 (default), 6 x 6 or 4 x 4: outflank stones in straight lines to turn them; most stones win.

Rules: World Othello Federation (https://www.worldothello.org/about/about-othello/othello-rules/official-rules/english).
Black (X) moves first. Who cannot turn a stone must pass, and a pass is a move here; the game ends when neither side
can turn one. Notation: column letter from the left, row number from the top, as in `f5d6c3`; `pass`. Action
columns * row + column, and columns * rows for the pass.

A board is 8 bits a column, lowest bit the top cell: bit 8 * column + row, of which smaller boards use the corner at a1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import torch
from torch import Tensor

from game import bitboard, diagram, keys
from game.core import ChildrenByStep, Constant, Device, State, Symmetry
from game.errors import NotationError
from game.symmetry import square_symmetries

SIZES = (4, 6, 8)


@dataclass(frozen=True, slots=True)
class OthelloState(State):
    """own, opp: `[B]` int64, the stones of the side to move and of the other.

    moves: `[B]` int64, where the side to move can put a stone; 0 where it must pass or the game is over.
    """

    own: Tensor
    opp: Tensor
    moves: Tensor


class Othello(ChildrenByStep):
    rules_version = 1
    second_view = None
    hexagonal = False
    goal = "When nobody can turn a stone any more, most stones win."

    def __init__(self, size: int = 8) -> None:
        if size not in SIZES:
            raise ValueError(f"size {size}")
        self.size = size
        self.name = "othello" if size == 8 else f"othello:{size}"
        self.num_actions = size * size + 1
        # Each pass is followed by a stone, and the first move is none.
        self.max_plies = 2 * (size * size - 4) - 1
        self.observation_shape = (2, size, size)
        self.move_pattern = f"[a-{'abcdefgh'[size - 1]}][1-{size}]|pass"
        low = (size // 2 - 1) * (size + 1)  # the cells of one colour on the main diagonal
        high = low + size + 1
        # Quarter turns are left out: they swap the colours of the first four stones, and lead to where no game goes.
        self.symmetries = tuple(
            Symmetry(cells, torch.cat((cells, torch.tensor([size * size]))))
            for cells in square_symmetries(size)
            if cells[low] in (low, high)
        )
        self._pass = size * size
        self._bits = tuple(8 * column + row for row in range(size) for column in range(size))
        inner = range(1, size - 1)
        rows = sum(1 << 8 * column + row for row in inner for column in range(size))
        columns = sum(1 << 8 * column + row for row in range(size) for column in inner)
        # Distances in bits along columns, rows and diagonals, and which stones can be outflanked that way: none at the
        # ends. That also keeps lines from running over an edge, and the sign bit from being copied by >>.
        self._axes = tuple(
            (distance, bitboard.signed(mask))
            for distance, mask in ((1, rows), (8, columns), (7, rows & columns), (9, rows & columns))
        )
        self._stone = Constant([*(bitboard.signed(1 << bit) for bit in self._bits), 0])
        self._rows = Constant(range(size))

    def initial(self, batch: int, device: Device = "cpu") -> OthelloState:
        low, high = self.size // 2 - 1, self.size // 2
        black = 1 << 8 * high + low | 1 << 8 * low + high
        ply = torch.zeros(batch, dtype=torch.int16, device=device)
        own = torch.full((batch,), black, dtype=torch.int64, device=device)
        return self._settled(ply, ply != 0, own, own ^ _middle(self.size))

    def legal(self, state: OthelloState) -> Tensor:
        passes = (state.moves == 0) & ~state.done
        return torch.cat((self._cells(state.moves).flatten(1).view(torch.bool), passes[:, None]), 1)

    def step(self, state: OthelloState, action: Tensor) -> OthelloState:
        stone = self._stone.on(action.device).index_select(0, action)
        turned = self._turned(state.own, state.opp, stone)
        own = torch.where(state.done, state.own, state.opp ^ turned)
        opp = torch.where(state.done, state.opp, state.own | stone | turned)
        return self._settled(state.ply + ~state.done, state.done, own, opp)

    def observe(self, state: OthelloState, dtype: torch.dtype = torch.float32) -> Tensor:
        return self._cells(torch.stack((state.own, state.opp), 1)).to(dtype)

    def key(self, state: OthelloState) -> Tensor:
        if self.size == 8:
            return keys.mixed(torch.stack((state.own, state.opp), 1))
        planes = self._cells(torch.stack((state.own, state.opp), 1)).flatten(2)
        # Colours are what tells the sides apart here, so own and opponent's stones are all there is to a position.
        return keys.ternary(planes[:, 0], planes[:, 1])

    def move_name(self, action: int, state: OthelloState) -> str:
        if action == self._pass:
            return "pass"
        row, column = divmod(action, self.size)
        return f"{'abcdefgh'[column]}{row + 1}"

    def parse_move(self, text: str, state: OthelloState) -> int:
        if not re.fullmatch(self.move_pattern, text):
            last = f"{'abcdefgh'[self.size - 1]}{self.size}"
            raise NotationError(f"{text!r} is not a move of {self.name}: give a cell, a1 (top left) to {last}, or pass")
        return self._pass if text == "pass" else (int(text[1]) - 1) * self.size + ord(text[0]) - ord("a")

    def squares(self, action: int, state: OthelloState) -> tuple[tuple[int | None, int | None], ...]:
        return () if action == self._pass else (divmod(action, self.size),)

    def winning_cells(self, state: OthelloState) -> Tensor:
        """None: stones are counted, no line wins."""
        return torch.zeros(len(state), self.size, self.size, dtype=torch.bool, device=state.own.device)

    def render(self, state: OthelloState) -> str:
        names = [str(row + 1) for row in range(self.size)]
        return diagram.draw(state, self.observe(state, torch.uint8), names, "abcdefgh"[: self.size], with_ply=True)

    def parse_position(self, text: str) -> OthelloState:
        """As `render` prints it. Without the ply it is taken to be the lowest that fits, without the side as well."""
        drawn = diagram.read(text, self.size, self.size)
        first, second = bitboard.stones(drawn, self._bits)
        if ~(first | second) & _middle(self.size):
            raise NotationError("a cell in the middle is empty, but the four hold stones from the start on")
        put = (first | second).bit_count() - 4
        side = put % 2 if drawn.to_move is None else drawn.to_move
        ply = put + (put + side) % 2 if drawn.ply is None else drawn.ply
        if not put <= ply <= max(2 * put - 1, 0):
            raise NotationError(f"no game has {put} stones put at ply {ply}: each pass is followed by a stone")
        if drawn.to_move not in (None, ply % 2):
            raise NotationError(f"at ply {ply} it is {diagram.STONES[ply % 2]} to move")
        own, opp = (second, first) if ply % 2 else (first, second)
        boards = torch.tensor([[bitboard.signed(own)], [bitboard.signed(opp)]])
        state = self._settled(torch.tensor([ply], dtype=torch.int16), torch.tensor([False]), boards[0], boards[1])
        return diagram.agrees_on_end(drawn, state)

    def _settled(self, ply: Tensor, done: Tensor, own: Tensor, opp: Tensor) -> OthelloState:
        """The state of these stones: who can move, whether the game is over, and who has won."""
        moves = self._mobility(own, opp)
        over = done | (moves | self._mobility(opp, own) == 0)
        lead = bit_count(opp) - bit_count(own)
        reward = torch.where(over, lead.sign(), 0).to(torch.int8)
        return OthelloState(ply=ply, done=over, reward=reward, own=own, opp=opp, moves=moves)

    def _mobility(self, own: Tensor, opp: Tensor) -> Tensor:
        """`[B]` int64: the empty cells where `own` turns at least one stone of `opp`."""
        found = torch.zeros_like(own)
        for distance, inner in self._axes:
            between = opp & inner
            for shift in (distance, -distance):
                found |= _shifted(self._run(own, between, shift), shift)
        return found & ~(own | opp)

    def _turned(self, own: Tensor, opp: Tensor, stone: Tensor) -> Tensor:
        """`[B]` int64: the stones of `opp` that `stone` of `own` outflanks."""
        found = torch.zeros_like(own)
        for distance, inner in self._axes:
            between = opp & inner
            for shift in (distance, -distance):
                run = self._run(stone, between, shift)
                found |= torch.where(_shifted(run, shift) & own != 0, run, 0)
        return found

    def _run(self, start: Tensor, between: Tensor, shift: int) -> Tensor:
        """The unbroken runs of `between` that begin beside `start`, up to size - 2 long, by doubling."""
        run = between & _shifted(start, shift)
        run |= between & _shifted(run, shift)
        if self.size > 4:
            pairs = between & _shifted(between, shift)
            for _ in range(self.size // 2 - 2):
                run |= pairs & _shifted(run, 2 * shift)
        return run

    def _cells(self, boards: Tensor) -> Tensor:
        """`[..., rows, columns]` uint8 of 0 and 1."""
        return bitboard.planes_by_bit(boards, self._rows.on(boards.device))[..., : self.size]


def bit_count(x: Tensor) -> Tensor:
    """The number of bits set in each int64 (H. Warren, "Hacker's Delight", section 5-1)."""
    x = x - (x >> 1 & 0x5555555555555555)
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333)
    x = x + (x >> 4) & 0x0F0F0F0F0F0F0F0F
    return x * bitboard.ONE_A_BYTE >> 56


def _shifted(x: Tensor, distance: int) -> Tensor:
    return x << distance if distance > 0 else x >> -distance


def _middle(size: int) -> int:
    low = 9 * (size // 2 - 1)
    return 0x0303 << low
