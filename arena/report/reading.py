"""Reads and checks run folders: the checkpoint, its record and the metrics lines."""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.play.qfunction import QFunction
from agent.run.train import METRICS
from agent.store.checkpoint import CONFIG, load
from agent.store.files import read_regular
from arena.players.runs import labels
from game.core import AnyGame
from game.errors import QzeroError, UsageError

_MOST_NUMBER = 1e100  # beyond it sums and squares are no numbers any more
_NEEDED = ("moves", "games", "seconds")  # in every metrics line: the axes of all curves


@dataclass(frozen=True, slots=True)
class Run:
    """One run: `record` is the checkpoint's, `lines` are the generations, at least one."""

    folder: Path
    label: str
    q_function: QFunction
    record: dict[str, Any]
    lines: list[dict[str, Any]]

    @property
    def game(self) -> AnyGame:
        return self.q_function.game

    @property
    def config(self) -> dict[str, Any]:
        found = self.record.get("config")
        return found if isinstance(found, dict) else {}

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]

    @property
    def planned_moves(self) -> int | None:
        """How many moves the run is planned to learn from, if recorded."""
        planned = self.config.get("moves")
        return planned if isinstance(planned, int) else None

    @property
    def seed(self) -> int:
        return int(number(self.record.get("seed")) or 0)

    @property
    def stopped_early(self) -> bool:
        """Early stopping ended it: `patience` measurements in a row were no better than the best."""
        patience = number(self.config.get("patience")) or 0
        best, waited = math.inf, 0
        for line in self.lines:
            if (error := number(line.get("watched"))) is not None:
                best, waited = (error, 0) if error < best else (best, waited + 1)
        return 0 < patience <= waited

    @property
    def finished(self) -> bool:
        """It learned from all planned moves, or early stopping ended it."""
        return self.stopped_early or (self.planned_moves is not None and self.last["moves"] >= self.planned_moves)


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """The runs in these folders, all of one game. Raises UsageError, or QzeroError for damaged files."""
    seen: dict[str, Path] = {}
    for folder in folders:
        if (place := os.path.realpath(folder)) in seen:
            raise UsageError(f"{folder} is named twice: name each run once")
        seen[place] = folder
    runs = [_read(folder, label) for folder, label in zip(folders, labels(folders), strict=True)]
    for run in runs[1:]:
        if run.game.name != runs[0].game.name:
            raise UsageError(
                f"{runs[0].folder} learned {runs[0].game.name}, {run.folder} learned {run.game.name}: "
                "a report compares runs of one game"
            )
    return runs


def number(value: Any) -> float | None:
    """`value` if it is a finite number of reasonable size, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MOST_NUMBER:
        return None
    return value


def _read(folder: Path, label: str) -> Run:
    if not folder.exists():
        found = "is a link that leads nowhere" if folder.is_symlink() else "does not exist"
        raise UsageError(f"{folder} {found}: expected a run folder made by qzero train")
    if not folder.is_dir():
        raise UsageError(f"{folder} is a file: a report needs the whole run folder, with its {METRICS}")
    if not (folder / CONFIG).exists():
        raise UsageError(f"{folder} is not a run folder, it holds no {CONFIG}: expected a folder made by qzero train")
    lines = _metrics(folder)
    checkpoint = load(folder)
    return Run(folder, label, checkpoint.q_function, checkpoint.record, lines)


def _metrics(folder: Path) -> list[dict[str, Any]]:
    path = folder / METRICS
    if not path.exists():
        raise UsageError(f"{folder} holds no {METRICS}, which tells what a run has learned: put it back, then report")
    data = read_regular(path)
    *complete, tail = data.split(b"\n")
    lines = [_line(path, count, text) for count, text in enumerate(complete, start=1) if text.strip()]
    if tail.strip():
        # A process that was killed, or is at work now, may leave half a line.
        with contextlib.suppress(QzeroError):
            lines.append(_line(path, len(complete) + 1, tail))
    if not lines:
        raise UsageError(f"{folder} has learned nothing yet, its {METRICS} is empty: report when it has")
    return lines


def _line(path: Path, count: int, text: bytes) -> dict[str, Any]:
    try:
        line = json.loads(text)
        if not isinstance(line, dict) or any(number(line.get(name)) is None for name in _NEEDED):
            raise ValueError
    except (ValueError, RecursionError):
        raise QzeroError(
            f"{path}, line {count}, is damaged: expected a JSON object with the numbers {', '.join(_NEEDED)}"
        ) from None
    return line
