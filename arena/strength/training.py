"""The runs of the scoreboard: one a seed, trained as `qzero train` does, in a folder that is never trained twice."""

from __future__ import annotations

import dataclasses
import json
import math
import time
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.config import TrainConfig
from agent.play.qfunction import QFunction
from agent.run import train
from agent.run.progress import Progress
from agent.run.rehearsal import fitted
from agent.run.stop_signal import stop_signal
from agent.run.strength import Strength
from agent.store.files import MOST_SETTINGS, CheckpointError, ReadError, read_regular, write_json
from arena.strength.judge import judge_of
from game.errors import QzeroError, UsageError

PLAN, SAVING = "benchmark.json", "saving.json"


@dataclass(frozen=True, slots=True)
class Speed:
    """What a run did with its time: seconds of each part, "saving" only where it was taken."""

    moves: int
    seconds: dict[str, float]

    @property
    def moves_per_second(self) -> float:
        """Moves learned a second of self-play, targets and learning."""
        return self.moves / max(sum(self.seconds.values()) - self.seconds.get("saving", 0.0), 1e-9)


class Runs:
    """The runs `seed-N` of one folder, all with the same settings and for the same time."""

    def __init__(self, folder: Path, config: TrainConfig, minutes: float | None) -> None:
        self.folder = folder
        self.config = config
        self.minutes = minutes

    def open(self) -> None:
        """Make the folder, or see that it was made for the same plan. Raises UsageError."""
        settings = {name: value for name, value in dataclasses.asdict(self.config).items() if name != "seed"}
        plan = {"minutes": self.minutes, "settings": settings}
        path = self.folder / PLAN
        if not path.exists():
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise QzeroError(f"cannot make the folder {self.folder}: {error.strerror}") from None
            write_json(path, plan)
            return
        try:
            found = json.loads(read_regular(path, MOST_SETTINGS))
        except (ReadError, ValueError, RecursionError):
            found = None
        if found != plan:
            raise UsageError(f"{self.folder} has runs of other settings or minutes: name another folder with --out")

    def run(self, seed: int) -> Path:
        """Train this seed to the end, from where it stopped; returns its folder. Exits with 130 if asked to stop."""
        folder = self.folder / f"seed-{seed}"
        training = self._training(folder, seed)
        if training.finished:
            return folder
        started, before = time.perf_counter(), training.seconds
        judge = training.judge
        timed = _Timed(judge) if judge is not None else None
        training.judge = timed
        with Progress(training) as progress, stop_signal() as should_stop:
            training.run(progress.report, should_stop)
        spent = time.perf_counter() - started - (training.seconds - before) - (timed.seconds if timed else 0.0)
        write_json(folder / SAVING, {"seconds": _saving(folder) + spent})
        if not training.finished:
            raise SystemExit(130)
        return folder

    def _training(self, folder: Path, seed: int) -> train.Training:
        if (folder / train.RESUME).exists():
            training = train.resume(folder)
            training.judge = judge_of(training.config)
            return training
        config = train.resolved(dataclasses.replace(self.config, seed=seed))
        if self.minutes is not None:
            config = fitted(config, self.minutes)
        return train.start(folder, config, judge_of(config))


def speed_of(folder: Path) -> Speed | None:
    """Where the time of a run went, from its metrics; None for what is no run folder."""
    path = folder / train.METRICS
    if not path.exists():
        return None
    seconds = dict.fromkeys(("self-play", "targets", "learning"), 0.0)
    moves, before = 0, 0.0
    try:
        for text in read_regular(path).splitlines():
            line = json.loads(text)
            moves = line["moves"]
            spent, before = line["seconds"] - before, line["seconds"]
            for part in seconds:
                seconds[part] += spent * line[f"share_{part.replace('-', '_')}"]
        if not all(map(math.isfinite, (moves, *seconds.values()))):
            raise ValueError
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise CheckpointError(f"{path} is damaged or of another version of qzero") from None
    if (folder / SAVING).exists():
        seconds["saving"] = _saving(folder)
    return Speed(moves, seconds) if moves else None


def _saving(folder: Path) -> float:
    """Seconds of saving and writing metrics so far."""
    path = folder / SAVING
    try:
        seconds = float(json.loads(read_regular(path, MOST_SETTINGS))["seconds"]) if path.exists() else 0.0
        if not math.isfinite(seconds):
            raise ValueError
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise CheckpointError(f"{path} is damaged: remove it, it only tells how long saving took") from None
    return seconds


class _Timed:
    """A judge that knows how long it took."""

    def __init__(self, judge: train.Judge) -> None:
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


def settings_of(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`("learning_rate=0.5", "cut=false")` as settings of training. Raises UsageError."""
    kinds = typing.get_type_hints(TrainConfig)
    names = {item.name for item in dataclasses.fields(TrainConfig)} - {"game", "seed", "minutes"}
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.replace("-", "_")
        if not equals or name not in names:
            raise UsageError(f"--set {pair!r}: expected NAME=VALUE with a setting of 'qzero train --help'")
        kind = kinds[name]
        try:
            found[name] = {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
        except (ValueError, KeyError):
            raise UsageError(f"--set {pair!r}: {text!r} is no value of {name}") from None
    return found
