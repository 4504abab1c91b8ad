"""The content of a report as plain data: what the page draws and `--json` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from agent.kinds import kind_called
from agent.play.player import QPlayer
from agent.run.strength import Strength
from arena.html.chart import Chart
from arena.report.curves import learning_charts, strength_charts, time_shares
from arena.report.mistakes import mistake_charts
from arena.report.reading import Run, number
from arena.report.samples import SampleGame, sample_games
from arena.report.settings import Setting, settings_table
from arena.report.strength import Measured, measurements
from arena.truth.grade_report import Section, grade_report
from arena.truth.solve import truth_is_known
from arena.view.values import ValuedPosition, principal_line

_LINE_PLIES = {1: 6, 2: 4}  # by number of runs
_FEWEST_LINE_PLIES = 3
_SAMPLE_GAMES = 3


@dataclass(frozen=True, slots=True)
class Measurement:
    """Strength on the way, and when that was."""

    moves: int
    games: int
    seconds: float
    strength: Strength


@dataclass(frozen=True, slots=True)
class RunData:
    """One run.

    what:       the Q-function in words.
    moves, games, seconds, generations: by the last metrics line. saved_moves: those the checkpoint has learned from.
    strength:   as last measured, with what it rests on; `measurements` are all there were.
    sections:   grades against the truth, by ranges of plies; none where no truth is known.
    endings:    if the game is solved: final positions (won, drawn, lost) against every reply, per seat.
    line:       the first positions of greedy play, with the Q of every move.
    time:       seconds by part of the work.
    provenance: where the run comes from.
    """

    label: str
    folder: str
    what: str
    finished: bool
    stopped_early: bool
    moves: int
    planned_moves: int | None
    saved_moves: int
    games: int
    seconds: float
    generations: int
    strength: list[Measured]
    measurements: list[Measurement]
    sections: list[Section]
    endings: list[tuple[int, int, int]]
    line: list[ValuedPosition]
    samples: list[SampleGame]
    time: dict[str, float]
    provenance: dict[str, str]

    @property
    def moves_per_second(self) -> float | None:
        return self.moves / self.seconds if self.seconds > 0 else None


@dataclass(frozen=True, slots=True)
class Report:
    """All runs, and what compares them. `truth`: whether mistakes can be counted in this game."""

    game: str
    qzero: str
    truth: bool
    runs: list[RunData]
    strength_charts: list[Chart]
    learning_charts: list[Chart]
    mistake_charts: list[Chart]
    settings: list[Setting]


def collect(runs: Sequence[Run]) -> Report:
    """The report about `runs`, which are of one game."""
    game = runs[0].game
    truth = truth_is_known(game)
    data = [_run_data(run, truth, len(runs)) for run in runs]
    return Report(
        game=game.name,
        qzero=metadata.version("qzero"),
        truth=truth,
        runs=data,
        strength_charts=strength_charts(runs),
        learning_charts=learning_charts(runs),
        mistake_charts=mistake_charts([(run.label, run.sections) for run in data]),
        settings=settings_table(runs),
    )


def _run_data(run: Run, truth: bool, runs: int) -> RunData:
    measured = measurements(run)
    graded = grade_report(QPlayer(run.label, run.q_function), run.game) if truth else None
    return RunData(
        label=run.label,
        folder=str(run.folder),
        what=describe(run.record),
        finished=run.finished,
        stopped_early=run.stopped_early,
        moves=int(run.last["moves"]),
        planned_moves=run.planned_moves,
        saved_moves=int(run.record.get("moves") or 0),
        games=int(run.last["games"]),
        seconds=float(run.last["seconds"]),
        generations=int(number(run.last.get("generation")) or len(run.lines)),
        strength=[Measured.of(name, found) for name, found in measured[-1][1].items()] if measured else [],
        measurements=[
            Measurement(int(line["moves"]), int(line["games"]), float(line["seconds"]), strength)
            for line, strength in measured
        ],
        sections=graded.sections if graded else [],
        endings=graded.endings if graded else [],
        line=principal_line(run.q_function, _LINE_PLIES.get(runs, _FEWEST_LINE_PLIES)),
        samples=sample_games(run.q_function, _SAMPLE_GAMES),
        time=time_shares(run),
        provenance=_provenance(run.record),
    )


def describe(record: dict[str, Any]) -> str:
    """The Q-function in words; as far as they go where an older version recorded less."""
    try:
        return kind_called(str(record.get("q"))).describe(record)
    except (KeyError, TypeError):
        return str(record.get("q", "Q of another version"))


def _provenance(record: dict[str, Any]) -> dict[str, str]:
    """What is known of where a run comes from, in words."""
    known = {
        "seed": record.get("seed"),
        "torch": record.get("torch"),
        "qzero": record.get("qzero"),
        "rules version": record.get("rules_version"),
        "checkpoint format": record.get("format"),
        "steps of the learner": f"{record['steps']:,}" if isinstance(record.get("steps"), int) else None,
    }
    return {name: str(value) for name, value in known.items() if value is not None}
