"""Thinks in the background about every position of a game, first a little about each, then more and more.

What it finds out it keeps by position: going back and forth in a game costs nothing. It goes on while nobody looks.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from agent.play.cancel import Cancelled, cancelled_by
from agent.play.qfunction import QFunction
from agent.search.budget import Budget
from agent.search.engines import engine_for
from agent.search.exact_ply import ExactPlyQ
from agent.search.found import Engine, Found
from agent.search.search_q import SearchQ
from arena.failure import in_words
from arena.truth.oracle import Oracle
from arena.view.analysis.insight import Insight, insight
from game.core import AnyGame

BUDGETS = (1, 64, 512, 4096, 32_768, 262_144, 2_097_152)  # nodes of one look after the other
EVERYWHERE = 3  # looks that every position of the game gets; more are for the one that is shown
LONGEST = 2.0  # seconds of a look after which the position gets no larger one
_LOOK = 0.5  # seconds between looks whether the program ends
_SOLVED = 5  # looks at a position whose truth is known: they only tell how a player sees it

Key = tuple[int, int]


class _Task(NamedTuple):
    """What to do next: ask the oracle about a position, or look at it for the `looks`-th time."""

    key: Key
    state: Any
    looks: int
    oracle: bool


class Analyst:
    """Analyses the game it is told by `follow`, in a thread of its own that begins with the first.

    make_q:  called in that thread, so that nobody waits for what it loads. Its Q-function is used by nobody else.
    oracle:  knows the truth, if anybody does.
    budgets: nodes of the looks at one position. make_engine: what searches with it [the fastest that there is].

    Failures end the analysis, not the game: `trouble` says what happened, and `retry` begins again.
    """

    def __init__(
        self,
        game: AnyGame,
        make_q: Callable[[], QFunction],
        oracle: Oracle | None = None,
        budgets: Sequence[int] = BUDGETS,
        clock: Callable[[], float] = time.monotonic,
        make_engine: Callable[[QFunction], Engine] | None = None,
    ) -> None:
        self.game = game
        self._make_engine = make_engine or (lambda q: engine_for(leaf_of(q)))
        self._make_q = make_q
        self._oracle = oracle
        self._budgets = tuple(budgets)
        self._clock = clock
        self._engine: Engine | None = None
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._path: list[tuple[Key, Any]] = []
        self._keys: tuple[Key, ...] = ()
        self._shown = 0
        self._held = self._closed = False
        self._known: dict[Key, Insight] = {}
        self._full: set[Key] = set()  # positions that get no larger look
        self._no_oracle: set[Key] = set()
        self._task: _Task | None = None
        self._called_off = threading.Event()
        self._trouble: str | None = None
        self._revision = 0

    @property
    def revision(self) -> int:
        """Grows with everything that is found out."""
        return self._revision

    @property
    def trouble(self) -> str | None:
        """Why the analysis has ended, in a sentence; None while it goes on."""
        return self._trouble

    @property
    def thinking(self) -> bool:
        """It works, and not only waits."""
        return self._task is not None

    def follow(self, states: Sequence[Any], shown: int) -> None:
        """The positions of the game so far, and which of them is shown. Cheap: call it whenever either may differ."""
        with self._change:
            if len(states) != len(self._path) or any(
                one is not state for (_, one), state in zip(self._path, states, strict=False)
            ):
                known = {id(state): key for key, state in self._path}
                self._path = [(known.get(id(state)) or self._key(state), state) for state in states]
                self._keys = tuple(key for key, _ in self._path)
            elif shown == self._shown and self._thread is not None:
                return
            self._shown = min(max(shown, 0), len(self._path) - 1)
            self._interrupt()
            if self._thread is None and not self._closed:
                # Not a daemon: a thread inside torch while the interpreter shuts down would abort the whole process.
                self._thread = threading.Thread(target=self._run, name="analyst")
                self._thread.start()

    def of(self, place: int) -> Insight | None:
        """What is known of the position after so many moves of the game that it follows."""
        return self._known.get(self._keys[place]) if 0 <= place < len(self._keys) else None

    def hold(self, held: bool) -> None:
        """Leave the cores to somebody else, or go on."""
        with self._change:
            if held != self._held:
                self._held = held
                self._interrupt()

    def retry(self) -> None:
        """After trouble: begin again."""
        with self._change:
            self._trouble = self._engine = None
            self._revision += 1
            self._interrupt()

    def close(self, patience: float = 1.0) -> bool:
        """Stop; returns whether the thread has ended within `patience` seconds."""
        with self._change:
            self._closed = True
            self._interrupt()
        if self._thread is not None:
            self._thread.join(patience)
        if self._oracle is not None:
            self._oracle.close()
        return self._thread is None or not self._thread.is_alive()

    def wait(self, timeout: float) -> bool:
        """Wait until there is nothing left to do; False if there still is after `timeout` seconds. For tests."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            with self._change:
                if self._trouble is not None or (self._task is None and self._next() is None):
                    return True
            time.sleep(0.002)
        return False

    def _key(self, state: Any) -> Key:
        """Key and ply, as `Game.key` ignores who is to move."""
        return int(self.game.key(state)), int(state.ply)

    def _interrupt(self) -> None:
        """Something else may be more urgent now. Holds the lock."""
        if self._task is not None and (self._held or self._closed or self._task.key != self._shown_key()):
            self._called_off.set()
        self._change.notify_all()

    def _shown_key(self) -> Key | None:
        return self._keys[self._shown] if self._keys else None

    def _run(self) -> None:
        while True:
            with self._change:
                task = self._awaited()
                if task is None:
                    return
                self._task, self._called_off = task, threading.Event()
            try:
                with cancelled_by(lambda: self._called_off.is_set() or _program_ends()):
                    self._do(task)
            except Cancelled:
                pass
            except BaseException as error:  # even SystemExit: the window would wait for ever
                self._trouble = f"the analysis stopped: {_told(error)}"
            finally:
                with self._change:
                    self._task = None
                    self._revision += 1

    def _awaited(self) -> _Task | None:
        """What to do next, waited for; None once there will be nothing more. Holds the lock."""
        while not self._closed and not _program_ends():
            if self._trouble is None and (task := self._next()) is not None:
                return task
            self._change.wait(_LOOK)
        return None

    def _next(self) -> _Task | None:
        """The most urgent thing to do, if there is any. Holds the lock."""
        if self._held or not self._path:
            return None
        near = sorted(range(len(self._path)), key=lambda place: abs(place - self._shown))
        open_places = [self._path[place] for place in near if not bool(self._path[place][1].done)]
        mine = open_places[:1] if open_places and open_places[0][0] == self._shown_key() else []
        for places, looks in ((mine, 1), (open_places, 1), (mine, EVERYWHERE), (open_places, EVERYWHERE), (mine, None)):
            for key, state in places:
                if (task := self._task_of(key, state, looks)) is not None:
                    return task
        return None

    def _task_of(self, key: Key, state: Any, looks: int | None) -> _Task | None:
        """The next look at this position, up to `looks` of them; the oracle is asked after the first."""
        known = self._known.get(key)
        if known is None:
            return _Task(key, state, 1, False)
        if looks == 1:
            return None
        if self._oracle is not None and not known.truth and key not in self._no_oracle:
            return _Task(key, state, known.looks, True)
        most = min(looks or len(self._budgets), len(self._budgets), len(self._budgets) if not known.truth else _SOLVED)
        if known.looks < most and not known.proven and key not in self._full:
            return _Task(key, state, known.looks + 1, False)
        return None

    def _do(self, task: _Task) -> None:
        if task.oracle:
            assert self._oracle is not None
            try:
                truth = self._oracle.outcomes(task.state)
            except Exception:  # whatever it is: not asked again, and told
                self._no_oracle.add(task.key)
                raise
            self._known[task.key] = dataclasses.replace(self._known[task.key], truth=truth, truth_by=self._oracle.name)
            return
        if self._engine is None:
            self._engine = self._make_engine(self._make_q())
        began = self._clock()
        found = self._engine.search(task.state.to("cpu"), Budget(nodes=self._budgets[task.looks - 1]))[0]
        new, old = insight(self.game, task.state, found, task.looks), self._known.get(task.key)
        if old is not None:
            new = dataclasses.replace(new, truth=old.truth, truth_by=old.truth_by)
        self._known[task.key] = new
        if self._clock() - began > LONGEST or (old is not None and new.nodes == old.nodes):
            self._full.add(task.key)  # more would take too long, or there is nothing left to find


class AsItPlays:
    """An engine that shows a player as it is: with its own search and budget, or with none."""

    name = "as it plays"
    anywhere = True

    def __init__(self, q_function: QFunction) -> None:
        self._q = q_function

    def search(self, state: Any, budget: Budget) -> list[Found]:  # noqa: ARG002 - it has its own
        """As `Engine.search`."""
        if isinstance(self._q, SearchQ):
            return [self._q.look(state[row]) for row in range(len(state))]
        return [Found(q, 1, 1, (int(q.argmax()),), False) for q in self._q.q(state)]


def leaf_of(q_function: QFunction) -> QFunction:
    """What a search can build on: the Q-function below a search or exact ends."""
    if isinstance(q_function, SearchQ):
        return q_function.leaf
    return leaf_of(q_function.inner) if isinstance(q_function, ExactPlyQ) else q_function


def _told(error: BaseException) -> str:
    told = in_words(error)
    return told[0] if told is not None else (str(error) or type(error).__name__)


def _program_ends() -> bool:
    """The main thread is through, and waits for the others: for an analyst, too, whom nobody has closed."""
    return not threading.main_thread().is_alive()
