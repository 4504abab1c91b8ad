"""Commands about the rules: `qzero games` and `qzero perft`."""

from __future__ import annotations

import json
import time

import click


@click.group()
def commands() -> None:
    """The rules."""


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def games(as_json: bool) -> None:
    """List the games there are."""
    from game.registry import make, names

    rows = []
    for name in names():
        game = make(name)
        _, height, width = game.observation_shape
        start = game.initial(1)
        rows.append(
            {
                "game": name,
                "board": f"{width}x{height}",
                "actions": game.num_actions,
                "longest": game.max_plies,
                "symmetries": len(game.symmetries),
                "moves": f"{game.move_name(0, start)} ... {game.move_name(game.num_actions - 1, start)}",
            }
        )
    if as_json:
        click.echo(json.dumps({"games": rows}))
        return
    click.echo(f"{'game':<10} {'board':>5} {'actions':>7} {'longest':>7} {'symmetries':>10}  moves")
    for row in rows:
        click.echo(
            f"{row['game']:<10} {row['board']:>5} {row['actions']:>7} {row['longest']:>7} {row['symmetries']:>10}  "
            f"{row['moves']}"
        )


@commands.command(short_help="Count move sequences, the test of a move generator.")
@click.argument("game")
@click.argument("depth", type=click.IntRange(min=0))
@click.option("--moves", default="", help="Start after these moves, in the game's notation, such as 4453.")
@click.option("--divide", "divided", is_flag=True, help="Count the sequences after each first move as well.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def perft(game: str, depth: int, moves: str, divided: bool, as_json: bool) -> None:
    """Count the move sequences of each length up to DEPTH; none goes past the end of a game.

    The counts stop at the first length that no game reaches.
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
