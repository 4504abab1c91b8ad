"""The command `qzero records`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Print the games of a tournament, or write them as SGF.")
@click.argument("path", metavar="[FILE]", type=click.Path(path_type=Path), default=Path("tournament.db"))
@click.option(
    "--sgf",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write SGF there, a file a pairing (Othello, Hex, Gomoku).",
)
def records(path: Path, folder: Path | None) -> None:
    """Print every game of a tournament's FILE (default: tournament.db), one a line, columns parted by tabs."""
    from agent.store.files import write_atomically
    from arena.match.records import sgf
    from arena.match.records.lines import lines
    from arena.match.records.read import Record, read_records

    rules, found = read_records(path)
    if folder is None:
        for line in lines(found):
            click.echo(line)
        return
    sgf.check(rules)
    pairings: dict[frozenset[str], list[Record]] = {}
    for one in found:
        pairings.setdefault(frozenset((one.first, one.second)), []).append(one)
    folder.mkdir(parents=True, exist_ok=True)
    for number, games in enumerate(pairings.values(), start=1):
        target = folder / f"{number:03d}.sgf"
        write_atomically(target, sgf.sgf(rules, games).encode(errors="replace"))
        click.echo(f"{target}: {len(games)} games of {games[0].first} and {games[0].second}")
