"""Pools of processes for slow work beside this one. They import only the module of what they do, and so no torch."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait

from agent.ranks.place import cores as cores


def process_pool(workers: int) -> ProcessPoolExecutor:
    """A pool whose processes leave Ctrl-C to this one, and end with it however it ends."""
    return ProcessPoolExecutor(workers, get_context("spawn"), initializer=_begin)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Of a parent that was killed a worker would never hear: it waits for work that does not come."""
    if (parent := parent_process()) is not None:
        wait([parent.sentinel])
        os._exit(1)
