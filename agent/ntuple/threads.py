"""Work shared by threads of Python: compiled loops release the interpreter, so that all cores are busy.

numba's own parallel loops would do as well, but take as long to compile as all else together, and may not be entered by
two threads at once, such as a window's and a judge's.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from agent.play.cancel import check


def share(count: int, block: int, threads: int, work: Callable[[int, int], None]) -> None:
    """Call `work(low, high)` for 0 to `count`, `block` at a time, by `threads` threads.

    What is computed must not depend on which thread does it, nor on the order. Between blocks it can be cancelled.
    """
    spans = [(low, min(low + block, count)) for low in range(0, count, block)]
    if threads == 1 or len(spans) == 1:
        for low, high in spans:
            check()
            work(low, high)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        for done in [pool.submit(work, low, high) for low, high in spans]:
            check()
            done.result()
    finally:
        pool.shutdown(cancel_futures=True)
