"""The command `qzero sweep`: many training runs from one file, and the table of what came out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.ranks.board import Board
    from arena.sweep.sweep import Sweep

SWEEPS = Path("sweeps")


@click.command(short_help="Compare settings: many runs from one file.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--folder", type=click.Path(path_type=Path), help="Folder of the sweep [sweeps/NAME].")
@click.option("--workers", type=click.IntRange(1, 1024), help="Runs at a time, one thread each [one per core].")
@click.option("--only", multiple=True, metavar="VARIANT/GAME", help="Run only these, such as 'wide*/connect4'.")
@click.option("--retry", is_flag=True, help="Retry failed runs.")
@click.option("--dry-run", is_flag=True, help="List the runs and how long they may take; run nothing.")
@click.option("--table", "only_table", is_flag=True, help="Print the table of the results so far; run nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def sweep(
    file: Path,
    folder: Path | None,
    workers: int | None,
    only: tuple[str, ...],
    retry: bool,
    dry_run: bool,
    only_table: bool,
    as_json: bool,
) -> None:
    """Train all variants in the TOML file FILE, in all its games and with all its seeds, and rank them.

    Every run of a game gets the same seconds of self-play and learning; a rehearsal per variant and game turns them
    into a number of moves. The folder gets results.json, table.md, plot.svg, plot.png and the runs, which are ordinary
    run folders. Give the command again to continue a sweep that was stopped or killed; after a change of the file only
    new runs are trained. docs/sweeps.md describes the file. Under torchrun all ranks lend their workers to the first.
    """
    from agent.ranks.board import board
    from arena.processes import cores
    from arena.sweep.outcome.table import text_table
    from arena.sweep.read import read
    from arena.sweep.sweep import Sweep
    from arena.training.remote import lend

    experiment = read(file)
    found = Sweep(experiment, folder or SWEEPS / experiment.name, only)
    workers = workers or cores()
    if dry_run:
        found.look()
        _print_plan(found, workers, as_json)
        return
    if only_table:
        found.look()
    else:
        shared = board({"command": "sweep", "file": hashlib.sha256(file.read_bytes()).hexdigest()})
        if shared is not None and not shared.first:
            lend(shared, workers, found.folder)
            return
        _run(found, workers, retry, shared)
    click.echo(json.dumps(found.as_dict()) if as_json else text_table(experiment, found.results()))
    if not only_table:
        _close(found, as_json)


def _run(sweep: Sweep, workers: int, retry: bool, shared: Board | None) -> None:
    """Run what is not done yet and write the results; exit status 130 if stopped."""
    from agent.run.stop_signal import stop_signal
    from arena.sweep.outcome.plot import PlotError
    from arena.sweep.running.progress import Progress

    with stop_signal() as should_stop:
        with Progress(sweep.experiment.name) as progress:
            complete = sweep.run(workers, progress, should_stop, retry, shared)
        try:
            sweep.write()
        except PlotError as error:
            click.echo(f"qzero: {error}", err=True)
    if not complete:
        jobs, runs = sweep.jobs(), sweep.state.runs
        done = sum(job in runs and runs[job].ended for job in jobs)
        click.echo(f"stopped with {done} of {len(jobs) + sweep.later} runs done; the same command continues", err=True)
        raise SystemExit(130)


def _close(sweep: Sweep, as_json: bool) -> None:
    """Print where everything is; exit status 1 if every run failed."""
    from arena.sweep.running.state import FAILED

    runs = [sweep.state.runs[job] for job in sweep.jobs()]
    failed = sum(run.status == FAILED for run in runs)
    if not as_json:
        click.echo(f"\nkept in {sweep.folder}: results.json, table.md, plot.svg, plot.png, runs/")
    if failed:
        click.echo(f"{failed} of {len(runs)} runs failed; to retry them: --retry", err=True)
    if failed == len(runs):
        raise SystemExit(1)


def _print_plan(sweep: Sweep, workers: int, as_json: bool) -> None:
    from arena.sweep.estimate import in_words, seconds_left

    jobs, runs = sweep.jobs(), sweep.state.runs
    todo = [job for job in jobs if job not in runs or not runs[job].ended]
    left = seconds_left(todo, sweep.state, workers)
    listed = [{"run": name, "status": runs[job].status if job in runs else "new"} for job, name in jobs.items()]
    if as_json:
        click.echo(json.dumps({"runs": listed, "later": sweep.later, "workers": workers, "seconds": left}))
        return
    for run in listed:
        click.echo(f"{run['status']:<9} {run['run']}")
    later = f", and {sweep.later} more that depend on these" if sweep.later else ""
    time = "time unknown until a run of each game is done" if left is None else f"about {in_words(left)}"
    click.echo(f"{len(todo)} of {len(jobs)} runs to do{later}: {time} with {workers} workers, and measuring strength")
