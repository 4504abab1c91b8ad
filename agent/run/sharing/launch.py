"""How a shared run begins: all ranks meet, agree on what to do, and find the folder."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from agent.config import TrainConfig
from agent.ranks.joining import join
from agent.ranks.place import place
from agent.ranks.ranks import Ranks, here
from agent.run.run_folder import RESUME, read_resume_state
from agent.run.sharing.state import check_shared
from agent.store.checkpoint import CONFIG
from agent.store.files import MOST_SETTINGS, ReadError, read_regular
from game.errors import UsageError
from game.registry import make

_OF_A_MACHINE = ("threads",)  # settings that ranks may have their own of


def launched(config: TrainConfig, patience: float) -> Ranks:
    """The ranks that learn together by this config, once all are here. Raises JoinError and UsageError."""
    if place().size == 1:
        return here()
    try:
        check_shared(config, place().size)
    except UsageError as error:
        if place().rank:
            raise SystemExit(error.exit_code) from None  # the first one says why
        raise
    game = make(config.game)
    settings = {name: value for name, value in dataclasses.asdict(config).items() if name not in _OF_A_MACHINE}
    return join({"rules version": game.rules_version, **settings}, patience, config.device)


def joined_again(folder: Path, patience: float) -> None:
    """Meet the ranks that go on with the run in `folder`, which only the first of them needs. Raises JoinError."""
    if place().size > 1:
        join({"command": f"resume {folder}"}, patience, _device(folder))


def _device(folder: Path) -> str:
    """Where the run computes; whatever is wrong with the folder is told when the run is read."""
    try:
        return str(json.loads(read_regular(folder / CONFIG, MOST_SETTINGS))["config"]["device"])
    except (ReadError, ValueError, KeyError, TypeError, RecursionError):
        return "cpu"


def goes_on(folder: Path, config: TrainConfig) -> bool:
    """Whether this is a launch that was started again (torchrun --max-restarts), and `folder` the run that it began.

    That is a run of the same settings; how many moves --minutes makes of them is in the folder.
    """

    def found() -> bool:
        if not place().restart or not (folder / RESUME).exists():
            return False
        same = ("moves", "minutes", "plan", "games", "evaluations", *_OF_A_MACHINE)
        saved = read_resume_state(folder)[0]
        return dataclasses.replace(saved, **{name: getattr(config, name) for name in same}) == config

    return here().by_first(found)
