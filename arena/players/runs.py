"""The runs in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.run import RUNS
from agent.run.gate import BEST
from agent.run.train import KEPT
from agent.store.files import MOST_SETTINGS, ReadError, read_regular
from game.errors import UsageError


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A run folder and the record that was last saved in it."""

    folder: Path
    record: dict[str, Any]


def runs_of(game: str, folder: Path | None = None) -> list[SavedRun]:
    """The runs of exactly this game in `folder` (default ./runs), the most recently saved first."""
    found = []
    for config in (RUNS if folder is None else folder).glob("*/config.json"):
        try:
            record = json.loads(read_regular(config, MOST_SETTINGS))
            # A run that has learned nothing yet is no opponent.
            if record["game"] == game and record["moves"] > 0:
                found.append((config.stat().st_mtime, config.parent, record))
        except (OSError, ReadError, ValueError, KeyError, TypeError, RecursionError):
            continue
    found.sort(key=lambda one: one[:2], reverse=True)
    return [SavedRun(folder, record) for _, folder, record in found]


def labels(paths: Sequence[Path]) -> list[str]:
    """Short names that tell runs apart: the folders' own, or with as many of those above as it takes.

    A file is known by the folder it is in.
    """
    places = [Path(os.path.realpath(path)) for path in paths]
    parts = [(place if place.is_dir() else place.parent).parts for place in places]
    if len(set(parts)) < len(parts):  # two files of one folder
        parts = [place.parts for place in places]
    depth = 1
    while depth < max(map(len, parts)) and len({part[-depth:] for part in parts}) < len(parts):
        depth += 1
    return ["/".join(part[-depth:]) for part in parts]


def kept_at(folder: Path, percent: float) -> Path:
    """What a run had learned after about so much of it: the nearest checkpoint that it kept, or the run itself.

    Raises UsageError for what is no run, for a run that kept none, and for a share that is none.
    """
    spec = f"{folder}@{percent:g}%"
    try:
        moves = int(json.loads(read_regular(folder / "config.json", MOST_SETTINGS))["moves"])
    except (OSError, ReadError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{spec}: {folder} is no run; expected the folder of one before the @") from None
    kept = {int(file.stem): file for file in (folder / KEPT).glob("*.safetensors") if file.stem.isdecimal()}
    if not kept:
        raise UsageError(f"{spec}: this run kept no checkpoints; train with --keep, such as --keep 10")
    if not 0 <= percent <= 100:
        raise UsageError(f"{spec}: expected a share of the run from 0% to 100%")
    kept[moves] = folder
    return kept[min(kept, key=lambda at: (abs(at - moves * percent / 100), at))]


def best_of(folder: Path) -> Path:
    """The best model that a run kept. Raises UsageError for what is no run, and for one that kept none."""
    if not (file := folder / BEST).exists():
        raise UsageError(f"{folder}@best: there is no {file}; train with --gate to keep the best model")
    return file
