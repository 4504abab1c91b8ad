"""Runs of one game by more and more ranks: of the same work in all (strong scaling), and of the same work each (weak).

On a machine with other work, or with more ranks than cores, seconds say little; CPU seconds a move do: by how much they
grow with the ranks is what sharing costs besides waiting.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.config import TrainConfig
from agent.run.sharing.state import check_shared
from game.errors import QzeroError

STRONG, WEAK = "strong", "weak"
_MOST_GAMES, _MOST_BATCH = 1 << 16, 1 << 20  # of TrainConfig


def measure(
    config: TrainConfig, ranks: Sequence[int], warm_up: int, generations: int, say: Callable[[str], None]
) -> list[dict[str, Any]]:
    """What `worker.measured` finds of each run, with its `scaling`. Raises QzeroError for one that fails."""
    check_shared(config, max(ranks))
    found = []
    for scaling in (STRONG, WEAK):
        for count in ranks:
            if scaling == WEAK and count == 1:  # the same
                continue
            own = config if scaling == STRONG else grown(config, count)
            say(f"{scaling} scaling, {count} ranks, {own.games:,} games a generation")
            found.append({"scaling": scaling, **launched(own, count, warm_up, generations)})
    return found


def grown(config: TrainConfig, ranks: int) -> TrainConfig:
    """The work of `config` for each of so many ranks."""
    games, batch = min(config.games * ranks, _MOST_GAMES), min(config.batch_size * ranks, _MOST_BATCH)
    return dataclasses.replace(config, games=games, batch_size=batch)


def launched(config: TrainConfig, ranks: int, warm_up: int, generations: int) -> dict[str, Any]:
    """One run under torchrun, of one thread a rank. Raises QzeroError if it fails."""
    config = dataclasses.replace(config, threads=1)
    task = {"config": dataclasses.asdict(config), "warm_up": warm_up, "generations": generations}
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks)]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])}
    environment |= {"OMP_NUM_THREADS": "1", "TORCH_CPP_LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [*launch, "-m", "benchmarks.scaling.worker", json.dumps(task)],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or [f"exit status {done.returncode}"]
        why = next((line for line in said if "Error" in line or line.startswith("qzero")), said[0])
        raise QzeroError(f"the run of {ranks} ranks failed: {why[:300]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found
