"""The command `qzero sprt`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from arena.match.cli import GAME, JSON, OPENING_PLIES, SEED
from game.errors import StoppedError, UsageError


@click.command(short_help="Play two players until it is decided which is stronger.")
@click.argument("a")
@click.argument("b")
@GAME
@click.option("--elo0", type=float, default=0.0, show_default=True, help="H0: A is so many Elo stronger than B.")
@click.option("--elo1", type=float, default=20.0, show_default=True, help="H1: A is so many Elo stronger than B.")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Chance to accept H1 where H0 is true.")
@click.option("--beta", type=float, default=0.05, show_default=True, help="Chance to accept H0 where H1 is true.")
@click.option(
    "--games", type=click.IntRange(2, 100_000), default=20_000, show_default=True, help="Games after which to give up."
)
@OPENING_PLIES
@click.option(
    "--file",
    "--db",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="SQLite file to keep the games in, as of tournament; name it again to continue [no file].",
)
@SEED
@JSON
def sprt(
    a: str,
    b: str,
    game_name: str | None,
    elo0: float,
    elo1: float,
    alpha: float,
    beta: float,
    games: int,
    opening_plies: int | None,
    path: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Test by a sequential probability ratio test whether A is --elo1 rather than --elo0 Elo stronger than B.

    Pairs of games are played, each from a new opening with the seats swapped, until one of the two hypotheses is
    accepted; the closer A and B are to one of them, the sooner. Same players and seed, same games and verdict.
    """
    from arena.match.progress import GamesProgress
    from arena.match.sprt.llr import Hypotheses
    from arena.match.sprt.sequential import Step, play_sprt
    from arena.match.tournament import Tournament
    from arena.players.specs import game_of, player
    from game.registry import make

    hypotheses = Hypotheses(elo0, elo1, alpha, beta)
    rules = make(game_name or game_of([a, b]) or "connect4")
    first, second = player(a, rules), player(b, rules)
    if first.name == second.name:
        raise UsageError(f"a test needs two different players, not {first.name} twice")
    steps: list[Step] = []
    with Tournament(path or Path(":memory:"), rules, games, opening_plies, seed) as tournament:
        try:
            with GamesProgress(2 * tournament.pairs) as progress:

                def report(step: Step) -> None:
                    steps.append(step)
                    progress.report(step.games, 2 * tournament.pairs, "")

                result = play_sprt(tournament, first, second, hypotheses, report, progress.chunk)
        except KeyboardInterrupt:
            reached = f" at LLR {steps[-1].llr:+.2f} after {steps[-1].games:,} games" if steps else ""
            kept = f"they are kept in {path}: repeat the command to continue" if path else "give --file to keep games"
            raise StoppedError(f"stopped{reached}; {kept}") from None
    for note in tournament.notes:
        click.echo(f"qzero: {note}", err=True)
    if as_json:
        click.echo(json.dumps({"game": rules.name, "seed": seed, **result.as_dict()}))
    else:
        click.echo(result.text())
