"""Scheduling: hands tasks to the workers of a pool and collects their answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from arena.training.pool import Message, Pool, Worker

J = TypeVar("J")
_LOOK_EVERY = 0.2  # seconds, for a wish to stop


@dataclass(slots=True)
class Task(Generic[J]):
    """A worker's current task: a job or its rehearsal, its progress in [0, 1] and its last line of metrics."""

    job: J
    rehearsal: bool = False
    progress: float = 0.0
    line: Message = field(default_factory=dict)


class Conductor(ABC, Generic[J]):
    """Runs jobs on the workers of a pool; subclasses define what a job is and the order."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @abstractmethod
    def left(self) -> bool:
        """Whether any job is waiting or running."""

    @abstractmethod
    def next(self) -> Task[J] | None:
        """The task for a free worker; None if there is none at the moment."""

    @abstractmethod
    def begin(self, task: Task[J]) -> Message:
        """The message that starts this task on a worker: see worker.py."""

    @abstractmethod
    def ended(self, task: Task[J], answer: Message) -> None:
        """Called when a task ends: `answer` has "done", "stopped" or "failed"."""

    @abstractmethod
    def show(self) -> None:
        """Show the progress."""

    def conduct(self, should_stop: Callable[[], bool]) -> bool:
        """Run until all jobs have ended, or until asked to stop and all runs are saved; returns whether all ended."""
        while self.left():
            if should_stop():
                self._stop()
                return False
            while (task := self.next()) and (worker := self.pool.idle()):
                worker.task = task
                worker.send(self.begin(task))
            self._hear()
        self.show()
        return True

    def under_way(self) -> list[Task[J]]:
        """The tasks that are running."""
        return [worker.task for worker in self.pool.busy()]

    def _hear(self) -> None:
        """Wait a little for an answer and act on it."""
        heard = self.pool.next(_LOOK_EVERY)
        if heard and heard[0] in self.pool.workers:
            worker, message = heard
            if message is None:
                status = self.pool.dismiss(worker)
                message = {"failed": f"the worker process died (exit status {status}): see {self.pool.log}"}
            if isinstance(worker.task, Task):
                self._act(worker, worker.task, message)
        self.show()

    def _act(self, worker: Worker, task: Task[J], message: Message) -> None:
        if "progress" in message:
            task.progress, task.line = message["progress"], message.get("line", {})
        elif "ready" not in message:
            worker.task = None
            self.ended(task, message)

    def _stop(self) -> None:
        """Runs stop after their generation and are saved; a rehearsal leaves nothing to save."""
        for worker in self.pool.busy():
            if worker.task.rehearsal:
                self.pool.dismiss(worker)
            else:
                worker.send({"do": "stop"})
        while self.pool.busy():
            self._hear()
