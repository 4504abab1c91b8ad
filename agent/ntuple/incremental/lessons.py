"""One pass of learning by temporal coherence, some games at a time; same bits at any number of threads.

As D. Beal and M. Smith, "Temporal coherence and prediction decay in TD learning" (1999). A table that all places of the
board share is read hundreds of times a position, so that a row takes the mean of the errors it met in a minibatch of
games, and no sum of them could blow it up.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from agent.ntuple.incremental.rows import SHARES, share_of
from agent.ntuple.incremental.seam import most_reads, move_output, move_rows, read_game
from agent.ntuple.threads import Workers
from agent.play.cancel import check
from game.compiled.atomic import FIRST_TASKS, SECOND_TASKS, call_off, meet, new_counters, next_task
from game.compiled.jit import inner, njit

_GAMES = 64  # for each thread between two looks whether to go on


@njit(cache=True, nogil=True)
def reads_a_move(layout):
    """The most rows that a move reads."""
    return most_reads(layout)


@inner
def _read_some(
    counters, given, rules, layout, table, first, action, target, noted, found, row, ends,
    begins, shared_row, shared_move,
):  # fmt: skip
    """Read games of a minibatch until none are left: what their moves found, and the rows of each game, share by share,
    each with the move that read it.

    begins: `[G, SHARES + 1]`, where each share begins.
    """
    place = np.empty(SHARES, np.int64)
    while True:
        g = next_task(counters, FIRST_TASKS) - given
        if g >= len(first) - 1:
            break
        start, stop = first[g], first[g + 1]
        count = read_game(
            rules, layout, table, action[start:stop], target[start:stop], noted[start:stop], row, found[start:stop],
            ends,
        )  # fmt: skip
        begins[g] = 0
        for k in range(count):
            begins[g, share_of(row[k]) + 1] += 1
        for share in range(SHARES):
            place[share] = begins[g, share]
            begins[g, share + 1] += begins[g, share]
        k = 0
        for move in range(stop - start - 1):
            while k < ends[move]:
                share = share_of(row[k])
                shared_row[g, place[share]], shared_move[g, place[share]] = row[k], move
                place[share] += 1
                k += 1


@inner
def _move_some(
    counters, given, layout, first, begins, shared_row, shared_move, found, step_size, table, tc, met, visits
):  # fmt: skip
    """Move shares of the rows until none are left."""
    games, reads = len(first) - 1, 0
    for g in range(games):
        reads += begins[g, SHARES]
    moves = first[games] - first[0] - games
    step = np.float32(step_size * moves / max(reads, 1))
    while True:
        share = next_task(counters, SECOND_TASKS) - given
        if share > SHARES:
            break
        if share < SHARES:
            move_rows(layout, share, first, begins, shared_row, shared_move, found, step, table, tc, met, visits)
        elif reads:
            move_output(layout, found[first[0] : first[games]], moves, step_size, table)


@njit(cache=True, nogil=True)
def _learn(
    counters, threads, rules, layout, table, first, action, target, noted, batch, step_size, tc, met, visits, found,
    begins, shared_row, shared_move,
):  # fmt: skip
    """What one of `threads` threads does of a pass over G games, which all of them go through together.

    first: `[G + 1]`. found: as `read_game` fills it in. begins `[batch, SHARES + 1]`, shared_row `[batch, R]` int32 and
    shared_move `[batch, R]` int16, for R rows a game: of the games of a minibatch, filled in.
    """
    games, most = len(first) - 1, 0
    for g in range(games):
        most = max(most, first[g + 1] - first[g])
    row, ends = np.empty(most * most_reads(layout), np.int32), np.empty(most, np.int64)
    games_given, shares_given, meetings = 0, 0, 0
    for low in range(0, games, batch):
        part = first[low : min(low + batch, games) + 1]
        _read_some(
            counters, games_given, rules, layout, table, part, action, target, noted, found, row, ends,
            begins, shared_row, shared_move,
        )  # fmt: skip
        if not meet(counters, threads, meetings + 1):
            return
        _move_some(
            counters, shares_given, layout, part, begins, shared_row, shared_move, found, step_size, table,
            tc, met, visits,
        )  # fmt: skip
        if not meet(counters, threads, meetings + 2):
            return
        meetings += 2
        games_given += len(part) - 1 + threads  # each thread asks once too often
        shares_given += SHARES + 1 + threads


class Lessons(NamedTuple):
    """Games to learn from, in the order given.

    first: `[G + 1]` int64, where the moves of each game begin. action: `[N]` int16. target: `[N]` float32, seen by the
    mover. noted: `[N, R]` int32, what self-play told of the rows of each, R 0 where it told nothing.
    """

    rules: Any
    layout: Any
    first: npt.NDArray[np.int64]
    action: npt.NDArray[np.int16]
    target: npt.NDArray[np.float32]
    noted: npt.NDArray[np.int32]


def one_pass(
    lessons: Lessons,
    batch: int,
    step_size: float,
    table: Any,
    tc: npt.NDArray[np.float32],
    met: npt.NDArray[np.float32],
    found: npt.NDArray[np.float32],
    workers: Workers,
    visits: npt.NDArray[np.int32] | None,
) -> None:
    """As `learn`, for any layout; `found`: zeros, `[N]` first, to be filled in as `seam.read_game` does."""
    rules, layout, first, action, target, noted = lessons
    games, threads = len(first) - 1, workers.threads
    width = int(np.diff(first).max(initial=0)) * reads_a_move(layout)
    begins = np.empty((batch, SHARES + 1), np.int64)
    shared_row, shared_move = np.empty((batch, width), np.int32), np.empty((batch, width), np.int16)
    some = max(1, _GAMES * threads // batch) * batch
    for low in range(0, games, some):
        check()
        counters, part = new_counters(), first[low : low + some + 1]

        def work(counters: Any = counters, part: Any = part) -> None:
            _learn(
                counters, threads, rules, layout, table, part, action, target, noted, batch, step_size,
                tc, met, visits, found, begins, shared_row, shared_move,
            )  # fmt: skip

        workers.together(work, partial(call_off, counters))


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
    one_pass(lessons, batch, step_size, table, tc, met, error, workers, visits)
    return error
