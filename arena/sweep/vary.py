"""What may vary: lists of values and ranges, and the settings that a grid or a random search makes of them."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from game.errors import UsageError

MOST = 10_000  # combinations of a grid, or samples: more are a slip of the pen
_TRIES = 100  # draws a sample, before a random search is said to have run out of new ones


@dataclass(frozen=True, slots=True)
class Choices:
    """One of these values."""

    values: tuple[Any, ...]

    def draw(self, chance: random.Random) -> Any:
        return chance.choice(self.values)

    def probes(self) -> tuple[Any, ...]:
        """Values that are good if all are."""
        return self.values


@dataclass(frozen=True, slots=True)
class Range:
    """A number from low to high, both included; `log` draws evenly on the log scale, `whole` only whole numbers."""

    low: float
    high: float
    log: bool
    whole: bool

    def draw(self, chance: random.Random) -> float:
        if self.whole and not self.log:
            return chance.randint(int(self.low), int(self.high))
        if self.log:
            value = math.exp(chance.uniform(math.log(self.low), math.log(self.high)))
        else:
            value = chance.uniform(self.low, self.high)
        return self.tidy(value)

    def tidy(self, value: float) -> float:
        """The value to four digits, so that it can be read and typed, and inside the range."""
        value = round(value) if self.whole else float(f"{value:.4g}")
        return min(max(value, self.low), self.high)

    def probes(self) -> tuple[float, float]:
        """Values that are good if all are."""
        return self.low, self.high


Vary = Mapping[str, Choices | Range]


def grid(vary: Vary) -> Iterator[dict[str, Any]]:
    """Every combination of the values, the last setting changing fastest. UsageError for ranges and huge grids."""
    lists = []
    for name, values in vary.items():
        if isinstance(values, Range):
            raise UsageError(f'[vary] {name} is a range: a grid needs a list of values, or say mode = "random"')
        lists.append(values.values)
    if (size := math.prod(map(len, lists))) > MOST:
        raise UsageError(f'[vary] makes {size:,} combinations: expected at most {MOST:,}, or say mode = "random"')
    return (dict(zip(vary, values, strict=True)) for values in itertools.product(*lists))


def samples(vary: Vary, count: int, seed: int) -> list[dict[str, Any]]:
    """`count` different draws, always the same ones for a seed. Raises UsageError where there are not so many."""
    chance = random.Random(seed)
    found: dict[str, dict[str, Any]] = {}
    for _ in range(_TRIES * count):
        drawn = {name: values.draw(chance) for name, values in vary.items()}
        found.setdefault(repr(drawn), drawn)
        if len(found) == count:
            return list(found.values())
    raise UsageError(f"[vary] has only {len(found)} different samples: ask for at most so many, not {count}")
