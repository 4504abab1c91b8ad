"""One pass of learning by temporal coherence, some games at a time; same bits at any number of threads.

As D. Beal and M. Smith, "Temporal coherence and prediction decay in TD learning" (1999). A table that all places of the
board share is read hundreds of times a position, so that a row takes the mean of the errors it met in a minibatch of
games, and no sum of them could blow it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agent.ntuple.incremental.seam import most_reads, read_game
from agent.ntuple.threads import Workers
from agent.play.cancel import check
from game.compiled.jit import inner, njit

SHARES = 8  # of the rows, each moved by one thread
_BITS = 4  # rows of one cache line are of one share


@inner
def _share(row):
    return (row >> _BITS) & (SHARES - 1)


@njit(cache=True, nogil=True)
def reads_a_move(layout):
    """The most rows that a move reads."""
    return most_reads(layout)


@njit(cache=True, nogil=True)
def _read_games(rules, layout, table, first, action, target, low, high, error, shared_row, shared_move, begins):
    """Read the games `low` to `high` of a minibatch: the errors of their moves, and their rows by share.

    first: `[G + 1]`, of the minibatch. Filled in: error `[N]`, as `action`; and for each game the rows by share, in the
    order met within each, with the moves that read them, and where each share begins.
    """
    most = 0
    for g in range(low, high):
        most = max(most, first[g + 1] - first[g])
    row, ends = np.empty(most * most_reads(layout), np.int32), np.empty(most, np.int64)
    place = np.empty(SHARES, np.int64)
    for g in range(low, high):
        start, stop = first[g], first[g + 1]
        count = read_game(rules, layout, table, action[start:stop], target[start:stop], row, error[start:stop], ends)
        place[:] = 0
        for k in range(count):
            place[_share(row[k])] += 1
        begin = 0
        for share in range(SHARES):
            begins[g, share] = begin
            begin += place[share]
            place[share] = begins[g, share]
        begins[g, SHARES] = begin
        k = 0
        for move in range(stop - start - 1):
            while k < ends[move]:
                share = _share(row[k])
                shared_row[g, place[share]], shared_move[g, place[share]] = row[k], move
                place[share] += 1
                k += 1


@njit(cache=True, nogil=True)
def _move_rows(low, high, first, shared_row, shared_move, begins, error, step, table, tc, met, visits):
    """Move the rows of the shares `low` to `high` by the errors that the games of a minibatch met there."""
    games, most = len(first) - 1, 0
    for share in range(low, high):
        reads = 0
        for g in range(games):
            reads += begins[g, share + 1] - begins[g, share]
        most = max(most, reads)
    listed = np.empty(most, np.int64)
    for share in range(low, high):
        found = 0
        for g in range(games):
            for k in range(begins[g, share], begins[g, share + 1]):
                row, e = shared_row[g, k], error[first[g] + shared_move[g, k]]
                listed[found] = row
                found += met[row, 2] == 0
                met[row, 0] += e
                met[row, 1] += abs(e)
                met[row, 2] += 1
        for i in range(found):
            row = listed[i]
            drift, travel = tc[row, 0], tc[row, 1]
            coherence = abs(drift) / travel if travel > 0 else np.float32(1)
            table[row] += step * coherence * met[row, 0] / met[row, 2]
            tc[row, 0] = drift + met[row, 0]
            tc[row, 1] = travel + met[row, 1]
            if visits is not None:
                visits[row] += 1
            met[row, 0] = 0
            met[row, 1] = 0
            met[row, 2] = 0


class Lessons(NamedTuple):
    """Games to learn from, in the order given.

    first: `[G + 1]` int64, where the moves of each game begin. action: `[N]` int16. target: `[N]` float32, seen by the
    mover.
    """

    rules: Any
    layout: Any
    first: npt.NDArray[np.int64]
    action: npt.NDArray[np.int16]
    target: npt.NDArray[np.float32]


class Minibatch(NamedTuple):
    """Some games: where their moves begin, the rows they read by share, how many, and by how many moves."""

    first: npt.NDArray[np.int64]
    rows: tuple[npt.NDArray[np.int32], npt.NDArray[np.int16], npt.NDArray[np.int64]]
    reads: int
    moves: int


def minibatches(
    lessons: Lessons, batch: int, table: Any, found: npt.NDArray[np.float32], workers: Workers
) -> Iterator[Minibatch]:
    """All games, `batch` at a time, read by the table as it then is; `found`: the errors of `seam.read_game`."""
    rules, layout, first, action, target = lessons
    most = reads_a_move(layout)
    width = int(np.diff(first).max(initial=0)) * most
    rows = (
        np.empty((batch, width), np.int32),
        np.empty((batch, width), np.int16),
        np.empty((batch, SHARES + 1), np.int64),
    )
    for low in range(0, len(first) - 1, batch):
        check()
        part = first[low : low + batch + 1]

        def read(low: int, high: int, part: Any = part) -> None:
            _read_games(rules, layout, table, part, action, target, low, high, found, *rows)

        workers.divide(len(part) - 1, int(part[-1] - part[0]) * most, read)
        if reads := int(rows[2][: len(part) - 1, SHARES].sum()):
            yield Minibatch(part, rows, reads, int(part[-1] - part[0]) - len(part) + 1)


def learn(
    lessons: Lessons,
    batch: int,
    step_size: float,
    table: npt.NDArray[np.float32],
    tc: npt.NDArray[np.float32],
    met: npt.NDArray[np.float32],
    workers: Workers,
    visits: npt.NDArray[np.int32] | None = None,
) -> npt.NDArray[np.float32]:
    """One pass over all games, `batch` at a time: the errors of all moves `[N]`, before they were learned from, 0 for
    the last of each game.

    A position whose rows all have coherence 1 moves by `step_size` of its error, were the sum not squashed. The
    coherence is |drift| / travel, the sum of all errors met there over the sum of their sizes.

    table: `[S]`. tc: `[S, 2]`, the two sums. met: `[S, 3]`, zeros, also after. visits: `[S]`, where minibatches that
    moved a row are counted; or None.
    """
    error = np.zeros(len(lessons.action), np.float32)
    for some in minibatches(lessons, batch, table, error, workers):
        step = np.float32(step_size * some.moves / some.reads)

        def move(low: int, high: int, some: Any = some, step: Any = step) -> None:
            _move_rows(low, high, some.first, *some.rows, error, step, table, tc, met, visits)

        workers.divide(SHARES, some.reads, move)
    return error
