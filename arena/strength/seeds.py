"""The runs whose strength is measured: one per seed, trained as by `qzero train`, never twice."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, TextColumn

from agent.config import RENAMED, TrainConfig
from agent.machine import device_named
from agent.ranks.board import Board
from agent.run.live_bar import LiveBar
from agent.run.progress import described, how_far
from agent.store.files import MOST_SETTINGS, ReadError, read_regular, write_json
from arena.strength.speed import add_saving
from arena.training.conduct import Conductor, Task
from arena.training.hold import hold
from arena.training.pool import Message, Pool
from arena.training.remote import pool_of
from game.errors import QzeroError, StoppedError, UsageError

PLAN, OLD_PLAN, LOCK = "strength.json", "benchmark.json", "strength.lock"


class Seeds:
    """The runs `seed-N` of one folder, all with the same settings and length.

    minutes: how long each trains; None for as many moves as `config` says.
    """

    def __init__(self, folder: Path, config: TrainConfig, minutes: float | None) -> None:
        self.folder = folder
        self.config = config
        self.minutes = minutes

    def train(
        self,
        seeds: Sequence[int],
        parallel: int,
        should_stop: Callable[[], bool],
        report: Callable[[str], None],
        board: Board | None = None,
    ) -> dict[str, Path]:
        """Finish training these seeds, `parallel` at a time, resuming what was begun; returns their folders by label.

        `report` is told when a seed's training starts. board: where other ranks lend their workers. Raises
        StoppedError when asked to stop, once all are saved; UsageError if the folder holds runs of another plan;
        QzeroError for a run that failed.
        """
        device_named(self.config.device)
        with hold(self.folder, LOCK) as held, pool_of(parallel, self.folder, held, board) as pool:
            self._agree()
            with _Bar(len(seeds)) as bar:
                if not _SeedsConductor(self, seeds, pool, bar, report).conduct(should_stop):
                    raise StoppedError(
                        f"stopped: {bar.done} of {len(seeds)} seeds are trained; the same command continues"
                    )
        return {f"seed {seed}": self.run_folder(seed) for seed in seeds}

    def run_folder(self, seed: int) -> Path:
        return self.folder / f"seed-{seed}"

    def _agree(self) -> None:
        """Record the plan, or check that it is the one of the runs that are already here."""
        settings = {name: value for name, value in dataclasses.asdict(self.config).items() if name != "seed"}
        old = next((path for name in (PLAN, OLD_PLAN) if (path := self.folder / name).exists()), None)
        if old is None:
            write_json(self.folder / PLAN, {"minutes": self.minutes, "settings": settings})
            return
        try:
            found = json.loads(read_regular(old, MOST_SETTINGS))
            planned = TrainConfig.from_dict(found["settings"] | {"seed": self.config.seed})
            same = (found["minutes"], planned) == (self.minutes, self.config)
        except (ReadError, QzeroError, ValueError, KeyError, TypeError, RecursionError):
            same = False
        if not same:
            raise UsageError(f"{self.folder} holds runs with other settings or minutes: name another folder with --out")


class _SeedsConductor(Conductor[int]):
    """One run per seed, in order."""

    def __init__(self, runs: Seeds, seeds: Sequence[int], pool: Pool, bar: _Bar, report: Callable[[str], None]) -> None:
        super().__init__(pool)
        self.report = report
        self.runs = runs
        self.waiting = list(seeds)
        self.bar = bar

    def left(self) -> bool:
        return bool(self.waiting or self.pool.busy())

    def next(self) -> Task[int] | None:
        return Task(self.waiting[0]) if self.waiting else None

    def begin(self, task: Task[int]) -> Message:
        self.waiting.remove(task.job)
        self.report(f"seed {task.job}: training")
        config = dataclasses.replace(self.runs.config, seed=task.job)
        order = {"folder": str(self.runs.run_folder(task.job)), "minutes": self.runs.minutes}
        return {"do": "train", "config": dataclasses.asdict(config), **order}

    def ended(self, task: Task[int], answer: Message) -> None:
        if "failed" in answer:
            raise QzeroError(f"seed {task.job}: {answer['failed']}")
        add_saving(self.runs.run_folder(task.job), (answer.get("done") or answer["stopped"])["saving"])
        if "done" in answer:
            self.bar.done += 1

    def show(self) -> None:
        self.bar.show(self.under_way())


class _Bar(LiveBar):
    """How many seeds are trained, the progress of those in training, and their strength along the way."""

    def __init__(self, seeds: int, console: Console | None = None) -> None:
        columns = (BarColumn(), TextColumn("{task.fields[text]}"))
        super().__init__(*columns, total=seeds, console=console, text="starting")
        self.done = 0
        self._seeds = seeds
        self._told: dict[int, int] = {}

    def show(self, tasks: Sequence[Task[int]]) -> None:
        partly = sum(task.progress for task in tasks)
        told = [f"seed {task.job}: {how_far(task.line)}" for task in tasks if task.line]
        text = "; ".join([f"{self.done} of {self._seeds} seeds", *told])
        self.update(completed=self.done + partly, total=self._seeds, text=text)
        for task in tasks:
            if "strength" in task.line and self._told.get(task.job) != task.line["moves"]:
                self._told[task.job] = task.line["moves"]
                self.say(f"seed {task.job}\n{described(task.line)}")


def settings_of(pairs: tuple[str, ...]) -> dict[str, Any]:
    """`("learning_rate=0.5", "cut=false")` as settings of training. Raises UsageError."""
    kinds = typing.get_type_hints(TrainConfig)
    names = {item.name for item in dataclasses.fields(TrainConfig)} - {"game", "seed", "minutes"}
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.replace("-", "_")
        name = RENAMED.get(name, name)
        if not equals or name not in names:
            raise UsageError(f"--set {pair!r}: expected NAME=VALUE with a setting of 'qzero train --help'")
        kind = kinds[name]
        try:
            found[name] = {"true": True, "false": False}[text.lower()] if kind is bool else kind(text)
        except (ValueError, KeyError):
            raise UsageError(f"--set {pair!r}: {text!r} is not a value of {name}") from None
    return found
