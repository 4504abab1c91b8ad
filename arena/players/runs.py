"""The runs in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.run import RUNS
from agent.store.files import MOST_SETTINGS, ReadError, read_regular


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
