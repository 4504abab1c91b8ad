"""The commands `qzero strength` and `qzero perfect`: train, then measure, or prove that small games are mastered."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.run import RUNS
from game.errors import UsageError

if TYPE_CHECKING:
    from arena.truth.perfection_table import Result


@click.command(short_help="Train from scratch and measure how strong that made it.")
@click.argument("game_name", metavar="GAME")
@click.option(
    "--minutes", type=click.FloatRange(0.01, 1e5), default=10.0, show_default=True, help="Training time per seed."
)
@click.option("--seeds", type=click.IntRange(1, 100), default=3, show_default=True, help="How many seeds to train.")
@click.option("--seed", type=click.IntRange(0, 2**62), default=0, show_default=True, help="The first seed.")
@click.option(
    "--parallel",
    type=click.IntRange(1, 1024),
    help="Train this many seeds at a time, on one core each [one at a time, on all cores].",
)
@click.option(
    "--games", type=click.IntRange(2, 100_000), default=1000, show_default=True, help="Games per opponent, at most."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the runs and the page [runs/strength-GAME].")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Page to write [OUT/scoreboard.html].")
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Measure this checkpoint instead of training, or shipped, which comes with qzero; may be repeated.",
)
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Change a training setting of the preset; may be repeated.",
)
@click.option("--workers", type=click.IntRange(1, 64), help="Processes of the perfect player [one per core].")
@click.option("--search", metavar="nodes=N|seconds=S", help="Measure it with a search, as RUN@nodes=N in match plays.")
@click.option("--deep", is_flag=True, help="Also play mcts:10000@openspiel, which may take an hour.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def strength(
    game_name: str,
    minutes: float,
    seeds: int,
    seed: int,
    parallel: int | None,
    games: int,
    out: Path | None,
    html: Path | None,
    models: tuple[Path, ...],
    pairs: tuple[str, ...],
    workers: int | None,
    search: str | None,
    deep: bool,
    as_json: bool,
) -> None:
    """Train GAME from scratch for --minutes, once per seed, then measure how strong that made it.

    The scoreboard shows training speed, and the score against a ladder of opponents from random openings, each played
    from both seats: one-ply, negamax:4, and Monte-Carlo tree search with 100 and 1,000 random rollouts a move (needs
    the extra 'bench'). Where the truth is known it shows mistakes by ply, of raw Q, which does not search, and with
    exact ends (SPEC@exact-ends), which sees moves that end the game and replies that win at once. For Connect Four it
    adds games against the perfect player (needs the extra 'solver') and negamax:8.

    Give the command again to continue after a stop: finished runs are not trained again. Under torchrun the seeds are
    shared out among the ranks, and the first one measures.
    """
    from agent.store import checkpoint
    from agent.store.files import write_atomically
    from arena.machine import machine, machine_text
    from arena.players.runs import labels
    from arena.processes import cores
    from arena.strength.board import anchors, groups
    from arena.strength.grade import as_dict, check_search, grade_checkpoints
    from arena.strength.page import page
    from arena.strength.table import text_table
    from game.registry import make

    if search:
        check_search(search)
    if models and (pairs or out or parallel):
        raise UsageError("--model measures what is already trained: leave out --out, --set and --parallel")
    rules = make(game_name)
    facts: dict[str, str] = {}
    if models:
        given, models = models, tuple(_found(model, rules.name) for model in models)
        if len({os.path.realpath(path) for path in models}) < len(models):
            raise UsageError("a checkpoint is given twice with --model: give each once")
        both = zip(given, labels(models), models, strict=True)
        paths = {label if was == model else str(was): model for was, label, model in both}
        for path in models:
            checkpoint.load(path, rules)
    else:
        folder = out or _usual_folder(rules.name)
        html = html or folder / "scoreboard.html"
        found_runs = _trained(rules.name, folder, range(seed, seed + seeds), minutes, parallel, pairs)
        if found_runs is None:
            return  # the first rank measures
        paths, facts = found_runs
    if search:
        facts |= {"search": search}
    graded, left_out = grade_checkpoints(paths, rules, games, seed, workers or cores(), deep, _say, search)
    fixed = anchors(rules.name)
    found = groups(graded, list(fixed.values()), search)
    if html is not None:
        facts |= {"games": f"{games:,} against each at most, seed {seed}", "machine": machine_text()}
        write_atomically(html, page(graded, found, fixed, facts, left_out).encode(errors="replace"))
    if as_json:
        click.echo(json.dumps(as_dict(graded, found, list(fixed)) | {"machine": machine(), "left_out": left_out}))
        return
    click.echo(
        f"{rules.name}: {', '.join(paths)}{f', with a search of {search}' if search else ''}\n{machine_text()}\n"
    )
    click.echo(text_table(found, list(paths), list(fixed)))
    if html is not None:
        click.echo(f"\nall numbers with their intervals: {html}")


def _trained(
    game: str, folder: Path, seeds: range, minutes: float, parallel: int | None, pairs: tuple[str, ...]
) -> tuple[dict[str, Path], dict[str, str]] | None:
    """Train; returns the run folders by label, and how long they trained in words. None for ranks but the first."""
    from agent.presets import preset
    from agent.ranks.board import board
    from agent.run.stop_signal import stop_signal
    from arena.strength.seeds import Seeds, settings_of
    from arena.training.remote import lend

    given = settings_of(pairs)
    runs_side_by_side = {"threads": 1} if parallel and parallel > 1 else {}
    config = preset(game, **(runs_side_by_side | given))
    shared = board({"command": "strength", "seeds": str(seeds), "minutes": minutes, **dataclasses.asdict(config)})
    if shared is not None and not shared.first:
        lend(shared, parallel or 1, folder)
        return None
    runs = Seeds(folder, config, None if "moves" in given else minutes)
    with stop_signal() as should_stop:
        paths = runs.train(seeds, parallel or 1, should_stop, _say, shared)
    length = f"{given['moves']:,} moves" if "moves" in given else f"{minutes:g} minutes"
    return paths, {"training": f"{length} each, the preset{''.join(f', {pair}' for pair in pairs)}"}


def _found(model: Path, game: str) -> Path:
    """Where a checkpoint lies: `shipped` is the one that comes with qzero, unless a file here has that name."""
    from arena.players.specs import shipped

    if model != Path("shipped") or model.exists():
        return model
    with shipped(game) as file:
        return file


def _usual_folder(game: str) -> Path:
    """The default folder of the runs; the one of `qzero benchmark`, the command's old name, if only that exists."""
    name = game.replace(":", "-")  # colons are not for file names
    old, new = RUNS / f"benchmark-{name}", RUNS / f"strength-{name}"
    return old if old.exists() and not new.exists() else new


def _say(text: str) -> None:
    click.echo(text, err=True)


benchmark = click.Command("benchmark", hidden=True, callback=strength.callback, params=strength.params)
benchmark.help = strength.help


@click.command(short_help="Train small games to perfect play, and prove it.")
@click.argument("games", metavar="[GAME]...", nargs=-1)
@click.option("--seeds", type=click.IntRange(1, 1000), default=1, show_default=True, help="Runs per game.")
@click.option("--seed", type=click.IntRange(0, 2**62), default=0, show_default=True, help="The first seed.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder to keep the runs in [none are kept].")
@click.option("--model", "models", multiple=True, help="Grade this player instead of training; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def perfect(
    games: tuple[str, ...], seeds: int, seed: int, out: Path | None, models: tuple[str, ...], as_json: bool
) -> None:
    """Train each GAME (default: six small ones) from its preset and grade it on all states of the game.

    A player is perfect if no reply can lead it into a mistake, from either seat: in every position that it can meet,
    its moves give away neither a win nor a draw. Its mistakes in all reachable positions where moves differ in value
    are shown as well. Exits with 0 if all players are perfect, else with 1.

    A --model is a player as in match, such as a run folder.
    """
    from arena.strength.prove import grade_models, train_and_grade

    if models:
        if out is not None:
            raise UsageError("--out keeps training runs, and --model trains nothing: give one of them")
        results = list(grade_models(games, models))
    elif out is not None:
        results = list(train_and_grade(games, range(seed, seed + seeds), out))
    else:
        with tempfile.TemporaryDirectory(prefix="qzero-perfect-") as folder:
            results = list(train_and_grade(games, range(seed, seed + seeds), Path(folder)))
    _print_proofs(results, as_json)


def _print_proofs(results: list[Result], as_json: bool) -> None:
    from arena.truth.perfection_table import text_table

    proved = all(result.grade.perfect for result in results)
    if as_json:
        click.echo(json.dumps({"perfect": proved, "results": [result.as_dict() for result in results]}))
    else:
        click.echo(text_table(results))
        click.echo(
            "met: positions it can meet; decisive: all positions in which moves differ in value; mistakes in each"
        )
    raise SystemExit(0 if proved else 1)
