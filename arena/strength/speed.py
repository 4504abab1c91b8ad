"""Where the time of a run went, from its metrics."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

from agent.run.train import METRICS
from agent.store.files import MOST_SETTINGS, CheckpointError, read_regular, write_json

SAVING = "saving.json"


@dataclass(frozen=True, slots=True)
class Speed:
    """How a run spent its time: seconds by part; "saving" only if it was measured."""

    moves: int
    seconds: dict[str, float]

    @property
    def moves_per_second(self) -> float:
        """Moves learned a second of self-play, targets and learning."""
        return self.moves / max(sum(self.seconds.values()) - self.seconds.get("saving", 0.0), 1e-9)


def speed_of(folder: Path) -> Speed | None:
    """The speed of the run in `folder`; None if it is not a run folder. Raises CheckpointError."""
    path = folder / METRICS
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


def add_saving(folder: Path, seconds: float) -> None:
    """Add to the seconds spent on saving and writing metrics. Raises CheckpointError."""
    if seconds > 0:
        write_json(folder / SAVING, {"seconds": _saving(folder) + seconds})


def _saving(folder: Path) -> float:
    path = folder / SAVING
    try:
        seconds = float(json.loads(read_regular(path, MOST_SETTINGS))["seconds"]) if path.exists() else 0.0
        if not math.isfinite(seconds):
            raise ValueError
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise CheckpointError(f"{path} is damaged: delete it; it only records how long saving took") from None
    return seconds
