"""Games to step through on a page: what each move changed on the board, of many games at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import torch
from torch import Tensor

from arena.match.records.read import Record
from game.core import AnyGame
from game.notation import split_moves

EMPTY = -1


class Replay(TypedDict):
    """One game as the page's script reads it; lists have an entry a ply unless said otherwise.

    start:    seat or -1 by cell, before the first move.
    changes:  [cell, seat or -1] for each cell that the move changed.
    landings: the cell of the stone that was put or moved; None where there is none.
    winning:  the cells of the stones that won.
    winner:   the seat that won, or None.
    begun:    how many moves were the opening.
    """

    title: str
    moves: list[str]
    start: list[int]
    changes: list[list[list[int]]]
    landings: list[int | None]
    winning: list[int]
    winner: int | None
    begun: int


def replays(game: AnyGame, records: Sequence[Record]) -> list[Replay]:
    """The games of these records, all played at once."""
    names = [split_moves(game, one.row.moves) for one in records]
    state = game.initial(len(records))
    boards = [_seats(game, state)]
    for t in range(max(map(len, names), default=0)):
        actions = [game.parse_move(moves[t], state[row]) if t < len(moves) else 0 for row, moves in enumerate(names)]
        going = torch.tensor([t < len(moves) for moves in names])
        state = type(state).where(going, game.step(state, torch.tensor(actions)), state)
        boards.append(_seats(game, state))
    every = torch.stack(boards, 1)
    won = game.winning_cells(state).flatten(1)
    return [
        _replay(game, one, moves, every[row], won[row])
        for row, (one, moves) in enumerate(zip(records, names, strict=True))
    ]


def _replay(game: AnyGame, one: Record, moves: list[str], boards: Tensor, won: Tensor) -> Replay:
    changes, landings = [], []
    for ply in range(len(moves)):
        cells = (boards[ply + 1] != boards[ply]).nonzero().flatten().tolist()
        after, before = boards[ply + 1].tolist(), boards[ply].tolist()
        put = sorted((cell for cell in cells if after[cell] == ply % 2), key=lambda cell: before[cell] != EMPTY)
        changes.append([[cell, after[cell]] for cell in cells])
        landings.append(put[0] if put else None)
    return Replay(
        title=f"{one.first} - {one.second} {one.score}, opening {one.row.opening + 1}"
        + (", forfeited" if one.forfeited else ""),
        moves=moves,
        start=boards[0].tolist(),
        changes=changes,
        landings=landings,
        winning=won.nonzero().flatten().tolist(),
        winner={1: 0, 0: None, -1: 1}[one.row.result],
        begun=len(split_moves(game, one.detail.begun)) if one.detail else 0,
    )


def _seats(game: AnyGame, state: Any) -> Tensor:
    """`[B, H * W]` int8: whose stone lies on each cell, however the board is turned; -1 for none."""
    seen = game.observe(state, torch.uint8)[:, :2].flatten(2).bool()
    second = (state.ply % 2 == 1)[:, None]
    if game.second_view is not None:
        seen = torch.where(second[:, None], seen[:, :, game.second_view.cells], seen)
    mover = second.to(torch.int8)
    mine = torch.where(seen[:, 0], mover, EMPTY)
    return torch.where(seen[:, 1], 1 - mover, mine).to(torch.int8)
