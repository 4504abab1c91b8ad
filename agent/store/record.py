"""The record stored with weights: which values its entries may have, so that readers can rely on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent.store.files import CheckpointError

MOST = 2**63 - 1


def check_record(file: Path, record: dict[str, Any]) -> None:
    """Raises CheckpointError for an entry that qzero never writes; missing or unknown entries are fine."""
    if beyond_64_bits(record):
        raise CheckpointError(f"{file} was not recorded by qzero: it holds a number of more than 64 bits")
    for name, (fits, expected) in _ENTRIES.items():
        if name in record and not fits(record[name]):
            raise CheckpointError(
                f"{file} was not recorded by qzero: its {name} is {_short(record[name])}, expected {expected}"
            )


def beyond_64_bits(value: Any) -> bool:
    """Whether this JSON or TOML value holds an integer of more than 64 bits anywhere."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, int) and not -MOST - 1 <= one <= MOST:
            return True
    return False


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST


def _is_strength(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_number(one) or isinstance(one, dict) for one in value.values())


def _is_stopping(value: Any) -> bool:
    best = value.get("best") if isinstance(value, dict) else "none"
    return (best is None or _is_number(best)) and _is_count(value.get("waited"))


def _is_origin(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("weights"), str) and _is_count(value.get("moves", 0))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


_Entry = tuple[Callable[[Any], bool], str]
_COUNT: _Entry = (_is_count, "a whole number of at least 0")
_ENTRIES: dict[str, _Entry] = {
    "generations": _COUNT,
    "moves": _COUNT,
    "games": _COUNT,
    "steps": _COUNT,
    "seed": _COUNT,
    "measured": _COUNT,
    "kept": _COUNT,
    "ranks": _COUNT,
    "metrics_bytes": _COUNT,
    "seconds": (lambda value: _is_number(value) and value >= 0, "a number of at least 0"),
    "strength": (_is_strength, "numbers by name"),
    "config": (lambda value: isinstance(value, dict), "settings by name"),
    "q": (lambda value: isinstance(value, str), "what holds the Q-values"),
    "torch": (lambda value: isinstance(value, str), "a version"),
    "from": (_is_origin, "the weights that it began with"),
    "stopping": (_is_stopping, "the best error and how many were no better"),
}
