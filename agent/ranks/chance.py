"""The randomness of a run: every purpose has its own, in each generation and rank, and none of it knows the clock."""

from __future__ import annotations

import hashlib

import torch

from agent.ranks.ranks import Ranks


def generator(seed: int, generation: int, purpose: str, ranks: Ranks, device: torch.device) -> torch.Generator:
    """Random numbers of this rank for `purpose` in a generation of the run with this seed."""
    own = "" if ranks.alone else f" {ranks.rank} of {ranks.size}"
    digest = hashlib.sha256(f"{seed} {generation} {purpose}{own}".encode()).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:8], "little") >> 1)
