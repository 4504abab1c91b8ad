"""Begin a run or take it up again, and drive it: what every command that trains has in common."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from agent.config import TrainConfig
from agent.play.qfunction import QFunction
from agent.run.progress import Progress
from agent.run.rehearsal import fitted
from agent.run.run_folder import RESUME
from agent.run.stop_signal import stop_signal
from agent.run.strength import Strength
from agent.run.train import WALL, Clock, Judge, Metrics, Training, resolved, resume, start

JudgeOf = Callable[[TrainConfig], Judge | None]


def opened(
    folder: Path, config: TrainConfig, judge_of: JudgeOf, minutes: float | None = None, clock: Clock = WALL
) -> Training:
    """The run in `folder` where it was last saved; where there is none, one of `config` is begun there.

    minutes: how long a new run is to learn, found out by a rehearsal; None: `config.moves` says.
    However early the process is killed, the next call finds a whole run or begins anew.
    Raises QzeroError for a folder that holds anything else.
    """
    if not (folder / RESUME).exists():
        config = resolved(config)
        start(folder, config if minutes is None else fitted(config, minutes, clock=clock), clock=clock)
    training = resume(folder, clock=clock)
    training.judge = judge_of(training.config)
    return training


def drive(training: Training, report: Callable[[Metrics], None], should_stop: Callable[[], bool]) -> float:
    """Have a run learn until it is finished or `should_stop`; it is saved either way.

    Returns the seconds that went into neither learning nor measuring strength: into saving and writing metrics.
    """
    if training.finished:
        return 0.0
    started, before = time.perf_counter(), training.seconds
    timed = _TimedJudge(training.judge) if training.judge is not None else None
    training.judge = timed
    training.run(report, should_stop)
    return time.perf_counter() - started - (training.seconds - before) - (timed.seconds if timed else 0.0)


def drive_in_terminal(training: Training) -> None:
    """The same with a bar on stderr. The first Ctrl-C or SIGTERM is a wish to stop; see `training.finished`."""
    with Progress(training) as progress, stop_signal() as should_stop:
        drive(training, progress.report, should_stop)


class _TimedJudge:
    """A judge that knows how long it took."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.seconds = 0.0

    def __call__(self, q: QFunction, final: bool) -> Strength:
        started = time.perf_counter()
        strength = self._judge(q, final)
        self.seconds += time.perf_counter() - started
        return strength

    def watch(self, q: QFunction) -> float:
        started = time.perf_counter()
        watched = self._judge.watch(q)
        self.seconds += time.perf_counter() - started
        return watched
