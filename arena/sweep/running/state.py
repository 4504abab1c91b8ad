"""What a sweep has done so far: one JSON file in its folder, rewritten atomically after every change.

A run is identified by its settings, not by its name: a renamed row keeps its runs, a row whose settings changed gets
new ones, and two rows with equal settings in a game share theirs.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from agent.config import TrainConfig
from agent.run.strength import Strength, read_strength, strength_json
from agent.store.files import ReadError, read_regular, write_json
from arena.sweep.experiment import Job
from arena.training.hold import hold
from game.errors import QzeroError

STATE, LOCK, FOLDER = "sweep.json", "sweep.lock", "runs"
BEGUN, FINISHED, FAILED = "begun", "finished", "failed"
_VERSION = 1


@dataclass(slots=True)
class Run:
    """One run of a sweep.

    folder:    inside the sweep's; empty if it failed in rehearsal already.
    planned:   moves it is to learn from; moves, games, strength: what came of it.
    seconds:   of self-play and learning; wall: by the clock, of the whole run, strength measured and all.
    """

    folder: str
    planned: int
    status: str = BEGUN
    message: str = ""
    moves: int = 0
    games: int = 0
    seconds: float = 0.0
    wall: float = 0.0
    strength: Strength = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        return self.status != BEGUN

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"strength": strength_json(self.strength)}


class State:
    """Which rehearsals and runs are done. Raises QzeroError for a file that is not a sweep's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rehearsed: dict[Job, int] = {}
        self.runs: dict[Job, Run] = {}
        self._foreign: list[dict[str, Any]] = []  # of settings that this version does not have: kept, and not used
        path = folder / STATE
        if path.exists():
            try:
                self._read(json.loads(read_regular(path)))
            except (ReadError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
                raise QzeroError(
                    f"{path} is damaged or from another version of qzero: restore it, or give another --folder"
                ) from None

    def hold(self, patience: float = 10.0) -> BinaryIO:
        """Lock the folder: see `arena.training.hold`."""
        return hold(self.folder, LOCK, patience)

    def begin(self, job: Job, name: str, planned: int) -> Run:
        """The run of this job, new or begun earlier."""
        run = self.runs.get(job)
        if run is None:
            taken = {kept.folder for kept in self.runs.values()}
            folder, number = f"{FOLDER}/{name}", 1
            while folder in taken or (self.folder / folder).exists():
                number += 1
                folder = f"{FOLDER}/{name}-{number}"
            run = self.runs[job] = Run(folder, planned)
        run.status, run.message = BEGUN, ""
        self.save()
        return run

    def fail(self, job: Job, message: str) -> None:
        run = self.runs.setdefault(job, Run("", 0))
        run.status, run.message = FAILED, message
        self.save()

    def finish(self, job: Job, record: dict[str, Any], wall: float) -> None:
        """Keep what the record of a finished run says."""
        run = self.runs[job]
        run.status, run.wall = FINISHED, round(wall, 3)
        run.moves, run.games = record["moves"], record["games"]
        run.seconds, run.strength = record["seconds"], read_strength(record["strength"])
        self.save()

    def retry(self, jobs: Iterable[Job]) -> None:
        """Mark the failed ones among these for a retry: from their last save, or from scratch if they never started."""
        for job in jobs:
            if (run := self.runs.get(job)) and run.status == FAILED:
                run.status, run.message = BEGUN, ""
                if not run.folder:
                    del self.runs[job]
        self.save()

    def save(self) -> None:
        write_json(
            self.folder / STATE,
            {
                "version": _VERSION,
                "rehearsals": [{**_written(job), "moves": moves} for job, moves in self.rehearsed.items()],
                "runs": [{**_written(job), "run": run.as_json()} for job, run in self.runs.items()],
                "foreign": self._foreign,
            },
        )

    def _read(self, data: dict[str, Any]) -> None:
        if data["version"] != _VERSION:
            raise ValueError(data["version"])
        self._foreign = data["foreign"]
        for entry in data["rehearsals"]:
            if job := _read_job(entry):
                self.rehearsed[job] = int(entry["moves"])
        for entry in data["runs"]:
            if job := _read_job(entry):
                self.runs[job] = Run(**{**entry["run"], "strength": read_strength(entry["run"]["strength"])})
            else:
                self._foreign.append(entry)


def _written(job: Job) -> dict[str, Any]:
    return {"config": dataclasses.asdict(job.config), "seconds": job.seconds}


def _read_job(entry: dict[str, Any]) -> Job | None:
    """A setting that is newer than the entry has its default; None for settings that are gone."""
    try:
        return Job(TrainConfig.from_dict(entry["config"]), entry["seconds"])
    except QzeroError:
        return None
