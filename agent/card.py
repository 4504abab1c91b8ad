"""Model cards: what a checkpoint is, how it was made and how strong it is, as a page of Markdown."""

from __future__ import annotations

import dataclasses
from typing import Any

from agent.config import TrainConfig
from agent.kinds import kind_called
from agent.presets import preset
from agent.run.strength import Evidence, read_strength
from agent.store.checkpoint import MODEL, Checkpoint

_NOT_HOW = ("game", "minutes", "evaluations", "keep", "save_every")  # settings that do not change what is learned


def card(checkpoint: Checkpoint) -> str:
    """The card of this checkpoint.

    Raises KeyError, TypeError, ValueError, AttributeError or UsageError for a record of another version of qzero.
    """
    path, record = checkpoint.path, checkpoint.record
    exported = "" if path.is_dir() or path.name == MODEL else ", then `qzero export`"
    rows = [
        ("made by", f"`{command(record)}`{exported}"),
        ("how", f"self-play; seed {record['seed']}, {record['moves']:,} moves of {record['games']:,} games"),
        *([("began with", _origin(record["from"]))] if "from" in record else []),
        ("time", f"{_time(record['seconds'])} of self-play and learning, {_threads(record['config']['threads'])}"),
        ("weights", _weights(checkpoint)),
        ("licence", "as qzero"),
    ]
    what = _capital(kind_called(record["q"]).describe(record))
    lines = [
        f"# {path.name}",
        "",
        f"{what} for `{record['game']}`, learned from nothing but its own games.",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {text} |" for name, text in rows),
    ]
    if strength := read_strength(record["strength"]):
        lines += [
            "",
            "Strength by raw Q, moves chosen greedily and without search, with 95 % intervals; games are from random",
            "openings, both seats, and a score is the points a game:",
            "",
            "| measure | result |",
            "|---|---|",
            *(f"| {name} | {_result(found)} |" for name, found in strength.items()),
        ]
    return "\n".join(lines) + "\n"


def command(record: dict[str, Any]) -> str:
    """The command that makes such a checkpoint again: the settings that differ from the preset, moves and seed."""
    config = TrainConfig.from_record(record["config"])
    wanted = {name: value for name, value in dataclasses.asdict(config).items() if name not in _NOT_HOW}
    if "," not in config.plan:  # a plan of one part is its moves
        del wanted["plan"]
    given = {} if config.q == preset(config.game).q else {"q": config.q}
    while True:  # what is given can change the defaults of other settings
        usual = preset(config.game, **given)
        more = {name: value for name, value in wanted.items() if value != getattr(usual, name)}
        if not more:
            break
        given |= more
    words = ["qzero train", config.game, *(["--from FILE"] if "from" in record else [])]
    for name, value in wanted.items():
        flag = name.replace("_", "-")
        if name not in (*given, "seed", "moves"):
            continue
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words.append(f"--{flag} {_short(value) if isinstance(value, float) else value}")
    return " ".join(words)


def _short(value: float) -> str:
    """The shortest text that is this number: 8 for 8.0."""
    text = f"{value:g}"
    return text if float(text) == value else repr(value)


def _result(found: Evidence) -> str:
    """ "97.2 % (96.0 to 98.0) of 1,000 games (+968 =8 -24)"."""
    interval = found.interval
    bounds = f" ({100 * interval[0]:.1f} to {100 * interval[1]:.1f})" if interval else ""
    return f"{100 * found.value:.1f} %{bounds}{found.basis}"


def _origin(origin: dict[str, Any]) -> str:
    return f"the weights {origin['weights'][:12]} of FILE, after {origin.get('moves') or 0:,} moves"


def _weights(checkpoint: Checkpoint) -> str:
    weights = [tensor for tensor in checkpoint.q_function.weights().values() if tensor.is_floating_point()]
    numbers, met = sum(one.numel() for one in weights), sum(int(one.count_nonzero()) for one in weights)
    file = checkpoint.path / MODEL if checkpoint.path.is_dir() else checkpoint.path
    return f"{numbers:,}, of which {met:,} are not 0; {file.stat().st_size / 1e6:.2f} MB"


def _time(seconds: float) -> str:
    return f"{seconds / 60:.1f} minutes" if seconds >= 100 else f"{seconds:.0f} s"


def _threads(threads: int) -> str:
    return {0: "a thread per core", 1: "one thread"}.get(threads, f"{threads} threads")


def _capital(text: str) -> str:
    """The same with a capital letter, but for "n-tuples"."""
    return text if text.startswith("n-") else text[:1].upper() + text[1:]
