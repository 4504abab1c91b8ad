"""The `qzero` command: the arena's own commands, and those of game/ and agent/ beside them."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import agent.cli
import arena.report.cli
import arena.strength.cli
import arena.sweep.cli
import benchmarks.cli
import game.cli
from arena import failure
from arena.console import print_whatever_it_is
from game.errors import StoppedError, UsageError

if TYPE_CHECKING:
    from agent.config import TrainConfig
    from arena.match.match import MatchResult
    from game.play import Player


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(metadata.version("qzero"), prog_name="qzero")
def cli() -> None:
    """Board-game deep reinforcement learning on one ordinary machine.

    Train by self-play, play against what was learned, and measure how strong it is.
    """


cli.commands.update(game.cli.commands.commands)
cli.commands.update(agent.cli.commands.commands)
cli.add_command(benchmarks.cli.bench)
cli.add_command(arena.report.cli.report)
cli.add_command(arena.strength.cli.strength)
cli.add_command(arena.strength.cli.benchmark)  # the name that it once had
cli.add_command(arena.strength.cli.perfect)
cli.add_command(arena.sweep.cli.sweep)

JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
SEED = click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Seed of all chance."
)
GAME = click.option("--game", "game_name", help="The game [that of the checkpoints, else connect4].")


@cli.command(short_help="Tell how a checkpoint was made.")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@GAME
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as JSON.")
@click.pass_context
def info(context: click.Context, checkpoint: Path, game_name: str | None, as_json: bool) -> None:
    """Tell how CHECKPOINT was made and how strong it was: shipped, a run folder or a model.safetensors file."""
    from agent.store.checkpoint import load
    from arena.players.specs import shipped
    from game.registry import make

    if checkpoint == Path("shipped"):
        with shipped(make(game_name or "connect4").name) as file:
            context.invoke(agent.cli.info, checkpoint=file, as_json=as_json)
        return
    if game_name:
        load(checkpoint, make(game_name))
    context.invoke(agent.cli.info, checkpoint=checkpoint, as_json=as_json)


@cli.command(short_help="Play many games between two players.")
@click.argument("a")
@click.argument("b")
@GAME
@click.option("--games", type=click.IntRange(1, 100_000), default=1000, show_default=True, help="Games, made even.")
@click.option("--opening-plies", type=click.IntRange(min=0), help="Random moves before A and B take over [enough].")
@SEED
@JSON
def match(
    a: str, b: str, game_name: str | None, games: int, opening_plies: int | None, seed: int, as_json: bool
) -> None:
    """Play A against B: varied openings, each twice with seats swapped, all games at once.

    A and B are random, one-ply, negamax:DEPTH, shipped, a run folder or a model.safetensors file. Behind any of them,
    @exact-ends has the ends of the game seen: moves that end it, and replies that win it at once.
    """
    from arena.match.match import play_match
    from arena.match.progress import GamesProgress
    from arena.players.specs import game_of, player
    from game.registry import make

    rules = make(game_name or game_of([a, b]) or "connect4")
    first, second = player(a, rules), player(b, rules)
    games += games % 2
    with GamesProgress(games) as progress:
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


@cli.command(short_help="Round robin of many players, with ratings.")
@click.argument("players", nargs=-1, required=True)
@GAME
@click.option("--games", type=click.IntRange(2, 100_000), default=200, show_default=True, help="Games a pairing, even.")
@click.option("--opening-plies", type=click.IntRange(min=0), help="Random moves before the players take over [enough].")
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("tournament.db"),
    show_default=True,
    help="SQLite file of all games; named again, it goes on where it stopped.",
)
@click.option("--mend", is_flag=True, help="Play games again that were damaged in the file.")
@SEED
@JSON
def tournament(
    players: tuple[str, ...],
    game_name: str | None,
    games: int,
    opening_plies: int | None,
    path: Path,
    mend: bool,
    seed: int,
    as_json: bool,
) -> None:
    """Everybody plays everybody; ratings by maximum likelihood (Bradley-Terry) with 95 % intervals, and a cross-table.

    Every game is kept in a file. A tournament that was killed goes on where it stopped when the command is given again;
    more --games and players that are named for the first time are added. Several processes may share one file.
    """
    from arena.match.progress import GamesProgress
    from arena.match.tournament import Tournament
    from arena.players.specs import game_of, player
    from game.registry import make

    rules = make(game_name or game_of(list(players)) or "connect4")
    entrants = list({entrant.name: entrant for entrant in (player(spec, rules) for spec in players)}.values())
    if len(entrants) < 2:
        raise UsageError("a tournament wants at least two different players")
    names = [entrant.name for entrant in entrants]
    with Tournament(path, rules, games, opening_plies, seed, mend) as played:
        total = played.pairs * len(names) * (len(names) - 1)
        try:
            with GamesProgress(total) as progress:
                played.play(entrants, progress.report, progress.chunk)
        except KeyboardInterrupt:
            raise StoppedError(
                f"stopped: {played.kept(names):,} of {total:,} games are kept in {path}; the same command goes on"
            ) from None
        standings = played.standings(names)
    for note in played.notes:
        click.echo(f"qzero: {note}", err=True)
    if as_json:
        click.echo(json.dumps({"game": rules.name, "seed": seed, "file": str(path), **standings.as_dict()}))
    else:
        click.echo(standings.table())
        click.echo(f"all games are in {path}")


@cli.command(short_help="Measure mistakes against the truth.")
@click.argument("game_name", metavar="GAME")
@click.argument("agent_spec", metavar="[AGENT]", required=False)
@click.option(
    "--positions",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help='JSON lines {"moves": ..., "scores": [...]} to grade on instead of the shipped sets; may be repeated.',
)
@JSON
def grade(game_name: str, agent_spec: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Grade AGENT (default: the newest run of GAME) by the share of its moves that keep the value of the position.

    Small games are solved: all reachable states, and whether the agent can be beaten at all. Connect Four has graded
    positions made by a perfect solver, half from random and half from noisy perfect play. A mistake is a move after
    which the outcome is worse than after the best; beside it stands the rate of a uniformly random mover.
    """
    from arena.players.choice import newest_told
    from arena.players.specs import player
    from arena.status_line import status
    from arena.truth.grade_report import grade_report
    from game.registry import make

    rules = make(game_name)
    judged = player(agent_spec or newest_told(rules), rules)
    with status() as say:
        report = grade_report(judged, rules, files, say)
    click.echo(json.dumps(report.as_dict()) if as_json else report.table())


@cli.command(short_help="Play yourself, in a window or in the terminal.")
@click.argument("game_name", metavar="GAME")
@click.option(
    "--opponent", "spec", help="Who to play: as in match, or human [the strongest of ./runs and shipped, exact ends]."
)
@click.option("--seat", type=click.Choice(["first", "second"]), default="first", show_default=True, help="Your seat.")
@click.option("--text", is_flag=True, help="In the terminal instead of a window.")
@SEED
def play(game_name: str, spec: str | None, seat: str, text: bool, seed: int) -> None:
    """Play GAME against a checkpoint, a fixed player or another person.

    Without --opponent it is the strongest by what was measured, of the runs in ./runs and what comes with qzero,
    playing with exact ends (the player SPEC@exact-ends); negamax:4 where none is known to be as strong.
    """
    from arena.players.choice import opponent_told
    from arena.players.specs import player
    from game.registry import make

    rules = make(game_name)
    spec = spec or opponent_told(rules)
    opponent = None if spec == "human" else player(spec, rules)
    seats: tuple[Player | None, Player | None] = (None, opponent) if seat == "first" else (opponent, None)
    if text:
        from arena import text_play

        text_play.run(rules, seats, seed)
    else:
        from arena import gui

        gui.run(rules, seats, seed)


def _make_judge(config: TrainConfig) -> Any:
    from arena.training.judge import judge_of

    return judge_of(config)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line: exit 0 when all went well, 1 for a failure, 2 for bad usage, each in one line on stderr."""
    # Read by OpenMP when torch is loaded. By default threads spin so long at barriers that torch gets 10 to 100 times
    # slower as soon as anything else wants one of the cores.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    print_whatever_it_is()
    try:
        status = cli.main(arguments, prog_name="qzero", standalone_mode=False, obj=_make_judge)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        raise SystemExit(2) from None
    except BrokenPipeError:
        # Whoever read our output has left: no reason to complain, nor to let Python complain at exit.
        sys.stdout = None
        raise SystemExit(1) from None
    except Exception as error:
        _fail(error)
    except KeyboardInterrupt as error:
        _fail(error)
    raise SystemExit(status if isinstance(status, int) else 0)


def _fail(error: BaseException) -> NoReturn:
    """End in one line; go on raising what is a fault of ours."""
    told = failure.in_words(error)
    if told is None:
        raise error
    if isinstance(error, OSError) and not error.filename:
        sys.stdout = None  # or Python complains at exit
    failure.fail(*told)
