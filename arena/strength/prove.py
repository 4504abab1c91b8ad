"""Train players of small games from their presets and grade them on every state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from agent.play.player import QPlayer
from agent.presets import preset
from agent.run import train
from agent.run.drive import drive_in_terminal
from arena.players.specs import game_of, player
from arena.status_line import status_line
from arena.truth.perfection import perfection
from arena.truth.perfection_table import Result
from arena.truth.solve import solution
from game.errors import UsageError
from game.registry import make

GAMES = ("tictactoe", "hex:3", "othello:4", "breakthrough:4x4", "gomoku:4x4x3", "hex:4")


def train_and_grade(games: Sequence[str], seeds: Sequence[int], out: Path) -> Iterator[Result]:
    """Train and grade each game's preset with each seed, in `out`. Raises UsageError if a run is already there."""
    names = list(dict.fromkeys(make(name).name for name in games or GAMES))
    folders = {(name, seed): out / f"{name.replace(':', '-')}-seed{seed}" for name in names for seed in seeds}
    for folder in folders.values():
        if folder.exists():
            raise UsageError(f"{folder} already exists: give another --out, or grade it with --model {folder}")
    for name in names:
        solved = solution(make(name), status_line)
        for seed in seeds:
            status_line("")
            run = train.start(folders[name, seed], train.resolved(preset(name, seed=seed)))
            drive_in_terminal(run)
            if not run.finished:
                raise KeyboardInterrupt
            grade = perfection(QPlayer(f"seed {seed}", run.learner.judged), solved, status_line)
            status_line("")
            yield Result(grade, seed, round(run.seconds, 3), run.moves)


def grade_models(games: Sequence[str], specs: Sequence[str]) -> Iterator[Result]:
    """Players that are there already: checkpoints in their own game, others in all of `games`."""
    wanted = []
    for spec in specs:
        own = game_of([spec])
        if own is None and not games:
            raise UsageError(f"which game is {spec!r} to play? Name a GAME, such as {GAMES[0]}")
        wanted += [(name, spec) for name in ([own] if own else games)]
    if unknown := [make(name).name for name in games if make(name).name not in {make(n).name for n, _ in wanted}]:
        raise UsageError(f"none of the models plays {unknown[0]}: leave out the game, or name a model of it")
    for name in dict.fromkeys(make(name).name for name, _ in wanted):
        players = [player(spec, make(name)) for own, spec in wanted if make(own).name == name]
        solved = solution(make(name), status_line)
        for judged in players:
            grade = perfection(judged, solved, status_line)
            status_line("")
            yield Result(grade)
