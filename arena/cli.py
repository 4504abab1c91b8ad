"""The `qzero` command: the arena's own commands beside those of game/ and agent/."""

from __future__ import annotations

import functools
import io
import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import agent.cli
import arena.bridges.cli
import arena.gui.watch.cli
import arena.levels.cli
import arena.match.cli
import arena.match.records.cli
import arena.match.sprt.cli
import arena.players.cli
import arena.report.cli
import arena.strength.cli
import arena.sweep.cli
import benchmarks.cli
import game.cli
from arena import failure
from arena.match.cli import GAME, JSON, SEED
from arena.terminal import print_whatever_it_is

if TYPE_CHECKING:
    from agent.config import TrainConfig
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
cli.add_command(arena.bridges.cli.export)
cli.add_command(arena.match.cli.match)
cli.add_command(arena.match.cli.tournament)
cli.add_command(arena.match.sprt.cli.sprt)
cli.add_command(arena.match.records.cli.records)
cli.add_command(arena.players.cli.players)
cli.add_command(arena.levels.cli.levels)
cli.add_command(arena.gui.watch.cli.watch)
cli.add_command(arena.report.cli.report)
cli.add_command(arena.strength.cli.strength)
cli.add_command(arena.strength.cli.benchmark)  # the name that it once had
cli.add_command(arena.strength.cli.perfect)
cli.add_command(arena.sweep.cli.sweep)


@cli.command(short_help="Show how a checkpoint was made and how strong it is.")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@GAME
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as JSON.")
@click.option("--card", "as_card", is_flag=True, help="Print a model card in Markdown, to share beside the file.")
@click.pass_context
def info(context: click.Context, checkpoint: Path, game_name: str | None, as_json: bool, as_card: bool) -> None:
    """Tell how CHECKPOINT (shipped, a run folder or a model.safetensors file) was made and how strong it is."""
    from agent.store.checkpoint import load
    from arena.players.specs import shipped
    from game.registry import make

    if checkpoint == Path("shipped"):
        with shipped(make(game_name or "connect4").name) as file:
            context.invoke(agent.cli.info, checkpoint=file, as_json=as_json, as_card=as_card)
        return
    if game_name:
        load(checkpoint, make(game_name))
    context.invoke(agent.cli.info, checkpoint=checkpoint, as_json=as_json, as_card=as_card)


@cli.command(short_help="Measure mistakes against perfect play.")
@click.argument("game_name", metavar="GAME")
@click.argument("agent_spec", metavar="[AGENT]", required=False)
@click.option(
    "--positions",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help='File of JSON lines {"moves": ..., "scores": [...]} to grade on instead; may be repeated.',
)
@click.option("--held-out", is_flag=True, help="Also on positions held out: to be looked at once, at the end.")
@JSON
def grade(game_name: str, agent_spec: str | None, files: tuple[Path, ...], held_out: bool, as_json: bool) -> None:
    """Grade AGENT (default: the newest run of GAME) by the share of its moves that keep the value of the position.

    Small games are solved: AGENT is graded on all reachable states, and on whether it can be beaten at all. For Connect
    Four there are positions graded by a perfect solver, half from random and half from noisy perfect play: of all plies
    alike, and hard ones, without a win in one and of plies as often as games have them. A mistake is a move that makes
    the outcome worse than the best move would; a uniformly random mover is shown for comparison.
    """
    from arena.players.choice import newest_told
    from arena.players.specs import player
    from arena.status_line import status
    from arena.truth.grade_report import grade_report
    from game.registry import make

    rules = make(game_name)
    judged = player(agent_spec or newest_told(rules), rules)
    with status() as say:
        report = grade_report(judged, rules, files, held_out, say)
    click.echo(json.dumps(report.as_dict()) if as_json else report.table())


@cli.command(short_help="Play against a checkpoint, in a window or in the terminal.")
@click.argument("game_name", metavar="[GAME]", required=False)
@click.option("--opponent", "spec", help="Whom to play: a player as in match, or human [the strongest known].")
@click.option("--seat", type=click.Choice(["first", "second"]), default="first", show_default=True, help="Your seat.")
@click.option("--text", is_flag=True, help="Play in the terminal instead of a window.")
@click.option("--moves", default="", help="Begin after these moves, in the game's notation.")
@click.option("--load", "file", type=click.Path(path_type=Path), help="Go on with a saved game.")
@click.option(
    "--screenshot", type=click.Path(path_type=Path), help="Write a picture of the window, PNG, and open none."
)
@click.option("--size", metavar="WIDTHxHEIGHT", help="Of the picture, or of the window [as it was the last time].")
@click.option("--theme", type=click.Choice(["light", "dark"]), help="Colours [as they were the last time].")
@SEED
def play(
    game_name: str | None,
    spec: str | None,
    seat: str,
    text: bool,
    moves: str,
    file: Path | None,
    screenshot: Path | None,
    size: str | None,
    theme: str | None,
    seed: int,
) -> None:
    """Play GAME against a checkpoint, a fixed player or another person; without GAME the window asks which.

    Without --opponent you meet the strongest player known: of the runs in ./runs and the checkpoint that comes with
    qzero the one that measured best, playing with exact ends (SPEC@exact-ends), or negamax:4 if none is as strong.
    """
    from arena.gui.look import Look, look_of

    look: Look = look_of(size, theme, screenshot)
    if file is not None or (game_name is None and screenshot is None):
        if text or spec or moves or screenshot or (file and game_name):
            raise click.UsageError(
                "--load FILE stands alone: the file tells the game and the players"
                if file
                else "name a GAME to play, such as connect4: only the window can be asked for one"
            )
        from arena import gui

        gui.choose(look, seed, file)
        return
    from arena.compiling import told_of_compiling
    from arena.players.choice import opponent_told
    from arena.players.specs import player
    from game.notation import parse_moves
    from game.registry import make

    rules = make(game_name or "connect4")
    start = parse_moves(rules, moves)
    spec = spec or ("human" if screenshot else opponent_told(rules))
    opponent = None if spec == "human" else player(spec, rules)
    seats: tuple[Player | None, Player | None] = (None, opponent) if seat == "first" else (opponent, None)
    if text:
        from arena import text_play

        if moves:
            raise click.UsageError("--moves is for the window: leave out --text")
        with told_of_compiling():
            text_play.run(rules, seats, seed)
    else:
        from arena import gui

        with told_of_compiling():
            gui.run(rules, seats, seed, start, look)


@cli.command(short_help="Speak GTP or Gomocup's protocol, for other programs to play against.")
@click.argument("game_name", metavar="GAME")
@click.argument("spec", metavar="PLAYER")
@click.option(
    "--protocol",
    type=click.Choice(["gtp", "piskvork"]),
    default="gtp",
    show_default=True,
    help="GTP 2, or Gomocup's protocol for gomoku.",
)
@click.option(
    "--clock/--no-clock", default=True, show_default=True, help="Search as long as the other program allows for a move."
)
@SEED
def engine(game_name: str, spec: str, protocol: str, clock: bool, seed: int) -> None:
    """Let another program play GAME against PLAYER: it sends commands on standard input and reads the answers.

    PLAYER is a player as in match. GTP is spoken in every game. A checkpoint without options (shipped, a run) searches
    by the clock where the other program sets one; any other player moves as its options say.
    """
    from arena.compiling import told_of_compiling
    from arena.engines.gtp_server import GtpServer
    from arena.engines.piskvork_server import PiskvorkServer
    from arena.players.by_clock import engine_of
    from game.registry import make

    serve = GtpServer if protocol == "gtp" else PiskvorkServer
    server = serve(make(game_name), lambda rules: engine_of(spec, rules, clock), seed)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # rubbish is answered, not read
    with told_of_compiling(always=True):
        server.run(sys.stdin, functools.partial(print, end="", flush=True))


def _make_judge(config: TrainConfig) -> Any:
    from arena.training.judge import judge_of

    return judge_of(config)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line. Exit status 0: success, 1: failure, 2: bad usage; an error is one line on stderr."""
    # Read by OpenMP when torch is loaded. By default threads spin at barriers for so long that torch becomes 10 to 100
    # times slower as soon as anything else uses one of the cores.
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    if "WORLD_SIZE" in os.environ:  # what torch has to say of connections that fail, qzero says in words
        os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "FATAL")
    print_whatever_it_is()
    try:
        status = cli.main(arguments, prog_name="qzero", standalone_mode=False, obj=_make_judge)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        raise SystemExit(2) from None
    except BrokenPipeError:
        # The reader of our output has gone: end quietly, and keep Python from complaining at exit.
        sys.stdout = None
        raise SystemExit(1) from None
    except Exception as error:
        _fail(error)
    except KeyboardInterrupt as error:
        _fail(error)
    raise SystemExit(status if isinstance(status, int) else 0)


def _fail(error: BaseException) -> NoReturn:
    """Report an expected error in one line and exit; raise a bug again."""
    told = _of_click(error) or failure.in_words(error)
    if told is None:
        raise error
    if isinstance(error, OSError) and not error.filename:
        sys.stdout = None  # or Python complains at exit
    failure.fail(*told)


def _of_click(error: BaseException) -> tuple[str, int] | None:
    """The message and the exit status of what click refused; None for anything else."""
    match error:
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "qzero"
            return f"{error.format_message().rstrip('.')}; see '{command} --help'", 2
        case click.ClickException():
            return error.format_message(), 1
        case click.Abort():
            return "stopped", 130
    return None
