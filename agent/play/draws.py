"""Random numbers that depend on a game's own seed, the ply and nothing else, whatever else is played beside it."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

from agent.play.policy import DRAWS

_GOLDEN, _FIRST, _SECOND = (x - (1 << 64) for x in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def seed_of(*words: object) -> int:
    """A number of 56 bits that depends on these words alone."""
    return int.from_bytes(hashlib.sha256(" ".join(map(str, words)).encode()).digest()[:7], "little")


def game_seeds(seed: int, numbers: Tensor) -> Tensor:
    """The seeds `[G]` int64, at least 0, of games of these numbers `[G]` int64 under one common seed."""
    return _shifted(_mixed(seed + numbers * _GOLDEN), 8)


def draws(seeds: Tensor, ply: Tensor) -> Tensor:
    """`[DRAWS, B]` float32 in [0, 1), multiples of 2^-24, for games of these seeds `[B]` int64 at ply `[B]`.

    SplitMix64's output function twice (Steele, Lea and Flood 2014, "Fast Splittable Pseudorandom Number Generators").
    """
    purpose = torch.arange(DRAWS, device=seeds.device)[:, None]
    x = seeds * _GOLDEN + (ply.long() * DRAWS + purpose) * _SECOND
    return _shifted(_mixed(_mixed(x) + _GOLDEN), 40).float() * 2.0**-24


def _mixed(x: Tensor) -> Tensor:
    """A bijection of 64 bits that scatters consecutive numbers."""
    x = (x ^ _shifted(x, 30)) * _FIRST
    x = (x ^ _shifted(x, 27)) * _SECOND
    return x ^ _shifted(x, 31)


def _shifted(x: Tensor, by: int) -> Tensor:
    """To the right, as an unsigned number."""
    return (x >> by) & ((1 << 64 - by) - 1)
