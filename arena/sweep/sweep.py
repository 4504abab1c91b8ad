"""A sweep and its folder: what is left to run, running it, and writing the results."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from agent.ranks.board import Board
from agent.store.files import write_atomically, write_json
from arena.sweep.experiment import BASE, Cell, Experiment, Job, Variant
from arena.sweep.outcome.plot import plot
from arena.sweep.outcome.results import GameResult, objective_of, results
from arena.sweep.outcome.table import markdown
from arena.sweep.running.conduct import SweepConductor, Watcher
from arena.sweep.running.state import State
from arena.sweep.search import Search
from arena.training.remote import pool_of
from game.errors import UsageError


class Sweep:
    """An experiment and the folder of its runs. `only`: patterns VARIANT/GAME of what is to be run, empty for all."""

    def __init__(self, experiment: Experiment, folder: Path, only: Sequence[str] = ()) -> None:
        self.experiment = experiment
        self.folder = folder
        self.state = State(folder)
        self.cells: list[Cell] = []  # of the rounds that were looked at
        self.later = 0  # runs of rounds after these
        self._only = [(variant or "*", game or "*") for variant, _, game in (text.partition("/") for text in only)]
        if experiment.mode == "optuna" and any(variant != "*" for variant, _ in self._only):
            raise UsageError("--only takes /GAME in mode optuna, whose rows depend on each other")
        self._check_only(only)

    def run(
        self,
        workers: int,
        watcher: Watcher,
        should_stop: Callable[[], bool],
        retry: bool = False,
        board: Board | None = None,
    ) -> bool:
        """Run what has not ended; returns whether all has. Raises QzeroError if another process is running it.

        board: where other ranks lend their workers.
        """
        with self.state.hold() as held, pool_of(workers, self.folder, held, board) as pool:
            for _ in self._rounds():
                if retry:
                    self.state.retry(self.jobs())
                conductor = SweepConductor(self.jobs(), self.later, self.state, pool, watcher)
                if not conductor.conduct(should_stop):
                    return False
        return True

    def look(self) -> None:
        """Find the cells without running any; in mode optuna up to the first batch that is not done."""
        for cells in self._rounds():
            if any(not (run := self.state.runs.get(job)) or not run.ended for c in cells for job in c.jobs.values()):
                break

    def jobs(self) -> dict[Job, str]:
        """The runs that were chosen and their names; first seeds first, so that a table of all rows is there soon."""
        names: dict[Job, str] = {}
        for seed in self.experiment.seeds:
            for cell in filter(self._chosen, self.cells):
                name = f"{cell.variant.name}-{cell.budget.game}-{seed}".replace(":", "-")  # no colons in file names
                names.setdefault(cell.jobs[seed], name)
        return names

    def results(self) -> list[GameResult]:
        return results(self.experiment, self.cells, self.state)

    def as_dict(self) -> dict[str, Any]:
        experiment = self.experiment
        return {
            "sweep": experiment.name,
            "mode": experiment.mode,
            "seeds": experiment.seeds,
            "folder": str(self.folder),
            "games": [result.as_dict() for result in self.results()],
        }

    def write(self) -> None:
        """Put the results into the folder as results.json, table.md, plot.svg and plot.png.

        Raises PlotError, after the others were written, if there is nothing to plot with.
        """
        found = self.results()
        write_json(self.folder / "results.json", self.as_dict())
        write_atomically(self.folder / "table.md", markdown(self.experiment, found).encode())
        plot(self.folder, self.experiment, found)

    def _rounds(self) -> Iterator[list[Cell]]:
        """Cells that can be run together, round by round; a round in mode optuna depends on the results before it."""
        experiment = self.experiment
        games = [budget for budget in experiment.games if self._chosen_game(budget.game)]
        search = Search(experiment, games) if experiment.mode == "optuna" else None
        self.later = search.later * len(experiment.seeds) if search else 0
        self.cells = first = experiment.cells([Variant(BASE), *experiment.variants])
        yield first
        while search and (batch := search.ask()):
            cells = experiment.cells(batch)
            self.later = search.later * len(experiment.seeds)
            self.cells = self.cells + cells
            yield cells
            search.tell(cells, lambda cell: objective_of(cell, self.state))

    def _chosen(self, cell: Cell) -> bool:
        return not self._only or any(
            fnmatch.fnmatchcase(cell.variant.name, variant) and fnmatch.fnmatchcase(cell.budget.game, game)
            for variant, game in self._only
        )

    def _chosen_game(self, name: str) -> bool:
        return not self._only or any(fnmatch.fnmatchcase(name, game) for _, game in self._only)

    def _check_only(self, only: Sequence[str]) -> None:
        if only and not any(map(self._chosen, self.experiment.cells([Variant(BASE), *self.experiment.variants]))):
            rows = ", ".join([BASE, *(variant.name for variant in self.experiment.variants)])
            games = ", ".join(budget.game for budget in self.experiment.games)
            raise UsageError(f"--only {' '.join(only)} fits no row in any game; rows: {rows}; games: {games}")
