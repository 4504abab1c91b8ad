"""Work beside the event loop that is waited for: loading torch, a game, a player."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Background(Generic[T]):
    """Runs `work` in a thread at once. Look at `done` in each turn of the event loop, then at `result` or `error`."""

    def __init__(self, work: Callable[[], T], name: str = "loading") -> None:
        self._work = work
        self._result: list[T] = []
        self.error: BaseException | None = None
        # Not a daemon: a thread inside torch while the interpreter shuts down would abort the whole process.
        self._thread = threading.Thread(target=self._run, name=name)
        self._thread.start()

    @property
    def done(self) -> bool:
        """The work is over, well or not."""
        return bool(self._result) or self.error is not None

    @property
    def result(self) -> T:
        """What the work has returned. Raises IndexError unless it is done without an error."""
        return self._result[0]

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most `timeout` seconds for the end of the work; whether it has ended."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # even SystemExit must reach the window, which would wait forever
            self.error = error
