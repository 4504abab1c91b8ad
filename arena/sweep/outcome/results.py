"""The results: each row's measures over seeds and its difference from the base, per game, ranked."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agent.run.strength import strength_json
from agent.stats import Mean, mean_of
from arena.sweep.experiment import BASE, Cell, Experiment, GameBudget
from arena.sweep.objective import less_is_better
from arena.sweep.running.state import FAILED, FINISHED, Run, State
from game.errors import QzeroError


@dataclass(frozen=True, slots=True)
class Row:
    """A row of one game. `runs` has those that ended, by seed; `difference` is to the base, over the seeds both have.

    measures: mean and interval over seeds, all in [0, 1]; empty if no run finished.
    """

    name: str
    changes: dict[str, Any]
    runs: dict[int, Run]
    measures: dict[str, Mean]
    difference: Mean | None

    @property
    def finished(self) -> list[Run]:
        return [run for run in self.runs.values() if run.status == FINISHED]

    @property
    def failures(self) -> list[str]:
        """What the failed runs said, each message once."""
        return list(dict.fromkeys(run.message for run in self.runs.values() if run.status == FAILED))

    @property
    def moves(self) -> float:
        return statistics.fmean(run.moves for run in self.finished)

    @property
    def seconds(self) -> float:
        """Seconds of self-play and learning, the mean of a run."""
        return statistics.fmean(run.seconds for run in self.finished)


@dataclass(frozen=True, slots=True)
class GameResult:
    """The rows of a game that have a run that ended, best first, those without a finished run last."""

    budget: GameBudget
    rows: list[Row]
    missing: int  # runs that have not ended

    def as_dict(self) -> dict[str, Any]:
        budget = self.budget
        return {
            "game": budget.game,
            "seconds_a_run": budget.seconds,
            "moves_a_run": budget.moves,
            "objective": budget.objective,
            "less_is_better": less_is_better(budget.objective),
            "missing_runs": self.missing,
            "rows": [_row_dict(row) for row in self.rows],
        }


def results(experiment: Experiment, cells: Sequence[Cell], state: State) -> list[GameResult]:
    """The results of each game, in the order of the file."""
    found = []
    for budget in experiment.games:
        here = [cell for cell in cells if cell.budget is budget]
        runs = {cell.variant.name: _ended(cell, state) for cell in here}
        base = _values(runs.get(BASE, {}), budget.objective)
        rows = [_row(cell, runs[cell.variant.name], base) for cell in here if runs[cell.variant.name]]
        sign = 1 if less_is_better(budget.objective) else -1

        def place(row: Row, objective: str = budget.objective, sign: int = sign) -> float:
            return sign * row.measures[objective].mean if row.measures else float("inf")

        missing = sum(len(cell.jobs) - len(runs[cell.variant.name]) for cell in here)
        found.append(GameResult(budget, sorted(rows, key=place), missing))
    return found


def objective_of(cell: Cell, state: State) -> float | None:
    """The mean objective over the seeds that finished; None if there is none."""
    values = _values(_ended(cell, state), cell.budget.objective)
    return statistics.fmean(values.values()) if values else None


def _ended(cell: Cell, state: State) -> dict[int, Run]:
    runs = {seed: state.runs.get(job) for seed, job in cell.jobs.items()}
    return {seed: run for seed, run in runs.items() if run and run.ended}


def _values(runs: dict[int, Run], measure: str) -> dict[int, float]:
    return {seed: measured(run, measure) for seed, run in runs.items() if run.status == FINISHED}


def measured(run: Run, measure: str) -> float:
    """A strength number of a finished run. Raises QzeroError if its judge had none of that name.

    A run with --patience is graded on one half of the solved positions and watched on the other, and its measure has
    the name of the half behind a comma.
    """
    for name, evidence in run.strength.items():
        if name == measure or name.startswith(f"{measure}, "):
            return evidence.value
    raise QzeroError(f"{run.folder} has no {measure!r}, but {', '.join(run.strength)}: is it of another version?")


def _row(cell: Cell, runs: dict[int, Run], base: dict[int, float]) -> Row:
    budget, measures, difference = cell.budget, {}, None
    values = _values(runs, budget.objective)
    if values:
        measures = {name: mean_of(list(_values(runs, name).values())) for name in budget.measures}
    both = [values[seed] - base[seed] for seed in values if seed in base]
    if both and cell.variant.name != BASE:
        difference = mean_of(both)
    return Row(cell.variant.name, cell.variant.changes(budget.game), runs, measures, difference)


def _row_dict(row: Row) -> dict[str, Any]:
    return {
        "row": row.name,
        "changes": row.changes,
        "measures": {name: dataclasses.asdict(mean) for name, mean in row.measures.items()},
        "difference_to_base": dataclasses.asdict(row.difference) if row.difference else None,
        "runs": [_run_dict(seed, run) for seed, run in row.runs.items()],
    }


def _run_dict(seed: int, run: Run) -> dict[str, Any]:
    record = {"seed": seed, "folder": run.folder, "status": run.status}
    if run.status == FAILED:
        return {**record, "message": run.message}
    return {
        **record,
        "moves": run.moves,
        "games": run.games,
        "seconds": run.seconds,
        "wall_seconds": run.wall,
        "strength": strength_json(run.strength),
    }
