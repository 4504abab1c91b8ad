"""Who does what when: hands rehearsals and runs to the workers, and keeps what they answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agent.run.train import RESUME
from arena.sweep.estimate import seconds_left
from arena.sweep.experiment import Job
from arena.sweep.running.pool import LOG, Message, Pool, Worker
from arena.sweep.running.state import Run, State

_LOOK_EVERY = 0.2  # seconds, for a wish to stop


class Watcher(Protocol):
    """Shows how far a sweep is."""

    def update(self, done: int, total: int, partly: float, rehearsals: int, left: float | None) -> None:
        """Runs that ended, of how many, the shares of those under way added up, rehearsals to do, seconds left."""
        ...

    def ended(self, name: str, run: Run) -> None: ...


@dataclass(slots=True)
class _Task:
    """What a worker is at: the rehearsal or the run of a job, and how far it is."""

    job: Job
    rehearsal: bool
    progress: float = 0.0


class Conductor:
    """Runs all jobs that have not ended. `names` gives each its name, and the order in which they are begun.

    `later` is how many more runs there will be once these have ended.
    """

    def __init__(self, names: Mapping[Job, str], later: int, state: State, pool: Pool, watcher: Watcher) -> None:
        self.names = names
        self.later = later
        self.state = state
        self.pool = pool
        self.watcher = watcher

    def conduct(self, should_stop: Callable[[], bool]) -> bool:
        """Until all have ended, or until asked to stop and all workers have saved; returns whether all have ended."""
        while todo := self._todo():
            if should_stop():
                self._stop()
                return False
            while (task := self._next(todo)) and (worker := self.pool.idle()):
                self._give(worker, task)
            self._hear()
        self._show()
        return True

    def _todo(self) -> list[Job]:
        return [job for job in self.names if not ((run := self.state.runs.get(job)) and run.ended)]

    def _next(self, todo: list[Job]) -> _Task | None:
        """Rehearsals first, then runs, in order.

        Workers with nothing to do join a rehearsal: it is to tell how fast a run is while the others work, not alone.
        """
        tasks = [worker.task for worker in self.pool.busy()]
        rehearsing = [task.job for task in tasks if task.rehearsal]
        running = [task.job for task in tasks if not task.rehearsal]
        for job in todo:
            if self._planned(job) is None and job.rehearsal not in rehearsing:
                return _Task(job.rehearsal, rehearsal=True)
        for job in todo:
            if self._planned(job) is not None and job not in running:
                return _Task(job, rehearsal=False)
        joined = next((job for job in rehearsing if job not in self.state.rehearsed), None)
        return _Task(joined, rehearsal=True) if joined else None

    def _planned(self, job: Job) -> int | None:
        """How many moves a run learns from; None as long as that is not known."""
        if job in self.state.runs:
            return self.state.runs[job].planned
        return job.config.moves if job.seconds is None else self.state.rehearsed.get(job.rehearsal)

    def _give(self, worker: Worker, task: _Task) -> None:
        worker.task = task
        config, order = task.job.config, {"do": "rehearse", "seconds": task.job.seconds}
        if not task.rehearsal:
            planned = self._planned(task.job)
            assert planned is not None
            config = dataclasses.replace(config, moves=planned)
            run = self.state.begin(task.job, self.names[task.job], planned)
            order = {"do": "train", "folder": str(self.state.folder / run.folder)}
        worker.send({**order, "config": dataclasses.asdict(config)})

    def _hear(self) -> None:
        """Wait a little for an answer and act on it."""
        heard = self.pool.next(_LOOK_EVERY)
        if heard and heard[0] in self.pool.workers:
            worker, message = heard
            if message is None:
                status = self.pool.dismiss(worker)
                message = {"failed": f"the worker process died (exit status {status}): see {self.state.folder / LOG}"}
            if isinstance(worker.task, _Task):
                self._act(worker, worker.task, message)
        self._show()

    def _act(self, worker: Worker, task: _Task, message: Message) -> None:
        if "progress" in message:
            task.progress = message["progress"]
            return
        if "ready" in message:
            return
        worker.task = None
        if task.rehearsal:
            self._rehearsed(task.job, message)
        elif "failed" in message:
            self.state.fail(task.job, message["failed"])
            self._tell(task.job)
        elif "done" in message:
            self.state.finish(task.job, message["done"]["record"], message["done"]["wall"])
            # Only an unfinished run needs it, and it is the largest file: the last generations of games.
            (self.state.folder / self.state.runs[task.job].folder / RESUME).unlink(missing_ok=True)
            self._tell(task.job)

    def _rehearsed(self, rehearsal: Job, message: Message) -> None:
        if rehearsal in self.state.rehearsed:
            return
        if "done" in message:
            self.state.rehearsed[rehearsal] = message["done"]["moves"]
            self.state.save()
            return
        for job in self._todo():
            if job.rehearsal == rehearsal:
                self.state.fail(job, f"in rehearsal: {message['failed']}")
                self._tell(job)

    def _stop(self) -> None:
        """Runs stop after their generation and are saved; a rehearsal leaves nothing to save."""
        for worker in self.pool.busy():
            if worker.task.rehearsal:
                self.pool.dismiss(worker)
            else:
                worker.send({"do": "stop"})
        while self.pool.busy():
            self._hear()

    def _tell(self, job: Job) -> None:
        self.watcher.ended(self.names[job], self.state.runs[job])

    def _show(self) -> None:
        todo = self._todo()
        tasks: list[Any] = [worker.task for worker in self.pool.busy()]
        under_way = {task.job: task.progress for task in tasks if not task.rehearsal}
        left = seconds_left(todo, self.state, self.pool.size, under_way)
        if left is not None and todo:
            left *= (len(todo) + self.later) / len(todo)
        self.watcher.update(
            len(self.names) - len(todo),
            len(self.names) + self.later,
            sum(under_way.values()),
            len({job.rehearsal for job in todo if self._planned(job) is None}),
            left,
        )
