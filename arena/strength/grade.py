"""All measures of several checkpoints."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.play.player import QPlayer
from agent.store import checkpoint
from arena.players.options import applied, check
from arena.strength.board import Graded, Group
from arena.strength.ladder import ladder
from arena.strength.measures import measure
from arena.strength.speed import speed_of
from arena.truth import bitbully as solver
from arena.truth.perfect_play import PerfectQ, has_perfect_play, kept_scores
from game.core import AnyGame
from game.errors import UsageError


def grade_checkpoints(
    paths: dict[str, Path],
    game: AnyGame,
    games: int,
    seed: int,
    workers: int,
    deep: bool,
    report: Callable[[str], None],
    search: str | None = None,
) -> tuple[list[Graded], list[str]]:
    """Measure every checkpoint of `paths`, by label; also returns what was left out and why.

    search: an option of players, "nodes=1000" or "seconds=0.2", to measure them with.
    """
    rungs, left_out = ladder(game, deep)
    perfect = None
    if has_perfect_play(game) and solver.available():
        perfect = PerfectQ(game, workers, kept_scores())
    elif has_perfect_play(game):
        left_out = [f"games against the perfect player are left out: they need {solver.ADVICE}", *left_out]
    for note in left_out:
        report(note)
    graded = []
    try:
        for label, path in paths.items():
            loaded = checkpoint.load(path, game)
            q = applied(QPlayer(label, loaded.q_function), [search] if search else []).q_function
            found = measure(q, rungs, perfect, games, seed=seed, report=_labelled(label, report))
            graded.append(Graded(label, str(path), loaded.record, found, speed_of(path)))
    finally:
        if perfect is not None:
            perfect.close()
    return graded, left_out


def check_search(search: str) -> None:
    """Raises UsageError for a text that is no budget of a search."""
    if search.partition("=")[0] not in ("nodes", "seconds"):
        raise UsageError(f"--search {search}: expected nodes=N or seconds=S, such as nodes=1000")
    check(f"player@{search}")


def as_dict(graded: Sequence[Graded], groups: Sequence[Group], anchors: Sequence[str]) -> dict[str, Any]:
    """All numbers for `--json`: rows with the mean over checkpoints, and each checkpoint with what is known of it."""
    return {
        "checkpoints": [
            {"label": one.label, "path": one.folder, **{k: one.record.get(k) for k in ("seed", "moves", "config")}}
            for one in graded
        ],
        "anchors": list(anchors),
        "groups": [
            {
                "title": group.title,
                "rows": [dataclasses.asdict(row) | {"mean": dataclasses.asdict(row.mean)} for row in group.rows],
            }
            for group in groups
        ],
    }


def _labelled(label: str, report: Callable[[str], None]) -> Callable[[str], None]:
    return lambda what: report(f"{label}: {what}")
