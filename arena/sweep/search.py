"""Settings that an optimiser proposes: the tree-structured Parzen estimator of Optuna, one study a game.

Nothing of Optuna is stored. The sampler is seeded and is given the results batch by batch, in order, so that a
continued sweep proposes the same rows again and finds most of them done.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from arena.sweep.experiment import Cell, Experiment, GameBudget, Variant
from arena.sweep.objective import less_is_better
from arena.sweep.vary import Choices, Range
from game.errors import QzeroError, UsageError

_TRIES = 100  # consecutive proposals that TrainConfig rejects before giving up


class Search:
    """Asks for `experiment.samples` rows in each of the games, `experiment.batch` at a time. Raises QzeroError."""

    def __init__(self, experiment: Experiment, games: list[GameBudget]) -> None:
        try:
            import optuna
        except ImportError:
            raise QzeroError("mode optuna needs Optuna: pip install 'qzero[sweep]', or say mode = \"random\"") from None
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._failed = optuna.trial.TrialState.FAIL
        self.experiment = experiment
        self.games = games
        self._asked = 0
        self._studies = {}
        self._open: list[tuple[str, Any, Variant]] = []
        for budget in games:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that the constant liar is experimental
                sampler = optuna.samplers.TPESampler(seed=experiment.seed, constant_liar=True)
            directions = optuna.study.StudyDirection
            direction = directions.MINIMIZE if less_is_better(budget.objective) else directions.MAXIMIZE
            self._studies[budget.game] = optuna.create_study(sampler=sampler, direction=direction)

    @property
    def later(self) -> int:
        """How many rows are still to come."""
        return (self.experiment.samples - self._asked) * len(self.games)

    def ask(self) -> list[Variant]:
        """The next batch of rows, each for one game; empty when all were asked for."""
        count = min(self.experiment.batch, self.experiment.samples - self._asked)
        digits = len(str(self.experiment.samples))
        numbers = range(self._asked + 1, self._asked + count + 1)
        self._open = [self._propose(budget, f"t{n:0{digits}}") for budget in self.games for n in numbers]
        self._asked += count
        return [variant for _, _, variant in self._open]

    def tell(self, cells: list[Cell], value: Callable[[Cell], float | None]) -> None:
        """The results of the last batch; None for a row that failed."""
        by_name = {(cell.budget.game, cell.variant.name): cell for cell in cells}
        for game, trial, variant in self._open:
            result = value(by_name[game, variant.name])
            if result is None:
                self._studies[game].tell(trial, state=self._failed)
            else:
                self._studies[game].tell(trial, result)

    def _propose(self, budget: GameBudget, name: str) -> tuple[str, Any, Variant]:
        study = self._studies[budget.game]
        for attempt in range(_TRIES):
            trial = study.ask()
            settings = {setting: _suggested(trial, setting, v) for setting, v in self.experiment.vary.items()}
            variant = Variant(name, settings, only=(budget.game,))
            try:
                self.experiment.cells([variant])
            except UsageError:  # settings that do not go together
                study.tell(trial, state=self._failed)
                if attempt == _TRIES - 1:
                    raise
            else:
                return budget.game, trial, variant
        raise AssertionError


def _suggested(trial: Any, name: str, values: Choices | Range) -> Any:
    if isinstance(values, Choices):
        return trial.suggest_categorical(name, values.values)
    suggest = trial.suggest_int if values.whole else trial.suggest_float
    return values.tidy(suggest(name, values.low, values.high, log=values.log))
