"""Measures the levels of a board and keeps them, and the chances its games tell of, in the data of qzero."""

from __future__ import annotations

import json
import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from agent.machine import set_threads
from agent.store.files import write_atomically
from arena.levels.calibrate import calibrated, sample_of
from arena.levels.measure import Measured, Plan, measure
from arena.match.records.read import Record
from arena.players import levels
from arena.players.specs import player
from arena.status_line import status
from arena.view.analysis import chances
from game.registry import make


def measure_and_keep(name: str, games: int, most_nodes: int, seed: int, path: Path | None, command: str) -> None:
    """Measure the levels of this board with one thread; raises UsageError, or WriteError where the data cannot be."""
    game, plan = make(name), Plan(games=games, most_nodes=most_nodes, seed=seed)
    set_threads(1)  # the same result on every machine, and room for what else is done there
    for file in (levels.levels_file(), chances.chances_file()):
        _keep(file, {})  # fails now where it would fail after an hour
    place = path or Path(f"levels-{name.replace(':', '-')}.db")
    with status() as say:
        found = measure(game, plan, place, say)
        _keep(levels.levels_file(), {name: found.as_dict(game, plan, command)})
        say(f"{name}: what chances its games tell of")
        sample = sample_of(game, player(plan.base, game).q_function, strong(found))
    about = {"made_by": command, "identity": found.identity, **calibrated(sample, game.max_plies)}
    _keep(chances.chances_file(), {name: about})
    levels.known.cache_clear()
    chances.known.cache_clear()


def strong(found: Measured) -> list[Record]:
    """The games between players of the upper half of the levels: those of weak ones tell little of a position."""
    able = {spec for spec, _ in found.levels[len(found.levels) // 2 :]}
    return [one for one in found.records if one.first in able and one.second in able]


def _keep(file: Traversable, about: dict[str, Any]) -> None:
    """Replace what the file holds about these boards."""
    with resources.as_file(file) as path:
        kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        write_atomically(path, _text(dict(sorted({**kept, **about}.items()))).encode())


def _text(data: dict[str, Any]) -> str:
    """JSON with a line for each innermost object."""
    return re.sub(r"\{[^{}\[\]]*\}", lambda found: " ".join(found[0].split()), json.dumps(data, indent=1)) + "\n"
