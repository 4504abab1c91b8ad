"""Thinking in the background: only the latest thought counts, earlier ones are cancelled."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from agent.play.cancel import cancelled_by


@dataclass(frozen=True, slots=True)
class Thought:
    """The result of thinking: an action, or the error that ended it."""

    action: int | None
    error: BaseException | None = None


class Thinker:
    """Runs `think() -> action` in a thread. Thoughts run one after the other: players need not be thread-safe.

    A thought that no longer counts is cancelled: `agent.play.cancel.check` ends it.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._finished: queue.SimpleQueue[tuple[threading.Event, Thought]] = queue.SimpleQueue()
        self._called_off = threading.Event()
        self._thread: threading.Thread | None = None
        self._busy = False

    @property
    def busy(self) -> bool:
        """A thought that still counts has been started and not yet been polled."""
        return self._busy

    def start(self, think: Callable[[], int]) -> None:
        """Begin a thought; an earlier one no longer counts."""
        self.drop()
        self._busy = True
        self._called_off = threading.Event()
        # Not a daemon: a thread inside torch while the interpreter shuts down would abort the whole process.
        self._thread = threading.Thread(target=self._run, args=(self._called_off, think), name="thinker")
        self._thread.start()

    def drop(self) -> None:
        """Cancel the current thought; it ends at the player's next `check`."""
        self._called_off.set()
        self._busy = False

    def poll(self) -> Thought | None:
        """The thought that counts, once, when it is finished. Never waits."""
        while not self._finished.empty():
            called_off, thought = self._finished.get()
            if called_off is self._called_off and self._busy:
                self._busy = False
                return thought
        return None

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most `timeout` seconds until the latest thread has ended, whether its thought counts or not."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _run(self, called_off: threading.Event, think: Callable[[], int]) -> None:
        with self._turn, cancelled_by(called_off.is_set):
            if called_off.is_set():
                return
            try:
                thought = Thought(think())
            except BaseException as error:  # even SystemExit must reach the window, which would wait forever
                thought = Thought(None, error)
            self._finished.put((called_off, thought))
