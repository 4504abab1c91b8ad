"""Positions of two-coloured stones as a pair of int64 bitboards, and their text form."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from game.core import State
from game.errors import NotationError

STONES = "XO"  # first and second player


@dataclass(frozen=True, slots=True)
class BitboardState(State):
    """B positions on a board of at most 63 cells.

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


def render(state: BitboardState, bits: tuple[tuple[int, ...], ...], row_names: str, footer: str) -> str:
    """Text of one position: `bits` gives the bit of each cell, row by row from the top; `row_names` one sign a row."""
    if len(state) != 1:
        raise ValueError(f"render draws one position, got {len(state)}: index the state first")
    first_to_move = int(state.ply) % 2 == 0
    own, opp = int(state.own), int(state.opp)
    first, second = (own, opp) if first_to_move else (opp, own)
    sign = {(1, 0): STONES[0], (0, 1): STONES[1], (0, 0): "."}
    lines = [
        f"{name} " + " ".join(sign[first >> bit & 1, second >> bit & 1] for bit in row)
        for name, row in zip(row_names, bits, strict=True)
    ]
    if not bool(state.done):
        status = f"{STONES[not first_to_move]} to move"
    else:
        status = f"{STONES[first_to_move]} has won" if int(state.reward) else "a draw"
    return "\n".join([*(line.rstrip() for line in lines), f"  {footer}", status])


def parse(text: str, bits: tuple[tuple[int, ...], ...]) -> tuple[int, int]:
    """The first and the second player's stones drawn in `text`, any text that holds the rows of `render`."""
    width = len(bits[0])
    rows = re.findall(rf"^[^\S\n]*(?:\d+[^\S\n]+)?((?:[XO.][^\S\n]*){{{width}}})$", text, flags=re.MULTILINE)
    if len(rows) != len(bits):
        raise NotationError(
            f"found {len(rows)} board rows of {width} cells, expected {len(bits)}: one line a row, X, O or . a cell"
        )
    first = second = 0
    for drawn, row in zip(rows, bits, strict=True):
        for sign, bit in zip(re.sub(r"\s", "", drawn), row, strict=True):
            first |= (sign == STONES[0]) << bit
            second |= (sign == STONES[1]) << bit
    if first.bit_count() - second.bit_count() not in (0, 1):
        raise NotationError(
            f"{first.bit_count()} X and {second.bit_count()} O: X moves first, so X has as many stones or one more"
        )
    return first, second


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
