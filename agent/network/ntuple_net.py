"""An n-tuple layer: the contents of a few cells select a row of a table, and the rows of all n-tuples are summed."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

SQUARE = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
HEXAGON = ((-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0))  # of the rhombus, as in game/hex.py
_MOST_BYTES = 1 << 30
_EXACT_IN_FLOAT32 = 1 << 24


class NTuple(nn.Module):
    """`[N, C, H, W]` planes of 0 and 1, in any dtype of floats, to `[N, outputs]` sums of table rows.

    Each of `tuples` groups of `cells` cells reads a number off the board, one digit a cell: 0 empty, 1 mine, 2 theirs
    by the first two planes, and twice as many digits for each plane more. The number names one row of the group's share
    of `rows`. Only the rows read have a gradient, and that is a sparse tensor: learning costs the same however large
    the table. All rows and the bias start at 0.

    The groups are random walks from cell to neighbouring cell, drawn by `seed`; `cells` is capped to the board. On
    small boards some may be equal. They are in the state dict: a loaded network has its own groups, whatever the seed.

    With `members` > 1 as many independent tables read the same groups, in one lookup, and all shapes begin with a K:
    `[N, C, H, W]` planes, shared, or `[K, N, C, H, W]`, each its own, to `[K, N, outputs]`.

    rows:    `[K * tuples * base**cells, outputs]` float32, base = 3 * 2**(C - 2).
    bias:    `[outputs]`, or `[K, outputs]` with members.
    cells:   `[tuples, cells]` int64, row-major cells of the board.

    Raises ValueError where a number is less than 1, there are less than two planes, or the table exceeds 1 GiB.

    As in S. Lucas, "Learning to play Othello with n-tuple systems" (2008), and M. Thill, P. Koch, W. Konen,
    "Reinforcement learning with n-tuples on the game Connect-4" (2012).
    """

    cells: Tensor

    def __init__(
        self,
        shape: tuple[int, int, int],
        outputs: int,
        tuples: int,
        cells: int,
        seed: int,
        hexagonal: bool = False,
        members: int = 1,
    ) -> None:
        super().__init__()
        planes, height, width = shape
        if planes < 2 or min(height, width, outputs, tuples, cells, members) < 1:
            raise ValueError(
                f"{tuples} tuples of {cells} cells, {outputs} outputs, {members} members on planes {shape}: "
                "expected two planes or more, and all others at least 1"
            )
        cells = min(cells, height * width)
        self.members = members
        self.base = 3 << (planes - 2)
        self.member_rows = tuples * self.base**cells
        size = 4 * members * self.member_rows * outputs
        if size > _MOST_BYTES:
            raise ValueError(
                f"{tuples} tuples of {cells} cells need a table of {size / 2**30:,.1f} GiB "
                f"({members * self.member_rows:,} rows of {outputs} numbers), and 1 GiB is the most: "
                f"lower the cells, each of which makes it {self.base} times as large, or the tuples"
            )
        chance = random.Random(seed)
        walks = [walk(height, width, cells, HEXAGON if hexagonal else SQUARE, chance) for _ in range(tuples)]
        self.register_buffer("cells", torch.tensor(walks))
        self.rows = nn.Parameter(torch.zeros(members * self.member_rows, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs) if members == 1 else torch.zeros(members, outputs))

    def raw(self, planes: Tensor) -> Tensor:
        """`[N, outputs]`, or `[K, N, outputs]` with members: sums of rows, not squashed."""
        number = self.row_numbers(planes)
        sums: Tensor = _SumOfRows.apply(self.rows, number.flatten(0, -2))  # type: ignore[no-untyped-call] # torch's own apply
        return sums.view(*number.shape[:-1], self.rows.shape[1]) + self.bias.unsqueeze(-2)

    def raw_of(self, planes: Tensor, output: Tensor) -> Tensor:
        """`[N]`, or `[K, N]`: of each position only the output named by `output` `[N]` (or `[K, N]`) int64.

        As `raw` and a gather, but reading one number a row, and the gradient is of these numbers alone.
        """
        number = self.row_numbers(planes)
        output = output.expand(number.shape[:-1])
        sums: Tensor = _SumOfEntries.apply(  # type: ignore[no-untyped-call] # torch's own apply
            self.rows, number.flatten(0, -2), output.flatten()
        )
        return sums.view(output.shape) + self.bias.gather(-1, output)

    def row_numbers(self, planes: Tensor) -> Tensor:
        """`[N, tuples]` int64, or `[K, N, tuples]` with members: the row of the table that each tuple reads."""
        board = planes.flatten(-2)
        digits = board[..., 0, :].add(board[..., 1, :], alpha=2)
        for plane in range(2, board.shape[-2]):
            digits = digits.add(board[..., plane, :], alpha=3 << (plane - 2))
        count = len(self.cells)
        first = torch.arange(count, device=planes.device) * (self.member_rows // count)
        weights = self._weights(digits.shape[-1])
        number = torch.addmm(first.to(weights.dtype), digits.flatten(0, -2).to(weights.dtype), weights).long()
        number = number.view(*digits.shape[:-1], count)
        if self.members == 1:
            return number
        skipped: Tensor = torch.arange(self.members, device=planes.device) * self.member_rows
        return number + skipped[:, None, None]

    def _weights(self, board: int) -> Tensor:
        """`[H * W, tuples]`: the place value of each cell's digit in the number of each tuple.

        A matrix product is by far the fastest way to all numbers, and exact as long as floats count that far.
        """
        tuples, cells = self.cells.shape
        exact = self.member_rows <= _EXACT_IN_FLOAT32 and torch.get_float32_matmul_precision() == "highest"
        dtype = torch.float32 if exact else torch.float64
        powers: Tensor = (self.base ** torch.arange(cells, device=self.cells.device)).to(dtype)
        weights = torch.zeros(board, tuples, dtype=dtype, device=self.cells.device)
        return weights.scatter_(0, self.cells.t(), powers[:, None].expand(cells, tuples))


class _SumOfRows(torch.autograd.Function):
    """`embedding_bag` of M bags of T rows with a sparse gradient, which takes a third of the time of torch's own."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, number: Tensor) -> Tensor:
        ctx.save_for_backward(number)
        ctx.shape = table.shape
        sums: Tensor = functional.embedding_bag(number, table, mode="sum")
        return sums

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (number,) = ctx.saved_tensors
        # Column after column in memory: faster to repeat here, and faster to add up in RowOptimizer.
        columns = gradient.t().contiguous()[:, :, None].expand(-1, *number.shape).flatten(1)
        return _sparse(number.view(1, -1), columns.t(), ctx.shape), None


class _SumOfEntries(torch.autograd.Function):
    """The same for one column of each bag."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, number: Tensor, column: Tensor) -> Tensor:
        ctx.save_for_backward(number, column)
        ctx.shape = table.shape
        entry = number * table.shape[1] + column[:, None]
        sums: Tensor = functional.embedding_bag(entry, table.view(-1, 1), mode="sum")
        return sums.squeeze(1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        number, column = ctx.saved_tensors
        place = torch.stack((number, column[:, None].expand_as(number))).flatten(1)
        return _sparse(place, gradient[:, None].expand_as(number).flatten(), ctx.shape), None, None


def _sparse(place: Tensor, values: Tensor, shape: torch.Size) -> Tensor:
    return torch.sparse_coo_tensor(place, values, shape, check_invariants=False)


def walk(height: int, width: int, cells: int, steps: tuple[tuple[int, int], ...], chance: random.Random) -> list[int]:
    """`cells` different cells in the order in which a random walk first meets them."""
    row, column = chance.randrange(height), chance.randrange(width)
    met = {row * width + column: None}
    while len(met) < cells:
        down, right = chance.choice(steps)
        if 0 <= row + down < height and 0 <= column + right < width:
            row, column = row + down, column + right
            met[row * width + column] = None
    return list(met)
