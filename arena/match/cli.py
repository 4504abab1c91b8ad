"""The commands `qzero match` and `qzero tournament`, and options that several commands of the arena have."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from game.errors import StoppedError, UsageError

if TYPE_CHECKING:
    from arena.match.match import MatchResult

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Seed of all randomness."
)
OPENING_PLIES = click.option(
    "--opening-plies", type=click.IntRange(min=0), help="Random moves before the players take over [as few as vary]."
)
GAME = click.option("--game", "game_name", help="The game [the checkpoints' own, otherwise connect4].")


@click.command(short_help="Play many games between two players.")
@click.argument("a")
@click.argument("b")
@GAME
@click.option(
    "--games",
    type=click.IntRange(1, 100_000),
    default=1000,
    show_default=True,
    help="Games to play, rounded up to even.",
)
@OPENING_PLIES
@SEED
@JSON
def match(
    a: str, b: str, game_name: str | None, games: int, opening_plies: int | None, seed: int, as_json: bool
) -> None:
    """Play A against B from varied openings, each played twice with the seats swapped.

    A and B are random, one-ply, negamax:DEPTH, mcts:N (N random rollouts a move),
    shipped, a run folder or a model.safetensors file. Options follow an @, as in shipped@seconds=0.5@temperature=0.1:

    @nodes=N       search, valuing the moves of at most N positions a move

    @seconds=S     search for S seconds a move

    @exact-ends    see how the game ends: own moves that end it, and replies that win at once

    @temperature=T draw moves from the Boltzmann distribution over Q

    @epsilon=E     move at random by chance E
    """
    from arena.compiling import told_of_compiling
    from arena.match.match import play_match
    from arena.match.progress import GamesProgress
    from arena.players.specs import game_of, player
    from game.registry import make

    rules = make(game_name or game_of([a, b]) or "connect4")
    first, second = player(a, rules), player(b, rules)
    games += games % 2
    with told_of_compiling(), GamesProgress(games) as progress:
        watch = progress.chunk(f"{first.name} - {second.name}", games)
        result = play_match(rules, first, second, games, opening_plies, seed, watch)
    if as_json:
        record = {"game": rules.name, "seed": seed, **dataclasses.asdict(result)}
        click.echo(json.dumps(record | {"score": result.total.rate}))
    else:
        _print_match(result, rules.name)


def _print_match(result: MatchResult, name: str) -> None:
    from arena.match.score import no_interval

    total, elo = result.total, result.elo
    click.echo(f"{result.a} against {result.b}, {name}, {total.games} games")
    click.echo(f"  {'overall':<14} {total!s:<18} {100 * total.rate:6.2f} %")
    click.echo(f"  {'moving first':<14} {result.first!s:<18} {100 * result.first.rate:6.2f} %")
    click.echo(f"  {'moving second':<14} {result.second!s:<18} {100 * result.second.rate:6.2f} %")
    if elo.low is None or elo.high is None:
        click.echo(f"  Elo difference {elo.difference:+.0f}, {no_interval(result.distinct_openings, total.games // 2)}")
    else:
        click.echo(f"  Elo difference {elo.difference:+.0f}, 95 % interval {elo.low:+.0f} to {elo.high:+.0f}")
    click.echo(
        f"  {result.distinct_games} of {total.games} games distinct, "
        f"{result.distinct_openings} openings of {result.opening_plies} random plies, each with seats swapped"
    )


@click.command(short_help="Play a round robin of many players, or a gauntlet, and rate them.")
@click.argument("players", nargs=-1, required=True)
@GAME
@click.option("--against", multiple=True, metavar="PLAYER", help="Players meet this one only; may be repeated.")
@click.option("--checkpoints", is_flag=True, help="Enter also the checkpoints that runs kept (train --keep).")
@click.option(
    "--games",
    type=click.IntRange(2, 100_000),
    help="Games per pairing [200, or all of --openings twice].",
)
@click.option(
    "--openings",
    metavar="BOOK",
    help="book:PLIES, every position after so many plies, or a file with the moves of one a line [random moves].",
)
@OPENING_PLIES
@click.option("--anchor", metavar="PLAYER[=ELO]", help="Whose rating is given, 0 unless told [the mean is 0].")
@click.option(
    "--file",
    "--db",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("tournament.db"),
    show_default=True,
    help="SQLite file of all games; name it again to continue.",
)
@click.option("--mend", is_flag=True, help="Replay games that were damaged in the file.")
@click.option("--csv", "csv_path", type=click.Path(path_type=Path, dir_okay=False), help="Write the table there, too.")
@click.option("--html", "html_path", type=click.Path(path_type=Path, dir_okay=False), help="Write a page there, too.")
@SEED
@JSON
def tournament(
    players: tuple[str, ...],
    game_name: str | None,
    against: tuple[str, ...],
    checkpoints: bool,
    games: int | None,
    openings: str | None,
    opening_plies: int | None,
    anchor: str | None,
    path: Path,
    mend: bool,
    csv_path: Path | None,
    html_path: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    """Play a round robin and print ratings with 95 % intervals, scores and a cross-table.

    Players and their options are those of match, such as runs/othello-1@nodes=400.

    Every game is kept in a file. Give the command again to continue a tournament that was stopped or killed, with more
    --games or more players if you like. Several processes may share one file. Each opening is played twice, with the
    seats swapped. With --against, PLAYERS meet only the players named there: a gauntlet.
    Under torchrun the ranks share out the games, which end in one file.
    """
    from agent.ranks.board import board
    from agent.store.files import write_atomically
    from arena.compiling import told_of_compiling
    from arena.match.book import book_of
    from arena.match.entrants import anchor_of, entrants, with_checkpoints
    from arena.match.progress import GamesProgress
    from arena.match.tournament import Tournament, pairings
    from arena.players.specs import game_of
    from game.registry import make

    if openings is not None and opening_plies is not None:
        raise UsageError("--opening-plies is for random openings: leave it out with --openings")
    specs = with_checkpoints(players) if checkpoints else list(players)
    rules = make(game_name or game_of([*specs, *against]) or "connect4")
    mine, theirs = entrants(specs, rules), entrants(against, rules)
    met = pairings(mine, theirs)
    if not met:
        raise UsageError("a tournament needs at least two different players")
    names = list(dict.fromkeys(one.name for one in (*mine, *theirs)))
    given = anchor_of(anchor, names)
    book = book_of(rules, openings, seed) if openings else None
    games = games or (2 * len(book.openings.state) if book else 200)
    shared = board({"command": "tournament", "game": rules.name, "players": names, "games": games, "seed": seed})
    if shared and not shared.first:
        shared.after_first()
    with Tournament(path, rules, games, opening_plies, seed, mend, book) as played:
        played.enter([*mine, *theirs])
        if shared and shared.first:
            shared.go()
        share = (shared.rank, shared.size) if shared else (0, 1)
        total = 2 * played.pairs * len(met)
        try:
            with told_of_compiling(), GamesProgress(total) as progress:
                played.play(mine, progress.report, progress.chunk, theirs, share)
            if shared:
                shared.done()
                if not shared.first:
                    return
        except KeyboardInterrupt:
            raise StoppedError(
                f"stopped: {played.kept(names):,} of {total:,} games are kept in {path}; repeat the command to continue"
            ) from None
        standings = played.standings(names, given)
        records = played.records(names) if html_path else []
    for note in played.notes:
        click.echo(f"qzero: {note}", err=True)
    if csv_path is not None:
        write_atomically(csv_path, standings.csv().encode(errors="replace"))
    if html_path is not None:
        from arena.match.page.page import page

        write_atomically(html_path, page(rules, standings, records).encode(errors="replace"))
    if as_json:
        click.echo(json.dumps({"game": rules.name, "seed": seed, "file": str(path), **standings.as_dict()}))
    else:
        click.echo(standings.table())
        click.echo(f"all games are in {path}")
