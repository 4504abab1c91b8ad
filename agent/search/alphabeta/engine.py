"""The engine: positions searched by compiled code in threads, which the one that asked watches."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait
from queue import SimpleQueue
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from agent.ntuple.incremental.seats import stones_of
from agent.play.cancel import check
from agent.search.alphabeta.memory import MOST_PLIES, Room, new_room
from agent.search.alphabeta.root import SOLVED_FOR_ONE, think
from agent.search.budget import Budget
from agent.search.found import Found
from game.core import AnyGame

_LOOK = 0.02  # seconds between looks whether the search was cancelled
_FEW = 8  # positions that a thread searches before it takes others
_FEWEST_ENTRIES, _MOST_ENTRIES = 1 << 8, 1 << 21  # positions remembered by a thread, of 16 bytes each
_MOST_TOGETHER = 8  # threads that search one position
_BUSY = 1 << 12  # positions that threads may be at, more than all their lines are long
_A_SECOND = 1 << 18  # nodes that there may be in a second
_NO_LIMIT = 1 << 62


class Followed(Protocol):
    """A Q-function that compiled loops can follow from move to move: n-tuples in a compiled game."""

    @property
    def game(self) -> AnyGame: ...

    def arguments(self) -> tuple[Any, ...]:
        """Rules, layout and table, as `agent.ntuple.incremental.seam` takes them."""
        ...


class AlphaBeta:
    """The engine for n-tuples that follow the moves of a compiled game.

    furthest: plies to look ahead at most, threats that have to be answered not counted.
    """

    name = "alpha-beta 2"
    anywhere = False

    def __init__(self, leaf: Followed, furthest: int = MOST_PLIES) -> None:
        self.leaf = leaf
        self.furthest = furthest
        self.game = leaf.game
        self._ready = False

    def search(self, state: Any, budget: Budget) -> list[Found]:
        """As `Engine.search`. All threads of torch share the positions; seconds alone let them search each together."""
        check()
        if not self._ready:  # compiling, or reading what was compiled, is no part of anybody's seconds
            self._ready = True
            self.search(self.game.initial(1), Budget(nodes=1))
        batch = _Batch(self, stones_of(self.game, state), state.ply.numpy(), budget)
        size = len(batch.ply)
        if budget.seconds is None:
            batch.run([slice(low, low + _FEW) for low in range(0, size, _FEW)], torch.get_num_threads())
        else:
            helpers = 0 if budget.nodes else min(torch.get_num_threads(), _MOST_TOGETHER) - 1
            for row in range(size):
                batch.run([slice(row, row + 1)], 1, time.monotonic() + budget.seconds, helpers)
        return [batch.found(row) for row in range(size)]


class _Batch:
    """Positions that are searched with one budget, and what was found."""

    def __init__(
        self, engine: AlphaBeta, stones: npt.NDArray[np.int8], ply: npt.NDArray[np.int16], budget: Budget
    ) -> None:
        self.engine = engine
        self.arguments = engine.leaf.arguments()
        self.stones = stones
        self.ply = ply
        self.budget = budget
        self.q = np.full((len(ply), engine.game.num_actions), -np.inf, np.float32)
        self.line = np.zeros((len(ply), MOST_PLIES), np.int16)
        self.told = np.zeros((len(ply), 4), np.int64)
        self._rooms: list[Room] = []

    def run(self, spans: list[slice], threads: int, end: float | None = None, helpers: int = 0) -> None:
        """Search all positions of `spans`, until the time `end`. Raises what ends it early, once all threads are.

        helpers: threads more that search the position, if it is one, beside the one whose result counts. All remember
        positions in one table, and so find what another has found; and each leaves to the end what another is at.
        """
        stop = np.zeros(1, np.uint8)
        free: SimpleQueue[Room] = SimpleQueue()
        self._rooms += [self._room() for _ in range(min(threads, len(spans)) - len(self._rooms))]
        busy = np.zeros(_BUSY if helpers else 1, np.int64)
        for room in self._rooms:
            free.put(room._replace(stop=stop, busy=busy))

        def work(rows: slice) -> None:
            room = free.get()
            try:
                think(
                    *self.arguments, room, self.stones[rows], self.ply[rows], self.budget.nodes or _NO_LIMIT,
                    self.engine.furthest, self._ends(), self.budget.seconds is not None, False,
                    self.q[rows], self.line[rows], self.told[rows],
                )  # fmt: skip
            finally:
                free.put(room)  # also after an error, or the others would wait for it for ever

        def help_with(rows: slice) -> int:
            room = self._room(_FEWEST_ENTRIES)._replace(table=self._rooms[0].table, stop=stop, busy=busy)
            q, line, told = (np.empty_like(each[rows]) for each in (self.q, self.line, self.told))
            think(
                *self.arguments, room, self.stones[rows], self.ply[rows], _NO_LIMIT, self.engine.furthest, 0, True,
                True, q, line, told,
            )  # fmt: skip
            return int(told[0, 1])

        pool = ThreadPoolExecutor(len(self._rooms) + helpers)
        try:
            working = [pool.submit(work, rows) for rows in spans]
            helping = [pool.submit(help_with, spans[0]) for _ in range(helpers)]
            left = set(working)
            while left:
                left = wait(left, _LOOK if end is None else min(_LOOK, max(0.0, end - time.monotonic()))).not_done
                check()
                if end is not None and time.monotonic() >= end:
                    stop[0] = 1
            for one in working:
                one.result()
            stop[0] = 1
            for helped in helping:
                self.told[spans[0], 1] += helped.result()
        finally:
            stop[0] = 1
            pool.shutdown(cancel_futures=True)

    def found(self, row: int) -> Found:
        depth, nodes, proven, length = self.told[row].tolist()
        return Found(torch.from_numpy(self.q[row]), depth, nodes, tuple(self.line[row, :length].tolist()), bool(proven))

    def _ends(self) -> int:
        """How many positions a solver of ends may look at: half of the budget, if that fails."""
        seconds = _NO_LIMIT if self.budget.seconds is None else self.budget.seconds * _A_SECOND
        return int(min(self.budget.nodes or _NO_LIMIT, seconds)) * SOLVED_FOR_ONE // 2

    def _room(self, entries: int | None = None) -> Room:
        rules = self.arguments[0]
        wanted = int(min(self.budget.nodes or _NO_LIMIT, (self.budget.seconds or 1e9) * _A_SECOND))
        entries = entries or min(max(1 << (2 * wanted).bit_length(), _FEWEST_ENTRIES), _MOST_ENTRIES)
        return new_room(rules.cells, rules.actions, rules.plies, entries, stop=np.zeros(1, np.uint8))
