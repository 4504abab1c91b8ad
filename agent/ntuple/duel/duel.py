"""Greedy games between two Q-functions of n-tuples, played whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from agent.ntuple.threads import share

if TYPE_CHECKING:
    from agent.ntuple.q import NTupleQ

BLOCK = 1 << 14  # games that one thread plays before it takes others


class Played(NamedTuple):
    """moves: `[G, max_plies]` int16 by ply, -1 before the start and after the end. reward: `[G]` int8, r_T as the
    Q-function that was asked sees it."""

    moves: Tensor
    reward: Tensor


def duel(q: NTupleQ, other: NTupleQ, state: Any, second: Tensor, seeds: Tensor) -> Played:
    """`q` against `other` from G unfinished positions of Connect Four.

    second: `[G]` bool, `q` moves at odd plies. seeds: `[G]` int64, of `agent.play.draws`. A game depends on its row
    alone, whatever its block or the number of threads.
    """
    from agent.ntuple.duel import loops  # here, as numba is slow to import

    ply = state.ply.long()
    turn = (ply & 1) ^ second.long()
    # Blocks are of games from one ply in which the same side is to move.
    kind = 2 * ply + turn
    order = kind.argsort(stable=True)
    own, opp = (field[order].numpy().view(np.uint64) for field in (state.own, state.opp))
    moves = np.full((len(order), q.game.max_plies), -1, np.int16)
    reward = np.zeros(len(order), np.int8)
    seed = seeds[order].numpy()
    ends = torch.cat([kind.new_zeros(1), torch.unique_consecutive(kind[order], return_counts=True)[1].cumsum(0)])
    tables = q.following(), other.following()
    for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        begun, whose = int(ply[order[start]]), int(turn[order[start]])

        def work(low: int, high: int, start: int = start, begun: int = begun, whose: int = whose) -> None:
            part = slice(start + low, start + high)
            loops.play(own[part], opp[part], begun, whose, seed[part], *tables, moves[part], reward[part])

        threads = torch.get_num_threads()
        share(end - start, min(BLOCK, -(-(end - start) // threads)), threads, work)
    back = order.argsort()
    return Played(torch.from_numpy(moves)[back], torch.from_numpy(reward)[back])
