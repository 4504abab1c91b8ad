"""Hex on n x n, 3 to 19 (default 11): put stones on empty cells; who joins the own two edges wins. There are no draws.

Rules: https://www.hexwiki.net/index.php/Rules. The first player (X) joins top and bottom, the second left and right.
With the swap rule the second player may answer the first stone by `swap-pieces`: the stone becomes its own, mirrored at
the long diagonal, as if the players had changed seats. Notation: column letter from the left, row number from the top,
as in `a1`; action n * row + column, and n * n for the swap.

A board is one number a cell: 0 where it is empty, else the label of the group that its stone belongs to. That is the
lowest of its cells, counted from 3, or 1 and 2 for groups that touch the player's first and second edge; labels of the
second player have one bit more. A stone joins at most three groups, which then take the lowest of their labels, in a
few passes over the board; whoever joins 1 and 2 has won.
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

SMALLEST, LARGEST = 3, 19
_LETTERS = "abcdefghijklmnopqrs"
_RING = ((-1, 0), (-1, 1), (0, 1), (1, 0), (1, -1), (0, -1))  # neighbours, each beside the next
_LANES = 0x0001000100010001  # four numbers of 16 bits in one int64
_LARGEST_IN_BYTES = 11
_SWAP = "swap-pieces"


class Hex(ChildrenByStep):
    rules_version = 1
    hexagonal = True
    goal = "A chain of stones that joins your two edges wins."
    aims = ("joins top and bottom", "joins left and right")

    def __init__(self, size: int = 11, swap: str = "") -> None:
        if not SMALLEST <= size <= LARGEST:
            raise ValueError(f"a board of size {size}")
        self.size, self.swap = size, bool(swap)
        if swap:
            self.goal = f"{Hex.goal} The second player may take over the first stone, mirrored, by {_SWAP}."
        self._cells = size * size
        self.name = ("hex" if size == 11 and not swap else f"hex:{size}") + swap
        self.num_actions = self.max_plies = self._cells + self.swap
        self.observation_shape = (2, size, size)
        cell = f"[a-{_LETTERS[size - 1]}](?:{'|'.join(str(row) for row in range(size, 0, -1))})"
        self.move_pattern = f"{cell}|{_SWAP}" if swap else cell
        cells = torch.arange(self._cells).view(size, size)
        images = [cells.flatten(), cells.flip(0, 1).flatten(), cells.T.flatten()]
        actions = [torch.cat((image, torch.tensor([self._cells]))) if swap else image for image in images]
        same, turned, self.second_view = (Symmetry(*pair) for pair in zip(images, actions, strict=True))
        self.symmetries = (same, turned)
        self._dtype = torch.uint8 if size <= _LARGEST_IN_BYTES else torch.int16
        bytes_a_cell = self._dtype.itemsize
        self._second_bit = 7 if bytes_a_cell == 1 else 9
        self._all_cells = ONE_A_BYTE if bytes_a_cell == 1 else _LANES  # times a label: the label in every cell
        # After the cells come the four edges and one entry that is always 0, up to a whole number of int64.
        self._nowhere = self._cells + 4
        self._width = -(-(self._nowhere + 1) * bytes_a_cell // 8) * 8 // bytes_a_cell
        self._neighbours = Constant(self._neighbour_table())
        self._turned = Constant(torch.cat((cells.T.flatten(), torch.arange(self._cells, self._width))))

    def initial(self, batch: int, device: Device = "cpu") -> CellsState:
        ply = torch.zeros(batch, dtype=torch.int16, device=device)
        board = torch.zeros(batch, self._width, dtype=self._dtype, device=device)
        for edge in range(4):
            board[:, self._cells + edge] = 1 + edge % 2 + (edge // 2 << self._second_bit)
        return CellsState(ply=ply, done=ply != 0, reward=ply.to(torch.int8), board=board)

    def legal(self, state: CellsState) -> Tensor:
        empty = empty_cells(state, self._cells)
        if not self.swap:
            return empty
        return torch.cat((empty, ((state.ply == 1) & ~state.done)[:, None]), 1)

    def step(self, state: CellsState, action: Tensor) -> CellsState:
        done = state.done
        if self.swap:
            state, action = self._swapped(state, action)
        second = (state.ply & 1).long()
        board, won = self._put(state.board, torch.where(done, self._nowhere, action), second)
        return CellsState(
            ply=state.ply + ~done,
            done=done | won,
            reward=torch.where(done, state.reward, won.to(torch.int8)),
            board=board,
        )

    def observe(self, state: CellsState, dtype: torch.dtype = torch.float32) -> Tensor:
        board, second = state.board, (state.ply & 1).long()[:, None]
        turned = board.gather(1, self._turned.on(board.device).expand_as(board)).view(torch.int64)
        words = board.view(torch.int64)
        seen = words ^ (words ^ turned) & -second
        return self._planes(seen.view(board.dtype), second).view(-1, *self.observation_shape).to(dtype)

    def key(self, state: CellsState) -> Tensor:
        side = (state.ply & 1).long()
        if self._cells > keys.MOST_CELLS:
            return keys.mixed(torch.cat((state.board.view(torch.int64), side[:, None]), 1))
        planes = self._planes(state.board, side[:, None])
        return 2 * keys.ternary(planes[:, 0], planes[:, 1]) + side

    def move_name(self, action: int, state: CellsState) -> str:
        if action == self._cells:
            return _SWAP
        row, column = divmod(action, self.size)
        return f"{_LETTERS[column]}{row + 1}"

    def parse_move(self, text: str, state: CellsState) -> int:
        if not re.fullmatch(self.move_pattern, text):
            also = f", or {_SWAP}" if self.swap else ""
            last = f"{_LETTERS[self.size - 1]}{self.size}"
            raise NotationError(f"{text!r} is not a move of {self.name}: give a cell, a1 (top left) to {last}{also}")
        return self._cells if text == _SWAP else (int(text[1:]) - 1) * self.size + _LETTERS.index(text[0])

    def squares(self, action: int, state: CellsState) -> tuple[tuple[int | None, int | None], ...]:
        return () if action == self._cells else (divmod(action, self.size),)

    def winning_cells(self, state: CellsState) -> Tensor:
        planes = self._planes(state.board, (state.ply & 1).long()[:, None])
        stones = planes[:, 1].view(-1, self.size, self.size) * (state.reward == 1)[:, None, None]
        # Turned so that whoever moved last joins top and bottom.
        second = (state.ply & 1 == 0)[:, None, None]
        stones = torch.where(second, stones.transpose(1, 2), stones)
        chain = _reached(stones, 0) & _reached(stones, self.size - 1)
        return torch.where(second, chain.transpose(1, 2), chain) != 0

    def render(self, state: CellsState) -> str:
        planes = self._planes(state.board, (state.ply & 1).long()[:, None]).view(-1, *self.observation_shape)
        names = [str(row + 1) for row in range(self.size)]
        return diagram.draw(state, planes, names, _LETTERS[: self.size], slanted=True, with_ply=self.swap)

    def parse_position(self, text: str) -> CellsState:
        drawn = diagram.read(text, self.size, self.size)
        board, won = self.initial(1).board, [False, False]
        for seat, stones in enumerate((drawn.first, drawn.second)):
            for cell in stones:
                board, joined = self._put(board, torch.tensor([cell]), torch.tensor([seat]))
                won[seat] |= bool(joined)
        ply = self._ply(drawn, won.index(True) if any(won) else None)
        state = CellsState(
            ply=torch.tensor([ply], dtype=torch.int16),
            done=torch.tensor([any(won)]),
            reward=torch.tensor([int(any(won))], dtype=torch.int8),
            board=board,
        )
        return diagram.agrees_on_end(drawn, state)

    def _ply(self, drawn: diagram.Diagram, winner: int | None) -> int:
        """The ply that the stones and the words tell of; whoever has won has moved last. Raises NotationError."""
        first, second = len(drawn.first), len(drawn.second)
        plies = [first + second] if first - second in (0, 1) else []
        if self.swap and first + second and second - first in (0, 1):
            plies.append(first + second + 1)
        if winner is not None:
            plies = [ply for ply in plies if ply % 2 == 1 - winner]
        if drawn.to_move is not None:
            plies = [ply for ply in plies if ply % 2 == drawn.to_move]
        if drawn.ply is not None:
            plies = [ply for ply in plies if ply == drawn.ply]
        if not plies:
            raise NotationError(
                f"{first} X and {second} O do not fit the side to move or the ply: X moves first, and whoever has won "
                "has moved last"
            )
        return plies[0]

    def _put(self, board: Tensor, cell: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """The board with a stone of this side (`second` `[B]` 0 or 1) at `cell`, and whether its edges are joined."""
        bit = self._second_bit
        side = second << bit
        around = board.gather(1, self._neighbours.on(board.device).index_select(0, cell))
        # Eight labels of 16 bits in two words: six neighbours in a ring, and two zeros. Without the bit of the side to
        # move, its own labels are those above 0 that lack the other's bit.
        words = around.to(torch.int16).view(torch.int64) ^ (side * _LANES)[:, None]
        own = (words + ((1 << bit) - 1) * _LANES & ~words) >> bit & _LANES
        # Own neighbours beside each other are of one group: take the first of each run of them. No two of these are
        # beside each other, so each pair of neighbours holds at most one.
        own_low, own_high = own.unbind(1)
        before = torch.stack((own_low << 16, own_high << 16 | own_low >> 48 & 1), 1)
        labels = words & (own & ~before) * 0xFFFF
        low, high = (labels | labels >> 16).unbind(1)
        alone = (cell + 3).clamp(max=(1 << bit) - 1)
        joined = [low & 0xFFFF, low >> 32 & 0xFFFF, high & 0xFFFF]
        joined = [torch.where(label == 0, alone, label) for label in joined]
        a, b, c = joined
        label = torch.minimum(torch.minimum(a, b), torch.minimum(c, alone))
        won = (label == 1) & ((a == 2) | (b == 2) | (c == 2))
        label = label + side
        put = torch.where(cell == self._nowhere, 0, label).to(board.dtype)
        return self._relabelled(board, joined, side, label).scatter_(1, cell[:, None], put[:, None]), won

    def _relabelled(self, board: Tensor, groups: list[Tensor], side: Tensor, label: Tensor) -> Tensor:
        """The board where the cells of these groups of a side have another label; in place, for memory is its cost."""
        whole = board.view(torch.int64)
        apart = [whole ^ ((group + side) * self._all_cells)[:, None] for group in groups[:2]]
        found, other = (words.view(board.dtype) for words in apart)
        torch.minimum(found, other, out=found)
        torch.bitwise_xor(whole, ((groups[2] + side) * self._all_cells)[:, None], out=apart[1])
        torch.minimum(found, other, out=found).clamp_(max=1)  # 0 where a cell is of one of the groups
        everywhere = (label * self._all_cells)[:, None]
        torch.bitwise_xor(whole, everywhere, out=apart[1])
        other.mul_(found)
        return apart[1].bitwise_xor_(everywhere).view(board.dtype)

    def _swapped(self, state: CellsState, action: Tensor) -> tuple[CellsState, Tensor]:
        """Instead of the swap, the empty board and the move that puts the mirrored stone on it."""
        swaps = (action == self._cells) & ~state.done
        stone = state.board[:, : self._cells].to(torch.bool).to(torch.uint8).argmax(1)
        cleared = type(state)(state.ply, state.done, state.reward, self.initial(len(state), action.device).board)
        mirrored = self._turned.on(action.device).index_select(0, stone)
        return type(state).where(swaps, cleared, state), torch.where(swaps, mirrored, action)

    def _planes(self, board: Tensor, second: Tensor) -> Tensor:
        """`[B, 2, cells]` of 0 and 1: stones of the side to move (`second` `[B, 1]` 0 or 1), then of the other."""
        seconds = board.view(torch.int64) >> self._second_bit & self._all_cells
        both = board.to(torch.bool).to(self._dtype).view(torch.int64)
        planes = torch.stack((seconds ^ both * (1 - second), seconds ^ both * second), 1)
        return planes.view(self._dtype)[..., : self._cells]

    def _neighbour_table(self) -> Tensor:
        """`[cells + 5, 8]` int64: the six entries around each cell, edges included, then two that are always 0."""
        size, top = self.size, self._cells
        table = torch.full((self._nowhere + 1, 8), self._nowhere)
        for cell in range(self._cells):
            for place, (down, right) in enumerate(_RING):
                row, column = cell // size + down, cell % size + right
                if row in (-1, size):
                    table[cell, place] = top + (row == size)
                elif column in (-1, size):
                    table[cell, place] = top + 2 + (column == size)
                else:
                    table[cell, place] = row * size + column
        return table


def _reached(stones: Tensor, row: int) -> Tensor:
    """Those of `stones` `[B, n, n]` of 0 and 1 that hang together with one in this row. Waits for the device."""
    reached = torch.zeros_like(stones)
    reached[:, row] = stones[:, row]
    padded = torch.nn.functional.pad(reached, (1, 1, 1, 1))
    while True:
        size = stones.shape[1]
        around = torch.stack([padded[:, 1 + d : 1 + d + size, 1 + r : 1 + r + size] for d, r in ((0, 0), *_RING)])
        grown = around.amax(0) * stones
        if torch.equal(grown, padded[:, 1:-1, 1:-1]):
            return grown
        padded[:, 1:-1, 1:-1] = grown
