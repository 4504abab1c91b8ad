"""Worker processes and the pipes to them."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from agent.store.files import open_to_append
from game.errors import QzeroError

LOG = "workers.log"
Message = dict[str, Any]


class Worker:
    """One process and its current task. Its answers go into a queue that all workers share; None marks its end."""

    def __init__(
        self, log: BinaryIO, held: BinaryIO, messages: queue.SimpleQueue[tuple[Worker, Message | None]]
    ) -> None:
        self.task: Any = None
        self.ready = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "arena.training.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,  # Ctrl-C reaches only us, and we tell the workers
            pass_fds=() if sys.platform == "win32" else (held.fileno(),),  # so the folder is locked while one lives
        )
        self._messages = messages
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def send(self, message: Message) -> None:
        """Send a message; the end of a dead worker shows up in the queue."""
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def kill(self) -> int:
        """Kill the process unless it has ended; returns its exit status."""
        self._process.kill()
        status = self._process.wait()
        self._listener.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe
            with contextlib.suppress(OSError):  # what it never read
                pipe.close()
        return status

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._messages.put((self, json.loads(line)))
        self._messages.put((self, None))


class Pool:
    """Up to `size` workers, started on demand. A context manager: no worker outlives it.

    log: the workers' stderr, a file in `folder`. held: the lock of the folder, which they inherit.
    """

    def __init__(self, size: int, folder: Path, held: BinaryIO) -> None:
        self.size = size
        self.workers: list[Worker] = []
        self.log = folder / LOG
        self._held = held
        self._messages: queue.SimpleQueue[tuple[Worker, Message | None]] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        self._said = open_to_append(self.log)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.kill()
        self._said.close()

    def idle(self) -> Worker | None:
        """A worker without a task, started if there is room for one; None if all are busy."""
        for worker in self.workers:
            if worker.task is None:
                return worker
        if len(self.workers) >= self.size:
            return None
        self.workers.append(Worker(self._said, self._held, self._messages))
        return self.workers[-1]

    def busy(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.task is not None]

    def dismiss(self, worker: Worker) -> int:
        """Kill a worker; returns its exit status. Raises QzeroError for one that never started."""
        status = worker.kill()
        self.workers.remove(worker)
        if not worker.ready and status != -signal.SIGKILL:
            raise QzeroError(f"a worker process did not start (exit status {status}): see the end of {self.log}")
        return status

    def next(self, timeout: float) -> tuple[Worker, Message | None] | None:
        """The next answer and its worker; the answer is None if the process has ended. None after a timeout."""
        try:
            worker, message = self._messages.get(timeout=timeout)
        except queue.Empty:
            return None
        if message and "ready" in message:
            worker.ready = True
        return worker, message
