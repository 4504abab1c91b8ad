"""Orderly stopping: what a signal means to a run."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_PATIENCE = 1.0  # seconds


@contextmanager
def stop_signal(told: bool = True) -> Iterator[Callable[[], bool]]:
    """Yields a function that tells whether a Ctrl-C or SIGTERM has asked to stop; a second one ends at once.

    told: whether to say so.
    """
    stopped: list[int] = []

    def stop(number: int, _: Any) -> None:
        if stopped:
            raise KeyboardInterrupt
        stopped.append(number)
        if told:
            print("\nstopping; press again to stop at once", file=sys.stderr)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(stopped)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Asked:
    """Whether a run was asked to stop, and for how long it has been."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self._should_stop = should_stop
        self._since: float | None = None

    def __call__(self) -> bool:
        if self._since is None and self._should_stop():
            self._since = time.monotonic()
        return self._since is not None

    def wish(self) -> bool:
        """Whether there is a wish to stop."""
        return self._should_stop()

    def at_once(self) -> bool:
        """Whether games under way should be abandoned."""
        return self()

    def for_long(self) -> bool:
        """Whether it was asked so long ago that the current work should be abandoned."""
        return self() and time.monotonic() - (self._since or 0.0) > _PATIENCE
