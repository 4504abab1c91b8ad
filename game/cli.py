"""Commands about the rules: `qzero games` and `qzero perft`."""

from __future__ import annotations

import json
import time
from typing import Any

import click


@click.group()
def commands() -> None:
    """The rules."""


@commands.command(short_help="List the games, or describe boards.")
@click.argument("boards", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def games(boards: tuple[str, ...], as_json: bool) -> None:
    """List the games, or describe BOARDS such as othello:6 hex:7.

    Boards are columns x rows. `longest` is the largest possible number of plies; `moves` shows the first and the last
    action in the game's notation.
    """
    from game.registry import make, names, other_boards

    rows: list[dict[str, Any]] = []
    for name in boards or names():
        game = make(name)
        _, height, width = game.observation_shape
        start = game.initial(1)
        rows.append(
            {
                "game": game.name,
                "board": f"{width}x{height}",
                "actions": game.num_actions,
                "longest": game.max_plies,
                "symmetries": len(game.symmetries),
                "moves": f"{game.move_name(0, start)} ... {game.move_name(game.num_actions - 1, start)}",
                "other boards": other_boards(name),
            }
        )
    if as_json:
        click.echo(json.dumps({"games": rows}))
        return
    widths = {column: max(len(column), *(len(str(row[column])) for row in rows)) for column in rows[0]}
    right = ("actions", "longest", "symmetries")
    for line in ({column: column for column in widths}, *rows):
        cells = (f"{line[c]!s:{'>' if c in right else '<'}{width}}" for c, width in widths.items())
        click.echo("  ".join(cells).rstrip())


@commands.command(short_help="Count move sequences to test a move generator.")
@click.argument("game")
@click.argument("depth", type=click.IntRange(min=0))
@click.option("--moves", default="", help="Start after these moves, in the game's notation, such as 4453.")
@click.option("--divide", "divided", is_flag=True, help="Count the sequences after each first move as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def perft(game: str, depth: int, moves: str, divided: bool, as_json: bool) -> None:
    """Count the move sequences of each length up to DEPTH (perft); none continues past the end of a game.

    The counts end at the first length that no game reaches.
    """
    from game.notation import parse_moves
    from game.perft import divide
    from game.perft import perft as count
    from game.registry import make

    rules = make(game)
    start = parse_moves(rules, moves).state
    counts = {}
    for length in range(1, depth + 1):
        began = time.perf_counter()
        counts[length] = count(rules, length, start)
        if not as_json:
            click.echo(f"{length:>2} {counts[length]:>16}  {time.perf_counter() - began:8.2f} s")
        if counts[length] == 0:
            break
    by_move = (
        {rules.move_name(a, start): n for a, n in divide(rules, depth, start).items()} if divided and depth else {}
    )
    if as_json:
        click.echo(json.dumps({"game": game, "moves": moves, "perft": counts, "divide": by_move}))
        return
    for name, number in by_move.items():
        click.echo(f"{name}: {number}")
