"""An experiment: games, seeds, settings common to all rows, and the rows that change some of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from agent.config import TrainConfig
from agent.kinds import kinds_of
from agent.presets import preset
from arena.sweep.vary import Vary
from game.errors import UsageError

MOST_RUNS = 100_000
BASE = "base"  # the row without changes, to which the others are compared
Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GameBudget:
    """A game, how long each of its runs is (in seconds, or in moves if that is given), and what counts."""

    game: str
    seconds: float | None
    moves: int | None
    objective: str
    measures: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{self.seconds:g} s" if self.seconds is not None else f"{self.moves:,} moves"


@dataclass(frozen=True, slots=True)
class Variant:
    """A row: what it changes everywhere and in single games, and the games it is limited to (empty: all)."""

    name: str
    settings: Settings = field(default_factory=dict)
    in_game: Mapping[str, Settings] = field(default_factory=dict)
    only: tuple[str, ...] = ()

    def changes(self, game: str) -> dict[str, Any]:
        return {**self.settings, **self.in_game.get(game, {})}


@dataclass(frozen=True)
class Job:
    """One run. With `seconds`, a rehearsal sets the number of moves, and `config.moves` means nothing."""

    config: TrainConfig
    seconds: float | None

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        # Asked thousands of times a second while runs are under way.
        return hash((self.config, self.seconds))

    @cached_property
    def rehearsal(self) -> Job:
        """What all seeds of a row have in common, and with it the rehearsal."""
        return Job(dataclasses.replace(self.config, seed=0), self.seconds)


@dataclass(frozen=True, slots=True)
class Cell:
    """A row in a game, and its job for each seed."""

    variant: Variant
    budget: GameBudget
    jobs: Mapping[int, Job]

    @property
    def name(self) -> str:
        return f"{self.variant.name}/{self.budget.game}"


@dataclass(frozen=True, slots=True)
class Experiment:
    """All that the file says. `variants` is without the base, and empty in mode optuna, which finds them itself."""

    path: Path
    name: str
    mode: str
    seeds: tuple[int, ...]
    games: tuple[GameBudget, ...]
    base: Variant
    variants: tuple[Variant, ...]
    vary: Vary = field(default_factory=dict)
    samples: int = 0
    batch: int = 1
    seed: int = 0

    def job(self, variant: Variant, budget: GameBudget, seed: int) -> Job:
        """Raises UsageError, naming the file and the row, for settings that TrainConfig refuses."""
        # One thread a run: two runs side by side are faster than one with two threads.
        base, own = self.base.changes(budget.game), variant.changes(budget.game)
        if "q" in own:  # settings of the base that belong to another kind of Q do not apply to this row
            base = {name: value for name, value in base.items() if own["q"] in kinds_of(name)}
        chosen = {"threads": 1, **base, **own}
        if budget.moves is not None:
            chosen["moves"] = budget.moves
        try:
            return Job(preset(budget.game, **chosen, seed=seed), budget.seconds)
        except UsageError as error:
            raise UsageError(f"{self.path}, row {variant.name} in {budget.game}: {error}") from None

    def cells(self, variants: Sequence[Variant]) -> list[Cell]:
        """The rows in each of their games. Raises UsageError as `job` does."""
        return [
            Cell(variant, budget, {seed: self.job(variant, budget, seed) for seed in self.seeds})
            for variant in variants
            for budget in self.games
            if not variant.only or budget.game in variant.only
        ]

    def check(self) -> None:
        """Make every job there can be once, and throw it away. Raises UsageError as `job` does, and for too many."""
        rows = self.samples if self.mode == "optuna" else len(self.variants)
        if (runs := (1 + rows) * len(self.games) * len(self.seeds)) > MOST_RUNS:
            raise UsageError(
                f"{self.path} asks for {runs:,} runs, rows by games by seeds: expected at most {MOST_RUNS:,}"
            )
        self.cells([Variant(BASE), *self.variants])
        if self.mode == "optuna":
            for name, values in self.vary.items():
                self.cells([Variant(f"{name}={value}", {name: value}) for value in values.probes()])
