"""Positions of two-coloured stones as a pair of int64 bitboards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from game.core import State
from game.diagram import STONES, Diagram
from game.errors import NotationError

ONE_A_BYTE = 0x0101010101010101


@dataclass(frozen=True, slots=True)
class BitboardState(State):
    """B positions on a board of at most 64 cells.

    own: `[B]` int64, the stones of the side to move, one bit a cell.
    opp: `[B]` int64, the stones of the other side.
    """

    own: Tensor
    opp: Tensor


def empty(batch: int, device: torch.device | str) -> BitboardState:
    """`batch` empty boards, first player to move."""
    return BitboardState(
        ply=torch.zeros(batch, dtype=torch.int16, device=device),
        done=torch.zeros(batch, dtype=torch.bool, device=device),
        reward=torch.zeros(batch, dtype=torch.int8, device=device),
        own=torch.zeros(batch, dtype=torch.int64, device=device),
        opp=torch.zeros(batch, dtype=torch.int64, device=device),
    )


def moved(state: BitboardState, stones: Tensor, won: Tensor, full: int) -> BitboardState:
    """Turn the board after the mover's stones became `stones`; finished rows stay as they were.

    won: `[B]` bool, the mover now has a winning line. full: the ply at which the board is full.
    """
    done = state.done
    ply = state.ply + ~done
    return BitboardState(
        ply=ply,
        done=done | won | (ply == full),
        reward=torch.where(done, state.reward, won.to(torch.int8)),
        own=torch.where(done, state.own, state.opp),
        opp=torch.where(done, state.opp, stones),
    )


def stones(drawn: Diagram, bits: Sequence[int]) -> tuple[int, int]:
    """The first and the second player's stones as bitboards: `bits` gives the bit of each cell, from the top row on."""
    return sum(1 << bits[cell] for cell in drawn.first), sum(1 << bits[cell] for cell in drawn.second)


def signed(board: int) -> int:
    """The same 64 bits as an int64."""
    return board - (1 << 64) if board >> 63 else board


def place(first: int, second: int, full: int, has_line: Callable[[Tensor], Tensor]) -> BitboardState:
    """The position of these stones as a batch of one; NotationError where the side to move has a line already."""
    ply = (first | second).bit_count()
    last, mover = (second, first) if ply % 2 == 0 else (first, second)
    won, lost = has_line(torch.tensor([last, mover])).tolist()
    if lost:
        raise NotationError(f"{STONES[ply % 2]} has a winning line and would still be to move: no game leads there")
    return BitboardState(
        ply=torch.tensor([ply], dtype=torch.int16),
        done=torch.tensor([won or ply == full]),
        reward=torch.tensor([won], dtype=torch.int8),
        own=torch.tensor([mover]),
        opp=torch.tensor([last]),
    )


def planes_by_bit(boards: Tensor, bits: Tensor) -> Tensor:
    """`[..., n, 8]` uint8 of 0 and 1 from `boards` `[...]` int64: entry (i, j) is bit 8 * j + bits[i].

    bits: `[n]` int64 in [0, 8). A shift and a mask give eight cells at once, each in its own byte.
    """
    words = boards[..., None] >> bits & ONE_A_BYTE
    return words.view(torch.uint8).view(*words.shape, 8)
