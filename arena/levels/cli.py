"""The command `qzero levels`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click


@click.command(short_help="List the levels of each game and their ratings, or measure them.")
@click.argument("game_name", metavar="[GAME]", required=False)
@click.option("--measure", is_flag=True, help="Play the tournament that finds and rates them, and keep the result.")
@click.option(
    "--games", type=click.IntRange(20, 10_000), default=200, show_default=True, help="Of a pairing of two levels."
)
@click.option(
    "--most-nodes",
    type=click.IntRange(0, 1_000_000),
    default=1000,
    show_default=True,
    help="Of the strongest level's search for a move; 0: no level searches.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True, help="Of openings and moves.")
@click.option(
    "--file",
    "--db",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SQLite file of the tournament; name it again to continue [levels-GAME.db].",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def levels(
    game_name: str | None, measure: bool, games: int, most_nodes: int, seed: int, path: Path | None, as_json: bool
) -> None:
    """List the levels of GAME (default: of all games), weakest first, each with its measured Elo; random play has 0.

    Play one as level:N, such as qzero play connect4 --opponent level:3. With --measure they are found and rated anew:
    a tournament between players that err less and less, then search more and more, of which those are chosen that are
    evenly spaced. Its games also tell what chances a value stands for. Both are kept where qzero is installed.
    """
    from arena.players.levels import known, of
    from game.errors import UsageError
    from game.registry import make

    if game_name is not None:
        game_name = make(game_name).name
    if measure:
        if game_name is None:
            raise UsageError("--measure needs a GAME, such as connect4")
        from arena.levels.keep import measure_and_keep

        command = f"qzero levels {game_name} --measure --games {games} --most-nodes {most_nodes} --seed {seed}"
        measure_and_keep(game_name, games, most_nodes, seed, path, command)
    boards = [game_name] if game_name is not None else sorted(known())
    if game_name is not None and not of(game_name):
        raise UsageError(f"no levels of {game_name} are known: measure them with qzero levels {game_name} --measure")
    if as_json:
        click.echo(json.dumps({board: [_as_dict(one) for one in of(board)] for board in boards}))
        return
    for number, board in enumerate(boards):
        click.echo(("\n" if number else "") + _table(board))


def _as_dict(level: Any) -> dict[str, Any]:
    return {name: getattr(level, name) for name in ("number", "spec", "elo", "margin")}


def _table(board: str) -> str:
    from arena.players.levels import known, of

    found, about = of(board), known()[board]
    width = max(len(level.spec) for level in found)
    lines = [f"{board}: {about['games']:,} games, random play has 0", f"  {'level':<8}  {'Elo':>5}        player"]
    lines += [
        f"  {f'level:{level.number}':<8}  {level.elo:>5} +-{level.margin:<4}  {level.spec:<{width}}".rstrip()
        for level in found
    ]
    return "\n".join(lines)
