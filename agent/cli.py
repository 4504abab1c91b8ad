"""The commands that train and describe checkpoints: `qzero train`, `resume`, `info` and `export`."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.config import RENAMED, SECTIONS, TrainConfig, modern
from agent.kinds import DEFAULT, kind_called, name_now
from agent.presets import USUAL, preset
from agent.run import RUNS
from agent.run.strength import Strength, read_strength
from game.errors import UsageError

if TYPE_CHECKING:
    from agent.run.train import Training

_TABLE = "table"  # what --table is short for
RANK_TIMEOUT = click.option(
    "--rank-timeout",
    type=click.FloatRange(1, 1e5),
    default=600.0,
    show_default=True,
    help="Under torchrun: seconds to wait for other ranks, when starting and for any answer.",
)


@click.group()
def commands() -> None:
    """Learning."""


def settings_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option for each setting of TrainConfig; settings not given come from the game's preset."""
    hints = typing.get_type_hints(TrainConfig)
    for item in reversed([f for f in dataclasses.fields(TrainConfig) if f.name not in ("game", "minutes")]):
        flag = f"--{item.name.replace('_', '-')}"
        kind: Any = _Choice(item.metadata["choices"]) if "choices" in item.metadata else hints[item.name]
        if hints[item.name] is bool:
            flag, kind = f"{flag}/--no-{flag[2:]}", None
        usual = _usual_kinds() if item.name == "q" else item.default
        note = f"{item.metadata['note']} [{usual}]"
        command = click.option(flag, item.name, type=kind, default=None, help=note)(command)
    for old, name in RENAMED.items():
        command = click.option(f"--{old}", name, type=hints[name], default=None, hidden=True)(command)
    return command


class _Choice(click.Choice[str]):
    """Takes what older versions called a kind of Q as well."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        return super().convert(name_now(value) if param is not None and param.name == "q" else value, param, ctx)


def _usual_kinds() -> str:
    """What the presets take, in words: "ntuple for connect4, hex; else network"; single boards are left out."""
    games: dict[str, list[str]] = {}
    for game, kind in USUAL.items():
        if ":" not in game:
            games.setdefault(kind, []).append(game)
    return "; ".join([*(f"{kind} for {', '.join(names)}" for kind, names in games.items()), f"else {DEFAULT}"])


class SettingsCommand(click.Command):
    """Lists the training settings by section (`SECTIONS`), after the command's own options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {"Options": []}
        fields = {item.name for item in dataclasses.fields(TrainConfig)}
        title = "Options"
        for parameter in [p for p in self.get_params(ctx) if isinstance(p, click.Option)]:
            title = SECTIONS.get(str(parameter.name), title)
            record = parameter.get_help_record(ctx)
            if record is not None:
                sections.setdefault(title if parameter.name in fields else "Options", []).append(record)
        for name, rows in sections.items():
            with formatter.section(name):
                formatter.write_dl(rows)


@commands.command(cls=SettingsCommand, short_help="Learn a game by self-play.")
@click.argument("game")
@click.option("--run", "--out", "named", type=click.Path(path_type=Path), help="Folder of the run [runs/GAME-N].")
@click.option("--minutes", type=float, help="Learn for about this long on this machine, instead of --moves.")
@click.option(
    "--from",
    "weights",
    type=click.Path(path_type=Path),
    help="Begin with the weights of this run folder or model file, of the same shape, and learn on.",
)
@click.option("--table", is_flag=True, help="Short for --q table, which holds at most 4 million states.")
@RANK_TIMEOUT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@settings_options
@click.pass_obj
def train(
    make_judge: Any,
    /,
    game: str,
    named: Path | None,
    minutes: float | None,
    weights: Path | None,
    table: bool,
    rank_timeout: float,
    as_json: bool,
    **given: Any,
) -> None:
    """Learn GAME by self-play and print how strong it became.

    Settings you do not give come from the game's preset; values in brackets apply where the preset has none. --minutes
    counts self-play and learning, not the measuring of strength. A short rehearsal converts it to a number of moves,
    and to fewer games per generation if a generation would take long; if the speed changes during the run, the number
    of moves is adjusted. All this is recorded in config.json: the same --games, --moves and --plan repeat the run bit
    for bit.

    torchrun -m agent train GAME --out RUN shares the work between processes: docs/scaling.md.
    """
    settings = {name: value for name, value in given.items() if value is not None}
    for other in ("moves", "plan"):
        if minutes is not None and other in settings:
            raise UsageError(f"--minutes and --{other} both set the length of the run: give one of them")
    if minutes is not None and not 0 < minutes < 1e6:
        raise UsageError(f"--minutes {minutes:g}: expected a number above 0")
    if table and settings.setdefault("q", _TABLE) != _TABLE:
        raise UsageError(f"--table and --q {settings['q']} contradict each other: give one of them")
    config = preset(game, **settings)

    from agent.run import train as training
    from agent.run.run_folder import refuse_used
    from agent.run.sharing.launch import goes_on, launched
    from agent.store.files import BusyError

    config = training.resolved(config)
    ranks = launched(config, rank_timeout)
    folder = Path(ranks.by_first(lambda: str(named or _next_folder(config.game))))
    if goes_on(folder, config):
        return _resume(make_judge, folder, as_json)
    ranks.by_first(lambda: refuse_used(folder))
    if minutes is not None:
        from agent.run.progress import working
        from agent.run.rehearsal import fitted

        with working(f"{folder}: a short rehearsal, to see what fits into {minutes:g} minutes"):
            config = fitted(config, minutes, fix_games="games" in settings)
        if "evaluations" not in settings:  # not more often than each ten seconds
            config = dataclasses.replace(config, evaluations=min(config.evaluations, int(6 * minutes)))
    judge = make_judge(config) if make_judge else None
    while True:
        try:
            run = training.start(folder, config, judge, weights=weights)
        except (UsageError, BusyError):
            if named or not folder.exists() or not ranks.alone:
                raise
            folder = _next_folder(config.game)  # another process took the folder that was free
        else:
            return _run(run, as_json)


@commands.command(short_help="Resume a training run that was stopped or killed.")
@click.argument("run", type=click.Path(path_type=Path))
@RANK_TIMEOUT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.pass_obj
def resume(make_judge: Any, run: Path, rank_timeout: float, as_json: bool) -> None:
    """Resume the training run in the folder RUN, bit for bit as if it had never stopped.

    With torchrun -m agent resume RUN, on as many ranks as it had; on more or fewer it goes on with other bits.
    """
    from agent.run.sharing.launch import joined_again

    joined_again(run, rank_timeout)
    _resume(make_judge, run, as_json)


def _resume(make_judge: Any, run: Path, as_json: bool) -> None:
    from agent.run import train as training

    found = training.resume(run)
    if make_judge:
        found.judge = make_judge(found.config)
    _run(found, as_json)


@commands.command(short_help="Tell how a checkpoint was made.")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the whole record as JSON.")
@click.option("--card", "as_card", is_flag=True, help="Print a model card in Markdown, to share beside the file.")
def info(checkpoint: Path, as_json: bool, as_card: bool) -> None:
    """Show how CHECKPOINT, a run folder or a model.safetensors file, was made and how strong it is."""
    from agent.card import card
    from agent.store.checkpoint import load
    from agent.store.files import CheckpointError

    if as_json and as_card:
        raise UsageError("--json and --card are two ways to tell the same: give one of them")
    found = load(checkpoint)
    record = found.record
    if as_json:
        click.echo(json.dumps(record))
        return
    try:
        lines = [card(found)] if as_card else _described(record)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CheckpointError(
            f"{checkpoint} was recorded by another version of qzero: see it with 'qzero info {checkpoint} --json'"
        ) from None
    for line in lines:
        click.echo(line)


@commands.command(short_help="Export the weights alone, in a file small enough to share.")
@click.argument("checkpoint", type=click.Path(path_type=Path))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def export(checkpoint: Path, file: Path, least: float = 0.0) -> None:
    """Write the weights of CHECKPOINT to FILE as 16-bit numbers, with the record of how they were made.

    Weights that are 0, as those of table rows that learning never met, are left out. FILE, which should end in
    .safetensors, plays like any other checkpoint, but a run cannot be resumed from it.
    """
    from agent.store.export import export as write

    done = write(checkpoint, file, least)
    left = f", {done.met:,} of {done.numbers:,} weights: the others are 0" if done.met < done.numbers else ""
    click.echo(f"{file}: {done.bytes / 1e6:.2f} MB{left}")


def _described(record: dict[str, Any]) -> list[str]:
    kind, config = kind_called(record["q"]), modern(record["config"])
    usual = dataclasses.asdict(preset(record["game"], q=record["q"]))
    left = f" of {config['moves']:,}" if record["moves"] < config["moves"] else ""  # the last generation is whole
    changed = [
        f"{k}={v}" for k, v in config.items() if v != usual.get(k) and k not in ("moves", "minutes", "plan", "seed")
    ]
    return [
        f"{record['game']} (rules version {record['rules_version']}), {kind.describe(record)}, seed {record['seed']}",
        f"{record['moves']:,}{left} moves learned from {record['games']:,} games "
        f"in {record['generations']:,} generations and {record['steps']:,} steps, {record['seconds']:.0f} s",
        *([f"began with the weights {origin['weights'][:12]}"] if (origin := record.get("from")) else []),
        "settings that differ from the preset: " + (", ".join(changed) or "none"),
        *_strength_lines(read_strength(record["strength"])),
    ]


def _run(run: Training, as_json: bool) -> None:
    from agent.ranks.joining import leave
    from agent.run.drive import drive_in_terminal, drive_silently

    if not run.ranks.first:
        if not run.finished:
            drive_silently(run)
        leave()
        raise SystemExit(0 if run.finished else 130)
    config = run.config
    if run.finished:
        click.echo(f"{run.folder} is already finished: {run.moves:,} moves learned", err=True)
    else:
        drive_in_terminal(run)
    leave()
    if as_json:
        click.echo(json.dumps({"run": str(run.folder), **run.record()}))
    elif run.finished:
        rate = run.moves / run.seconds if run.seconds else 0
        time = f"{run.seconds / 60:.1f} minutes" if run.seconds >= 100 else f"{run.seconds:.1f} s"
        click.echo(f"{run.folder}: {run.moves:,} moves of {run.games:,} games learned in {time}, {rate:,.0f} a second")
        if run.stopping is not None and run.stopping.stop:
            error = 100 * (run.stopping.best or 0.0)
            click.echo(
                f"stopped early of {run.total:,} moves: {config.patience} measurements without progress; "
                f"kept the best weights, with an error of {error:.1f} % on the held-out positions"
            )
        click.echo("\n".join(_strength_lines(run.strength)))
        click.echo(f"see it:    qzero report {run.folder}")
        click.echo(f"play it:   qzero play {config.game} --opponent {run.folder}")
        if any(name.startswith("mistakes") for name in run.strength):  # mistakes can be counted
            click.echo(f"grade it:  qzero grade {config.game} {run.folder}")
    if not run.finished:
        click.echo(
            f"stopped after {run.moves:,} of {run.total:,} moves; resume with: qzero resume {run.folder}", err=True
        )
        raise SystemExit(130)


def _strength_lines(strength: Strength) -> list[str]:
    return [f"  {name:<26} {100 * found.value:6.2f} %{found.basis}" for name, found in strength.items()]


def _next_folder(game: str) -> Path:
    """runs/GAME-N with the first N that is free."""
    name = game.replace(":", "-")  # colons are not for file names
    number = 1
    while (RUNS / f"{name}-{number}").exists():
        number += 1
    return RUNS / f"{name}-{number}"
