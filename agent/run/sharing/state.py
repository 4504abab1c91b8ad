"""A run that several ranks share: what each gets of its saved state, and what a run needs to be shared."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import Any

from torch import Tensor

from agent.config import TrainConfig
from agent.kinds import KINDS
from agent.ranks.place import cores
from agent.ranks.ranks import Ranks, here
from agent.run.run_folder import read_resume_state
from game.errors import UsageError


def shared_resume_state(folder: Path) -> tuple[TrainConfig, dict[str, Tensor], dict[str, Any]]:
    """As `read_resume_state`, which the first rank alone does: others need no such folder. Raises CheckpointError."""
    ranks = here()
    if ranks.alone:
        config, tensors, record = read_resume_state(folder)
        return _told(folder, config, record, ranks), tensors, record
    found: list[dict[str, Tensor]] = []

    def read() -> tuple[dict[str, Any], dict[str, Any]]:
        config, tensors, record = read_resume_state(folder)
        found.append(tensors)
        return dataclasses.asdict(config), record

    settings, record = ranks.by_first(read)
    config = _told(folder, TrainConfig.from_dict(settings), record, ranks)
    check_shared(config, ranks.size)
    return config, ranks.of_first(found[0] if found else None), record


def _told(folder: Path, config: TrainConfig, record: dict[str, Any], ranks: Ranks) -> TrainConfig:
    """`config` with this machine's threads if the run goes on with another number of ranks, which it says."""
    before = record.get("ranks", 1)
    if before == ranks.size:
        return config
    if ranks.first:
        print(
            f"qzero: {folder} was learned by {_ranks(before)} and goes on with {_ranks(ranks.size)}: from here on its "
            "bits are others than those of a run that keeps its number",
            file=sys.stderr,
        )
    return dataclasses.replace(config, threads=cores())


def _ranks(count: int) -> str:
    return "1 process" if count == 1 else f"{count} ranks"


def check_shared(config: TrainConfig, ranks: int) -> None:
    """Raises UsageError for settings that so many ranks, of at least 2, cannot share."""
    KINDS[config.q].check_shared(config)
    if config.device.startswith("cuda:"):
        raise UsageError(f"--device {config.device} is one GPU: give --device cuda, and every rank takes its own")
    for name in ("games", "batch_size"):
        count = getattr(config, name, 0)
        if 0 < count < ranks:
            option = name.replace("_", "-")
            raise UsageError(f"--{option} {count} is for {ranks} ranks together: give at least {ranks}")
