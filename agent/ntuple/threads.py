"""Work shared by threads of Python: compiled loops release the interpreter, so that all cores are busy.

numba's own parallel loops would do as well, but take as long to compile as all else together, and may not be entered by
two threads at once, such as a window's and a judge's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType

from agent.play.cancel import check


class Workers:
    """`threads` threads, among them the one that asks, for as long as the `with` lasts.

    What is computed must not depend on which thread does it, nor on the order.
    """

    def __init__(self, threads: int) -> None:
        self.threads = threads
        self._others = ThreadPoolExecutor(threads - 1) if threads > 1 else None
        self._all_here = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._others is not None:
            self._others.shutdown(cancel_futures=True)

    def share(
        self, count: int, block: int, work: Callable[[int, int], None], between: Callable[[], None] | None = None
    ) -> None:
        """Call `work(low, high)` for 0 to `count`, `block` at a time, and `between` blocks that here."""
        starts = iter(range(0, count, block))  # the next is taken by one thread at a time, under the interpreter's lock

        def some(between: Callable[[], None] | None = None) -> None:
            for low in starts:
                if between is not None:
                    between()
                work(low, min(low + block, count))

        spans = -(-count // block)
        others = [self._others.submit(some) for _ in range(min(self.threads, spans) - 1)] if self._others else []
        try:
            some(between)
        finally:
            for _ in starts:  # none are left, unless there was an error
                pass
            for other in others:
                other.result()

    def together(self, work: Callable[[], object], call_off: Callable[[], None]) -> None:
        """Call `work` on all threads at the same time, so that they may wait for each other; `call_off` ends their
        waiting, should one of them fail."""
        if self._others is None:
            work()
            return
        if not self._all_here:  # a pool starts its threads as it finds that it has too few
            here = threading.Barrier(self.threads)
            self._at_once(self._others, here.wait, here.abort)
            self._all_here = True
        self._at_once(self._others, work, call_off)

    def _at_once(self, pool: ThreadPoolExecutor, work: Callable[[], object], call_off: Callable[[], None]) -> None:
        def guarded() -> None:
            try:
                work()
            except BaseException:
                call_off()
                raise

        others: list[Future[None]] = []
        try:
            for _ in range(self.threads - 1):
                others.append(pool.submit(guarded))
            work()
        except BaseException:
            call_off()
            wait(others)
            raise
        for other in others:
            other.result()


def share(count: int, block: int, threads: int, work: Callable[[int, int], None]) -> None:
    """`Workers.share` by as many threads as have work to do. Between blocks it can be cancelled."""
    with Workers(max(1, min(threads, -(-count // block)))) as workers:
        workers.share(count, block, work, check)
