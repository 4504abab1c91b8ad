"""Which runs there are."""

from __future__ import annotations

import json
from pathlib import Path

RUNS = Path("runs")


def newest_run(game: str, folder: Path = RUNS) -> Path | None:
    """The run of `game` in `folder` that was saved last, if any."""
    found = []
    for config in folder.glob("*/config.json"):
        try:
            record = json.loads(config.read_text(encoding="utf-8"))
            # A run that has not learned yet is nobody to play.
            if record["game"] == game and record["moves"] > 0:
                found.append((config.stat().st_mtime, config.parent))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return max(found)[1] if found else None
