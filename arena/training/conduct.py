"""Who does what when: hands tasks to the workers of a pool and keeps what they answer."""

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
    """What a worker is at: the rehearsal of a job or the job itself, how far it is, and its last line of metrics."""

    job: J
    rehearsal: bool = False
    progress: float = 0.0
    line: Message = field(default_factory=dict)


class Conductor(ABC, Generic[J]):
    """Has all jobs done by the workers of a pool; what a job is, and in which order they come, subclasses say."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    @abstractmethod
    def left(self) -> bool:
        """Whether there is anything to do or under way."""

    @abstractmethod
    def next(self) -> Task[J] | None:
        """What a free worker should do; None if nothing can be done now."""

    @abstractmethod
    def begin(self, task: Task[J]) -> Message:
        """The order for the worker that gets this task now: see worker.py."""

    @abstractmethod
    def ended(self, task: Task[J], answer: Message) -> None:
        """A task has come to its end: `answer` has "done", "stopped" or "failed"."""

    @abstractmethod
    def show(self) -> None:
        """Tell people how far it is."""

    def conduct(self, should_stop: Callable[[], bool]) -> bool:
        """Until nothing is left, or until asked to stop and all workers have saved; returns whether nothing is left."""
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
        """What the workers are at."""
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
