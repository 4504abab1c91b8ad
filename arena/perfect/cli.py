"""The command `qzero perfect`: small games learned to perfection, and the proof of it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from game.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arena.perfect.table import Result


@click.command(short_help="Learn small games to perfection, and prove it.")
@click.argument("games", metavar="[GAME]...", nargs=-1)
@click.option("--seeds", type=click.IntRange(1, 1000), default=1, show_default=True, help="Runs a game.")
@click.option("--seed", type=click.IntRange(0, 2**62), default=0, show_default=True, help="Seed of the first of them.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to keep the runs in [none are kept].")
@click.option("--model", "models", multiple=True, help="Grade this player instead of training; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def perfect(
    games: tuple[str, ...], seeds: int, seed: int, out: Path | None, models: tuple[str, ...], as_json: bool
) -> None:
    """Train each GAME (default: six small ones) from its preset and grade what was learned on all states of the game.

    Perfect is a player that no reply can lead into a mistake, from either seat: it never makes a move that gives away a
    win or a draw, in any position that it can meet. Beside this stand its mistakes in all reachable positions where
    moves differ in value, whether it can meet them or not. Exits with 0 if all players are perfect, else with 1.

    A --model is a player as in match, such as a run folder.
    """
    from arena.perfect.prove import grade_models, train_and_grade

    if models:
        if out is not None:
            raise UsageError("--out keeps training runs, and --model trains nothing: give one of them")
        results = list(grade_models(games, models))
    elif out is not None:
        results = list(train_and_grade(games, range(seed, seed + seeds), out))
    else:
        with tempfile.TemporaryDirectory(prefix="qzero-perfect-") as folder:
            results = list(train_and_grade(games, range(seed, seed + seeds), Path(folder)))
    _print(results, as_json)


def _print(results: Iterable[Result], as_json: bool) -> None:
    from arena.perfect.table import text_table

    results = list(results)
    perfect = all(result.grade.perfect for result in results)
    if as_json:
        click.echo(json.dumps({"perfect": perfect, "results": [result.as_dict() for result in results]}))
    else:
        click.echo(text_table(results))
        click.echo("met: positions against every reply; decisive: all where moves differ in value; mistakes in each")
    raise SystemExit(0 if perfect else 1)
