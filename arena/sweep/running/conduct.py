"""The jobs of a sweep: rehearsals, runs, and what is recorded of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Protocol

from agent.run.train import RESUME
from arena.sweep.estimate import seconds_left
from arena.sweep.experiment import Job
from arena.sweep.running.state import Run, State
from arena.training.conduct import Conductor, Task
from arena.training.pool import Message, Pool


class Watcher(Protocol):
    """Shows how far a sweep is."""

    def runs(self, done: int, total: int, partly: float, rehearsals: int, left: float | None) -> None:
        """Runs that ended, of how many, the shares of those under way added up, rehearsals to do, seconds left."""
        ...

    def ended(self, name: str, run: Run) -> None: ...


class SweepConductor(Conductor[Job]):
    """Runs all jobs that have not ended. `names` gives each its name, and the order in which they are begun.

    `later` is how many more runs there will be once these have ended.
    """

    def __init__(self, names: Mapping[Job, str], later: int, state: State, pool: Pool, watcher: Watcher) -> None:
        super().__init__(pool)
        self.names = names
        self.later = later
        self.state = state
        self.watcher = watcher

    def left(self) -> bool:
        return bool(self._todo())

    def next(self) -> Task[Job] | None:
        """Rehearsals first, then runs, in order.

        Idle workers join in a rehearsal: it should measure the speed of a run while others work, not alone.
        """
        todo, tasks = self._todo(), self.under_way()
        rehearsing = [task.job for task in tasks if task.rehearsal]
        running = [task.job for task in tasks if not task.rehearsal]
        for job in todo:
            if self._planned(job) is None and job.rehearsal not in rehearsing:
                return Task(job.rehearsal, rehearsal=True)
        for job in todo:
            if self._planned(job) is not None and job not in running:
                return Task(job)
        joined = next((job for job in rehearsing if job not in self.state.rehearsed), None)
        return Task(joined, rehearsal=True) if joined else None

    def begin(self, task: Task[Job]) -> Message:
        if task.rehearsal:
            return {"do": "rehearse", "seconds": task.job.seconds, "config": dataclasses.asdict(task.job.config)}
        planned = self._planned(task.job)
        assert planned is not None
        run = self.state.begin(task.job, self.names[task.job], planned)
        config = dataclasses.replace(task.job.config, moves=planned)
        folder = str(self.state.folder / run.folder)
        return {"do": "train", "folder": folder, "config": dataclasses.asdict(config)}

    def ended(self, task: Task[Job], answer: Message) -> None:
        job = task.job
        if task.rehearsal:
            self._rehearsed(job, answer)
        elif "failed" in answer:
            self.state.fail(job, answer["failed"])
            self._tell(job)
        elif "done" in answer:
            self.state.finish(job, answer["done"]["record"], answer["done"]["wall"])
            # Only an unfinished run needs it, and it is the largest file: the last generations of games.
            (self.state.folder / self.state.runs[job].folder / RESUME).unlink(missing_ok=True)
            self._tell(job)

    def show(self) -> None:
        todo = self._todo()
        under_way = {task.job: task.progress for task in self.under_way() if not task.rehearsal}
        left = seconds_left(todo, self.state, self.pool.size, under_way)
        if left is not None and todo:
            left *= (len(todo) + self.later) / len(todo)
        self.watcher.runs(
            len(self.names) - len(todo),
            len(self.names) + self.later,
            sum(under_way.values()),
            len({job.rehearsal for job in todo if self._planned(job) is None}),
            left,
        )

    def _todo(self) -> list[Job]:
        return [job for job in self.names if not ((run := self.state.runs.get(job)) and run.ended)]

    def _planned(self, job: Job) -> int | None:
        """How many moves a run learns from; None as long as that is not known."""
        if job in self.state.runs:
            return self.state.runs[job].planned
        return job.config.moves if job.seconds is None else self.state.rehearsed.get(job.rehearsal)

    def _rehearsed(self, rehearsal: Job, answer: Message) -> None:
        if rehearsal in self.state.rehearsed:
            return
        if "done" in answer:
            self.state.rehearsed[rehearsal] = answer["done"]["moves"]
            self.state.save()
            return
        for job in self._todo():
            if job.rehearsal == rehearsal:
                self.state.fail(job, f"in rehearsal: {answer['failed']}")
                self._tell(job)

    def _tell(self, job: Job) -> None:
        self.watcher.ended(self.names[job], self.state.runs[job])
