"""What the launcher says of this process, by the environment variables of torchrun; without torch."""

from __future__ import annotations

import os
from dataclasses import dataclass

from game.errors import UsageError


@dataclass(frozen=True, slots=True)
class Place:
    """One process of a launch.

    rank, size: its number, from 0, and how many there are. local_rank, local_size: the same on this machine.
    restart: how many times the launcher has started it again. address: where all meet, HOST:PORT.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1
    restart: int = 0
    address: str = ""


def place() -> Place:
    """Where this process stands; alone unless a launcher says otherwise. Raises UsageError for numbers that cannot be.

    Slurm and others may set the variables without torchrun: RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT are enough.
    """
    if "RANK" not in os.environ or "WORLD_SIZE" not in os.environ:
        return Place()
    rank, size = _number("RANK"), _number("WORLD_SIZE")
    local_rank, local_size = _number("LOCAL_RANK", 0), _number("LOCAL_WORLD_SIZE", 1)
    if not 0 <= rank < size or not 0 <= local_rank < local_size <= size:
        raise UsageError(
            f"RANK {rank} of WORLD_SIZE {size}, LOCAL_RANK {local_rank} of LOCAL_WORLD_SIZE {local_size}: expected a "
            "number below each size; start qzero with torchrun, which sets them"
        )
    if size > 1 and not (os.environ.get("MASTER_ADDR") and os.environ.get("MASTER_PORT")):
        raise UsageError("WORLD_SIZE is set, but not MASTER_ADDR and MASTER_PORT: start qzero with torchrun")
    address = f"{os.environ.get('MASTER_ADDR', '')}:{os.environ.get('MASTER_PORT', '')}"
    return Place(rank, size, local_rank, local_size, _number("TORCHELASTIC_RESTART_COUNT", 0), address)


def cores() -> int:
    """How many cores this process may use: its share, where torchrun started several on this machine."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, count // place().local_size)


def _number(name: str, usual: int | None = None) -> int:
    text = os.environ.get(name, "" if usual is None else str(usual))
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{name}={text!r} in the environment: expected a whole number, as torchrun sets it") from None
