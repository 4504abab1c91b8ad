"""`qzero report`: a page about runs."""

from __future__ import annotations

import json
from pathlib import Path

import click

NAME = "report.html"


@click.command(short_help="Write an HTML page about one run, or comparing several.")
@click.argument("folders", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"File to write [RUN/{NAME} for one run, {NAME} here for several].",
)
@click.option("--json", "as_json", is_flag=True, help="Print the content as one JSON object instead of writing a page.")
def report(folders: tuple[Path, ...], output: Path | None, as_json: bool) -> None:
    """Write one HTML page about RUN, or one that compares several runs of a game, and print its path.

    The page shows strength over time with intervals, loss and speed, mistakes against the truth, the Q of every move in
    the opening, games to step through, and all settings. It needs no network: any browser opens it from disk.
    """
    import dataclasses

    from agent.store.files import write_atomically
    from arena.report.collect import collect
    from arena.report.page import page
    from arena.report.reading import read_runs
    from game.errors import UsageError

    if as_json and output is not None:
        raise UsageError("--json prints and --output writes a page: give one of them")
    collected = collect(read_runs(folders))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(collected)))
        return
    target = output or (folders[0] / NAME if len(folders) == 1 else Path(NAME))
    write_atomically(target, page(collected).encode(errors="replace"))
    click.echo(str(target))
