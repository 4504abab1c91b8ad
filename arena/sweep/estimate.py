"""How long a sweep will take."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping

from arena.sweep.experiment import Job
from arena.sweep.running.state import FINISHED, State

REHEARSAL = 6.0  # seconds: agent.run.rehearsal.moves_in measures 4, after a first generation


def seconds_left(
    jobs: Iterable[Job], state: State, workers: int, under_way: Mapping[Job, float] | None = None
) -> float | None:
    """About how long `workers` take for these jobs and their rehearsals; `under_way` has shares already done.

    A run takes as long as those of its game took so far, else its seconds; None where neither is known.
    """
    jobs = list(jobs)
    took: dict[tuple[str, float | None], list[float]] = {}
    for job, run in state.runs.items():
        if run.status == FINISHED:
            took.setdefault((job.config.game, job.seconds), []).append(run.wall)
    total = 0.0
    for job in jobs:
        known = took.get((job.config.game, job.seconds))
        cost = statistics.fmean(known) if known else job.seconds
        if cost is None:
            return None
        total += cost * (1 - (under_way or {}).get(job, 0.0))
    rehearsals = {job.rehearsal for job in jobs if job.seconds is not None and job not in state.runs}
    total += REHEARSAL * len(rehearsals - state.rehearsed.keys())
    return total / min(workers, max(len(jobs), 1))


def in_words(seconds: float) -> str:
    """A duration to about the precision it is known to: "50 s", "12 min", "3 h 20 min"."""
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
