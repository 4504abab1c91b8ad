"""The engine: positions searched by compiled code in threads, which the one that asked watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from queue import SimpleQueue
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

from agent.play.cancel import check
from agent.search.bestfirst.reuse import Memory, adopt
from agent.search.bestfirst.root import consider, dig, left_in, phases_of, tell, think
from agent.search.bestfirst.tree import MOST_PLIES, RULES, Rule, Scratch, Tree, new_scratch, new_tree
from agent.search.budget import Budget
from agent.search.ends.solve import SOLVED_FOR_ONE
from agent.search.found import Found
from game.compiled import stones_of
from game.core import AnyGame

_LOOK = 0.02  # seconds between looks whether the search was cancelled
_FEW = 8  # positions that a thread searches before it takes others
_MOST_TOGETHER = 8  # threads that search one position
_A_SECOND = 1 << 18  # nodes that there may be in a second
_FIRST_NODES = 256  # where seconds alone limit the search: halving begins anew with each doubling
_MOST_NODES, _MOST_MOVES = 1 << 21, 1 << 23  # of a tree, at 20 and 32 bytes each
_NO_LIMIT = 1 << 62


class Followed(Protocol):
    """A Q-function that compiled loops can follow from move to move: n-tuples in a compiled game."""

    @property
    def game(self) -> AnyGame: ...

    def arguments(self) -> tuple[Any, ...]:
        """Rules, layout and table, as `agent.ntuple.incremental.seam` takes them."""
        ...


class BestFirst:
    """The engine for n-tuples that follow the moves of a compiled game."""

    name = "best-first 3"
    anywhere = False

    def __init__(self, leaf: Followed, rule: Rule | None = None) -> None:
        self.leaf = leaf
        self.game = leaf.game
        self.rule = RULES.get(leaf.game.name.partition(":")[0], Rule()) if rule is None else rule
        self._memory = Memory()
        self._ready = False

    def search(self, state: Any, budget: Budget) -> list[Found]:
        """As `Engine.search`. All threads of torch share the positions; seconds alone let them search each together.

        A tree that was searched with seconds alone goes on growing for a position that is in it.
        """
        check()
        self._compile()
        rows = range(len(state))
        known = self._memory.recall(self.game, state) if len(rows) == 1 and budget.nodes is None else None
        batch = _Batch(self, stones_of(self.game, state), state.ply.numpy(), budget, known)
        if budget.seconds is None:
            batch.run([slice(low, low + _FEW) for low in rows[::_FEW]], torch.get_num_threads())
        else:
            for row in rows:
                end = time.monotonic() + budget.seconds
                batch.run([slice(row, row + 1)], 1, end)
                if budget.nodes is None:
                    batch.go_on(row, end, min(torch.get_num_threads(), _MOST_TOGETHER))
                    self._memory.keep(batch.trees[0][0], state[row])
        return [batch.found(row) for row in rows]

    def _compile(self) -> None:
        """Compiling, or reading what was compiled, is no part of anybody's seconds."""
        if not self._ready:
            self._ready = True
            state = self.game.initial(1)
            batch = _Batch(self, stones_of(self.game, state), state.ply.numpy(), Budget(nodes=2), None)
            batch.run([slice(0, 1)], 1)
            adopt(batch.trees[0][0], 0, batch.trees[0][0])


class _Batch:
    """Positions that are searched with one budget, and what was found.

    known: an older tree and the node of it that is the only position, if there is one.
    """

    def __init__(
        self,
        engine: BestFirst,
        stones: npt.NDArray[np.int8],
        ply: npt.NDArray[np.int16],
        budget: Budget,
        known: tuple[Tree, int] | None,
    ) -> None:
        self.engine = engine
        self.arguments = engine.leaf.arguments()
        self.stones = stones
        self.ply = ply
        self.budget = budget
        self.q = np.full((len(ply), engine.game.num_actions), -np.inf, np.float32)
        self.line = np.zeros((len(ply), MOST_PLIES), np.int16)
        self.told = np.zeros((len(ply), 4), np.int64)
        self.trees: list[tuple[Tree, Scratch]] = []
        self.known = known
        self._stop = np.zeros(1, np.uint8)

    def run(self, spans: list[slice], threads: int, end: float | None = None) -> None:
        """Search all positions of `spans`, until the time `end`. Raises what ends it early, once all threads are."""
        free: SimpleQueue[tuple[Tree, Scratch]] = SimpleQueue()
        self.trees += [self._planting() for _ in range(min(threads, len(spans)) - len(self.trees))]
        for tree in self.trees:
            free.put(tree)
        nodes = self.budget.nodes or _FIRST_NODES

        def work(rows: slice) -> None:
            tree, scratch = free.get()
            try:
                think(
                    self.arguments, tree, self.engine.rule, scratch, self.stones[rows], self.ply[rows], nodes,
                    self._ends(), self.q[rows], self.line[rows], self.told[rows],
                )  # fmt: skip
            finally:
                free.put((tree, scratch))  # also after an error, or the others would wait for it for ever

        with _Watch(len(self.trees), self._stop, end) as watch:
            watch.all([partial(work, rows) for rows in spans])

    def go_on(self, row: int, end: float, threads: int) -> None:
        """Let the tree of the last position grow until the time `end`, by all threads below different moves."""
        (tree, scratch), engine = self.trees[0], self.engine
        adopted = 0 if self.known is None else adopt(*self.known, tree)
        count = int(tree.node[0]["moves"])
        each = [new_scratch(engine.game.num_actions, self._stop) for _ in range(threads)]
        rooms = [tree._replace(used=used) for used in _shared(tree.used, threads)]
        for one in each:
            one.count[1] = _NO_LIMIT
        begun = nodes = int(scratch.count[0])
        with _Watch(threads, self._stop, end) as watch:
            while not watch.over and not any(one.count[2] for one in each):
                scratch.kept[:count] = True
                first, share = consider(tree, engine.rule, scratch, engine.rule.considered), nodes
                if not first or np.count_nonzero(tree.edge["high"][:count] > -1) == 1:  # no more to find, or to choose
                    break
                phases = phases_of(first)
                for phase in range(phases):
                    found = consider(tree, engine.rule, scratch, left_in(phase, first))
                    if not found or watch.over:
                        break
                    edges = np.flatnonzero(scratch.kept[:count])
                    below = 1 + share // (phases * found)
                    mine = [edges[k::threads].copy() for k in range(min(found, threads))]
                    tasks = zip(mine, rooms, each, strict=False)
                    watch.all([partial(self.dig, row, *task, nodes=below) for task in tasks])
                nodes = begun + sum(int(one.count[0]) for one in each)
        scratch.count[0] = adopted + begun + sum(int(one.count[0]) for one in each)
        for one in each:
            scratch.count[3:] += one.count[3:]
        tell(tree, engine.rule, scratch, self.q[row], self.line[row], self.told[row])

    def dig(self, row: int, edges: npt.NDArray[np.int64], tree: Tree, scratch: Scratch, nodes: int) -> None:
        """Let the tree grow by so many nodes below each of these moves of the root."""
        dig(self.arguments, tree, self.engine.rule, scratch, self.stones[row], int(self.ply[row]), edges, nodes)

    def found(self, row: int) -> Found:
        depth, nodes, proven, length = self.told[row].tolist()
        return Found(torch.from_numpy(self.q[row]), depth, nodes, tuple(self.line[row, :length].tolist()), bool(proven))

    def _ends(self) -> int:
        """How many positions a solver of ends may look at: half of the budget, if that fails."""
        seconds = _NO_LIMIT if self.budget.seconds is None else self.budget.seconds * _A_SECOND
        return int(min(self.budget.nodes or _NO_LIMIT, seconds)) * SOLVED_FOR_ONE // 2

    def _planting(self) -> tuple[Tree, Scratch]:
        actions = self.engine.game.num_actions
        nodes = min(self.budget.nodes or _MOST_NODES, _MOST_NODES)
        if self.budget.seconds is not None:
            nodes = min(nodes, max(_FIRST_NODES, int(self.budget.seconds * _A_SECOND)))
        if self.known is not None:
            nodes = min(nodes + int(self.known[0].node[self.known[1]]["visits"]), _MOST_NODES)
        return new_tree(nodes + 1, min((nodes + 2) * actions, _MOST_MOVES)), new_scratch(actions, self._stop)


class _Watch:
    """Threads at work, and one that looks on: `over` once the time has come, and everything stops after an error."""

    def __init__(self, threads: int, stop: npt.NDArray[np.uint8], end: float | None) -> None:
        self._pool = ThreadPoolExecutor(threads)
        self._stop = stop
        self._end = end
        stop[0] = 0

    @property
    def over(self) -> bool:
        return self._end is not None and time.monotonic() >= self._end

    def all(self, tasks: list[Callable[[], Any]]) -> None:
        """Wait until all are done. Raises what one raises, and Cancelled."""
        working = [self._pool.submit(task) for task in tasks]
        left: set[Future[Any]] = set(working)
        while left:
            left = wait(
                left, _LOOK if self._end is None else min(_LOOK, max(0.0, self._end - time.monotonic()))
            ).not_done
            check()
            if self.over:
                self._stop[0] = 1
        for one in working:
            one.result()

    def __enter__(self) -> _Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop[0] = 1
        self._pool.shutdown(cancel_futures=True)


def _shared(used: npt.NDArray[np.int64], threads: int) -> list[npt.NDArray[np.int64]]:
    """The free room of a tree in equal parts."""
    (node, edge, last_node, last_edge), found = used.tolist(), []
    for k in range(threads):
        parts = [(low + (high - low) * k // threads, low + (high - low) * (k + 1) // threads)
                 for low, high in ((node, last_node), (edge, last_edge))]  # fmt: skip
        found.append(np.array([parts[0][0], parts[1][0], parts[0][1], parts[1][1]], np.int64))
    return found
