"""Start or resume a run, and drive it: common to all commands that train."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.config import TrainConfig
from agent.play.qfunction import QFunction
from agent.run.gate import Verdict
from agent.run.progress import Progress
from agent.run.rehearsal import fitted
from agent.run.run_folder import RESUME
from agent.run.stop_signal import stop_signal
from agent.run.strength import Strength
from agent.run.train import WALL, Clock, Judge, Metrics, Training, resolved, resume, start

T = TypeVar("T")
JudgeOf = Callable[[TrainConfig], Judge | None]


def opened(
    folder: Path, config: TrainConfig, judge_of: JudgeOf, minutes: float | None = None, clock: Clock = WALL
) -> Training:
    """The run in `folder` as it was last saved, or a new run of `config` there.

    minutes: how long a new run learns, converted to moves by a rehearsal; None: `config.moves` moves.
    Whenever the process is killed, the next call finds a complete run or starts a new one.
    Raises QzeroError for a folder that holds anything else.
    """
    if not (folder / RESUME).exists():
        config = resolved(config)
        start(folder, config if minutes is None else fitted(config, minutes, clock=clock), clock=clock)
    training = resume(folder, clock=clock)
    training.judge = judge_of(training.config)
    return training


def drive(training: Training, report: Callable[[Metrics], None], should_stop: Callable[[], bool]) -> float:
    """Train a run until it is finished or `should_stop` says so; it is saved either way.

    Returns the seconds, by the run's own clock, spent on neither learning nor measuring strength: on saving and writing
    metrics.
    """
    if training.finished:
        return 0.0
    started, before = training.clock(), training.seconds
    timed = _TimedJudge(training.judge, training.clock) if training.judge is not None else None
    training.judge = timed
    training.run(report, should_stop)
    return training.clock() - started - (training.seconds - before) - (timed.seconds if timed else 0.0)


def drive_in_terminal(training: Training) -> None:
    """The same with a bar on stderr. The first Ctrl-C or SIGTERM asks it to stop; see `training.finished`."""
    with Progress(training) as progress, stop_signal() as should_stop:
        drive(training, progress.report, should_stop)


def drive_silently(training: Training) -> None:
    """The same for a rank that leaves all telling to the first."""
    with stop_signal(told=False) as should_stop:
        drive(training, lambda _: None, should_stop)


class _TimedJudge:
    """A judge that records how long it takes."""

    def __init__(self, judge: Judge, clock: Clock) -> None:
        self._judge = judge
        self._clock = clock
        self.seconds = 0.0

    def __call__(self, q: QFunction, final: bool) -> Strength:
        return self._timed(lambda: self._judge(q, final))

    def watch(self, q: QFunction) -> float:
        return self._timed(lambda: self._judge.watch(q))

    def stronger(self, q: QFunction, best: QFunction, number: int) -> Verdict:
        return self._timed(lambda: self._judge.stronger(q, best, number))

    def _timed(self, measure: Callable[[], T]) -> T:
        started = self._clock()
        found = measure()
        self.seconds += self._clock() - started
        return found
