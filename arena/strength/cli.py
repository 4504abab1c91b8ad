"""The command `qzero benchmark`: train from scratch for some minutes, then tell how strong that made it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

RUNS = Path("runs")


@click.command(short_help="Train for some minutes with several seeds, then tell how strong that made it.")
@click.argument("game_name", metavar="GAME", type=click.Choice(["connect4"]))
@click.option("--minutes", type=click.FloatRange(0.01, 1e5), default=10.0, show_default=True, help="Training of each.")
@click.option("--seeds", type=click.IntRange(1, 100), default=3, show_default=True, help="How many runs.")
@click.option("--seed", type=click.IntRange(0, 2**62), default=0, show_default=True, help="The first of the seeds.")
@click.option(
    "--games", type=click.IntRange(2, 100_000), default=1000, show_default=True, help="Against each, at most."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the runs and the page [runs/benchmark-GAME].")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Page to write [OUT/scoreboard.html].")
@click.option("--model", "models", multiple=True, type=click.Path(path_type=Path), help="Grade this; train nothing.")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="A setting of training beside the preset.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes of the perfect player [one a core].")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def benchmark(
    game_name: str,
    minutes: float,
    seeds: int,
    seed: int,
    games: int,
    out: Path | None,
    html: Path | None,
    models: tuple[Path, ...],
    pairs: tuple[str, ...],
    workers: int | None,
    as_json: bool,
) -> None:
    """Train GAME from scratch for --minutes with each of --seeds seeds; then measure and print a scoreboard.

    Measured are, of Q alone and with exact ends (the player SPEC@exact-ends, which sees moves that end the game and
    replies that win it at once), mistakes against the truth by ply and games against the perfect player, moving first,
    and moving second where it errs now and then; with exact ends, games against one-ply and negamax from random
    openings; and speed. Nothing is searched beyond that. A command that was stopped goes on where it stopped when given
    again, and trained runs are not trained again. The perfect player needs the extra 'solver'.
    """
    from agent.presets import preset
    from agent.store import checkpoint
    from agent.store.files import write_atomically
    from arena.strength.board import anchors, groups
    from arena.strength.grade import as_dict, grade_checkpoints
    from arena.strength.page import page
    from arena.strength.table import text_table
    from arena.strength.training import Runs, settings_of
    from benchmarks.machine import machine, machine_text
    from game.errors import UsageError
    from game.registry import make

    if models and (pairs or out):
        raise UsageError("--model grades what is there already: leave out --out and --set")
    settings = settings_of(pairs)
    rules = make(game_name)
    paths = dict(zip(_labels(models), models, strict=True))
    for path in models:
        checkpoint.load(path, rules)
    if not models:
        config = preset(game_name, **settings)
        folder = out or RUNS / f"benchmark-{game_name}"
        html = html or folder / "scoreboard.html"
        runs = Runs(folder, config, None if "moves" in settings else minutes)
        runs.open()
        for number in range(seed, seed + seeds):
            _say(f"seed {number}: training")
            paths[f"seed {number}"] = runs.run(number)
    graded, left_out = grade_checkpoints(paths, rules, games, seed, workers or os.cpu_count() or 1, _say)
    fixed = anchors(rules.name)
    found = groups(graded, list(fixed.values()))
    if html is not None:
        facts = {"games": f"{games:,} against each at most, seed {seed}", "machine": machine_text()}
        if not models:
            length = f"{settings['moves']:,} moves" if "moves" in settings else f"{minutes:g} minutes"
            facts = {"training": f"{length} each, the preset{''.join(f', {pair}' for pair in pairs)}", **facts}
        write_atomically(html, page(graded, found, fixed, facts, left_out).encode(errors="replace"))
    if as_json:
        click.echo(json.dumps(as_dict(graded, found, list(fixed)) | {"machine": machine(), "left_out": left_out}))
        return
    click.echo(f"{rules.name}: {', '.join(paths)}\n{machine_text()}\n")
    click.echo(text_table(found, list(paths), list(fixed)))
    if html is not None:
        click.echo(f"\nall numbers with their intervals: {html}")


def _labels(models: tuple[Path, ...]) -> list[str]:
    """Short names that tell the checkpoints apart."""
    from game.errors import UsageError

    places = [Path(os.path.realpath(path)) for path in models]
    names = [place.parent.name if path.suffix else place.name for path, place in zip(models, places, strict=True)]
    if len(set(names)) == len(names):
        return names
    if len(set(models)) < len(models):
        raise UsageError("--model names a checkpoint twice: name each once")
    return [str(path) for path in models]


def _say(text: str) -> None:
    click.echo(text, err=True)
