"""Every error at the command line: one line on stderr that helps, the promised exit status, and never a traceback."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from agent.store.files import read_tensors, write_tensors
from tests.conftest import TINY, Outcome, Qzero

MODEL, RESUME, CONFIG, METRICS = "model.safetensors", "resume.safetensors", "config.json", "metrics.jsonl"
HUGE = str(10**20)
TRAIN = ("train", "tictactoe", "--run", "new", *TINY)
GRADE = ("grade", "connect4", "random", "--positions", "graded.jsonl")
FUZZED = 200


def assert_one_line(found: Outcome, code: int, fragment: str) -> None:
    lines = found.err.splitlines()
    assert len(lines) == 1, found.err
    assert lines[0].startswith("qzero: ")
    assert len(lines[0]) > len("qzero: ") + 10
    assert "Traceback" not in found.err + found.out
    assert fragment in lines[0]
    assert found.code == code


# What happens to a run before the command is given; the run is a copy in the folder at hand.


def nothing(run: Path) -> None:
    pass


def cut(file: str, left: float) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        data = (run / file).read_bytes()
        (run / file).write_bytes(data[: int(left * len(data))])

    return change


def replaced(file: str, content: bytes) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        (run / file).write_bytes(content)

    return change


def removed(file: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        (run / file).unlink()

    return change


def pickled(run: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, run / MODEL)


def old_pickled(run: Path) -> None:
    torch.save({"weight": torch.zeros(3)}, run / MODEL, _use_new_zipfile_serialization=False)


def recorded(file: str = MODEL, **values: Any) -> Callable[[Path], None]:
    """The same tensors with an intact checksum, under a record that says something else."""

    def change(run: Path) -> None:
        tensors, record = read_tensors(run / file)
        record |= values
        write_tensors(run / file, tensors, record)
        if file == MODEL:
            (run / CONFIG).write_text(json.dumps(record))

    return change


def without(file: str, key: str) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        tensors, record = read_tensors(run / file)
        del record[key]
        write_tensors(run / file, tensors, record)

    return change


def filled(value: float) -> Callable[[Path], None]:
    def change(run: Path) -> None:
        tensors, record = read_tensors(run / MODEL)
        next(iter(tensors.values())).view(-1)[3] = value
        write_tensors(run / MODEL, tensors, record)

    return change


def other_width(run: Path) -> None:
    tensors, record = read_tensors(run / MODEL)
    record["architecture"] = record["architecture"] | {"width": 17}
    write_tensors(run / MODEL, tensors, record)
    (run / CONFIG).write_text(json.dumps(record))


def config_of_another_run(run: Path) -> None:
    record = json.loads((run / CONFIG).read_text())
    record["architecture"]["depth"] = 5
    (run / CONFIG).write_text(json.dumps(record))


def model_as_resume_state(run: Path) -> None:
    shutil.copy(run / MODEL, run / RESUME)


def beside(name: str, content: bytes = b"something\n") -> Callable[[Path], None]:
    """A file beside the run."""

    def make(run: Path) -> None:
        (run.parent / name).write_bytes(content)

    return make


def graded(*lines: str) -> Callable[[Path], None]:
    return beside("graded.jsonl", "\n".join(lines).encode())


def database(statements: str) -> Callable[[Path], None]:
    def make(run: Path) -> None:
        file = sqlite3.connect(run.parent / "tournament.db")
        file.executescript(statements)
        file.close()

    return make


def fifo(name: str) -> Callable[[Path], None]:
    def make(run: Path) -> None:
        os.mkfifo(run.parent / name)

    return make


class Case(NamedTuple):
    arguments: tuple[str, ...]
    code: int
    fragment: str
    prepare: Callable[[Path], None] = nothing


def train_with(*options: str) -> tuple[str, ...]:
    return (*TRAIN, *options)


POSITION = '{"moves": "", "scores": [0, 0, 0, 1, 0, 0, 0]}'

CASES = {
    # What is typed
    "unknown command": Case(("learn",), 2, "No such command 'learn'"),
    "unknown option": Case(("match", "random", "random", "--speed", "9"), 2, "--speed"),
    "unknown option of all": Case(("--fast",), 2, "--fast"),
    "unknown game of train": Case(
        ("train", "chess"), 2, "no game is called 'chess': choose one of breakthrough, connect4, "
    ),
    "unknown game of match": Case(("match", "random", "random", "--game", "go"), 2, "choose one of"),
    "unknown game of tournament": Case(("tournament", "random", "one-ply", "--game", "go"), 2, "choose one of"),
    "unknown game of grade": Case(("grade", "chess", "random"), 2, "choose one of"),
    "unknown game of play": Case(("play", "chess", "--text"), 2, "choose one of"),
    "unknown game of perft": Case(("perft", "chess", "3"), 2, "choose one of"),
    "empty game": Case(("perft", "", "3"), 2, "choose one of"),
    "no game": Case(("train",), 2, "Missing argument 'GAME'"),
    "no players": Case(("match",), 2, "Missing argument 'A'"),
    "one player": Case(("match", "random"), 2, "Missing argument 'B'"),
    "no entrants": Case(("tournament",), 2, "Missing argument"),
    "one entrant": Case(("tournament", "random"), 2, "at least two different players"),
    "one entrant twice": Case(("tournament", "random", "random"), 2, "at least two different players"),
    "too many arguments": Case(("match", "random", "random", "random"), 2, "unexpected extra argument"),
    "no depth": Case(("perft", "connect4"), 2, "Missing argument 'DEPTH'"),
    "no checkpoint": Case(("info",), 2, "Missing argument 'CHECKPOINT'"),
    "no value": Case(("match", "random", "random", "--games"), 2, "--games"),
    "nothing to grade": Case(("grade", "connect4"), 2, "there is no run of connect4"),
    "seat": Case(("play", "tictactoe", "--seat", "third", "--text"), 2, "'first', 'second'"),
    # Players
    "unknown player": Case(("match", "random", "alphazero"), 2, "no player is called 'alphazero'"),
    "unknown entrant": Case(("tournament", "random", "alphazero"), 2, "no player is called 'alphazero'"),
    "unknown agent": Case(("grade", "tictactoe", "alphazero"), 2, "no player is called 'alphazero'"),
    "unknown opponent": Case(("play", "tictactoe", "--opponent", "alphazero", "--text"), 2, "no player is called"),
    "negamax without depth": Case(("match", "negamax", "random"), 2, "such as negamax:4"),
    "negamax:0": Case(("match", "negamax:0", "random"), 2, "a depth of 1 to 20"),
    "negamax:x": Case(("match", "negamax:x", "random"), 2, "a depth of 1 to 20"),
    "negamax:21": Case(("match", "negamax:21", "random"), 2, "a depth of 1 to 20"),
    "negamax:huge": Case(("match", "random", f"negamax:{HUGE}"), 2, "a depth of 1 to 20"),
    "human in a match": Case(("match", "human", "random"), 2, "use 'qzero play'"),
    "human in a tournament": Case(("tournament", "human", "random"), 2, "use 'qzero play'"),
    "human graded": Case(("grade", "tictactoe", "human"), 2, "use 'qzero play'"),
    "a name too long for a file": Case(("match", "random", "x" * 5000), 1, "File name too long"),
    # Numbers of match, tournament, perft
    "games 0": Case(("match", "random", "random", "--games", "0"), 2, "--games"),
    "games negative": Case(("match", "random", "random", "--games", "-2"), 2, "--games"),
    "games nan": Case(("match", "random", "random", "--games", "nan"), 2, "--games"),
    "games inf": Case(("match", "random", "random", "--games", "inf"), 2, "--games"),
    "games text": Case(("match", "random", "random", "--games", "many"), 2, "--games"),
    "games fraction": Case(("match", "random", "random", "--games", "1.5"), 2, "--games"),
    "games huge": Case(("match", "random", "random", "--games", HUGE), 2, "--games"),
    "seed negative": Case(("match", "random", "random", "--seed", "-1"), 2, "--seed"),
    "seed text": Case(("match", "random", "random", "--seed", "x"), 2, "--seed"),
    "seed huge": Case(("match", "random", "random", "--games", "2", "--seed", HUGE), 2, "--seed"),
    "opening plies negative": Case(("match", "random", "random", "--opening-plies", "-1"), 2, "--opening-plies"),
    "opening plies text": Case(("match", "random", "random", "--opening-plies", "two"), 2, "--opening-plies"),
    "opening plies of no game": Case(("match", "random", "random", "--opening-plies", "42"), 2, "fewer opening plies"),
    "opening plies many": Case(("match", "random", "random", "--opening-plies", str(10**12)), 2, "opening"),
    "opening plies huge": Case(("match", "random", "random", "--opening-plies", HUGE), 2, "opening"),
    "tournament games 1": Case(("tournament", "random", "one-ply", "--games", "1"), 2, "--games"),
    "tournament games text": Case(("tournament", "random", "one-ply", "--games", "x"), 2, "--games"),
    "tournament games huge": Case(("tournament", "random", "one-ply", "--games", HUGE), 2, "--games"),
    "tournament seed huge": Case(("tournament", "random", "one-ply", "--games", "2", "--seed", HUGE), 2, "--seed"),
    "tournament seed negative": Case(("tournament", "random", "one-ply", "--seed", "-1"), 2, "--seed"),
    "perft negative": Case(("perft", "connect4", "--", "-1"), 2, "DEPTH"),
    "perft text": Case(("perft", "connect4", "deep"), 2, "DEPTH"),
    "perft nan": Case(("perft", "connect4", "nan"), 2, "DEPTH"),
    "perft fraction": Case(("perft", "connect4", "2.5"), 2, "DEPTH"),
    "perft garbled moves": Case(("perft", "connect4", "2", "--moves", "44x"), 2, "moves look like 1"),
    "perft column 8": Case(("perft", "connect4", "2", "--moves", "48"), 2, "'8'"),
    "perft column 0": Case(("perft", "connect4", "2", "--moves", "0"), 2, "'0'"),
    "perft other script": Case(("perft", "connect4", "2", "--moves", "４"), 2, "no connect4 move"),
    "perft full column": Case(
        ("perft", "connect4", "2", "--moves", "4444444"), 2, "move 7 of '4444444': 4 is not legal"
    ),
    "perft after the end": Case(("perft", "connect4", "2", "--moves", "12121213"), 2, "the game is over"),
    "perft taken cell": Case(("perft", "tictactoe", "2", "--moves", "b2 b2"), 2, "b2 is not legal here"),
    "perft no cell": Case(("perft", "tictactoe", "2", "--moves", "d4"), 2, "moves look like a3"),
    "perft half a move": Case(("perft", "tictactoe", "2", "--moves", "b2a"), 2, "'a'"),
    # Numbers and words of train
    "minutes and moves": Case(("train", "tictactoe", "--minutes", "1", "--moves", "9"), 2, "give one of them"),
    "minutes 0": Case(("train", "tictactoe", "--minutes", "0"), 2, "--minutes"),
    "minutes negative": Case(("train", "tictactoe", "--minutes", "-1"), 2, "--minutes"),
    "minutes nan": Case(("train", "tictactoe", "--minutes", "nan"), 2, "--minutes"),
    "minutes inf": Case(("train", "tictactoe", "--minutes", "inf"), 2, "--minutes"),
    "minutes text": Case(("train", "tictactoe", "--minutes", "long"), 2, "--minutes"),
    "minutes huge": Case(("train", "tictactoe", "--minutes", "1e300"), 2, "--minutes"),
    **{
        f"{option} {value}": Case(train_with(f"--{option}", value), 2, f"--{option}")
        for option, values in {
            "moves": ("0", "-1", "nan", "inf", "many", "1.5", ""),
            "games": ("0", "-1", "nan", "many", HUGE),
            "depth": ("-1", "65", HUGE, "x"),
            "width": ("0", "-1", HUGE, "x"),
            "batch-size": ("-1", HUGE),
            "window": ("0", "-1", HUGE),
            "threads": ("-1", HUGE, "x"),
            "seed": ("-1", "x", HUGE),
            "epsilon": ("-0.1", "1.1", "nan", "inf", "x"),
            "temperature": ("-1", "nan", "inf", "1e-50"),
            "learning-rate": ("-1", "nan", "inf", "-inf", "x"),
            "momentum": ("-1", "1.5", "nan"),
            "weight-decay": ("-1", "nan", "inf"),
            "lam": ("-1", "2", "nan"),
            "reuse": ("-1", "nan", "inf"),
            "evaluations": ("-1", "x"),
            "save-every": ("-1", "nan"),
            "opening-plies": ("-1", "x", HUGE),
            "target": ("z", ""),
            "optimizer": ("rmsprop",),
            "schedule": ("step",),
            "architecture": ("transformer",),
            "activation": ("step",),
            "precision": ("float16",),
        }.items()
        for value in values
    },
    "no such device": Case(train_with("--device", "tpu9"), 2, "use cpu or cuda"),
    "device without rules": Case(train_with("--device", "meta"), 2, "use cpu or cuda"),
    "step size that blows up": Case(train_with("--learning-rate", "1e300"), 1, "smaller step size"),
    "step size that blows up later": Case(train_with("--learning-rate", "1e30"), 1, "smaller step size"),
    "step size that blows up in one step": Case(
        train_with("--learning-rate", "1e38", "--batch-size", "1024"), 1, "smaller step size"
    ),
    "step size that blows up in the last step": Case(
        train_with("--learning-rate", "1e38", "--batch-size", "1024", "--moves", "1"), 1, "smaller step size"
    ),
    # Folders and files
    "run is there": Case(("train", "tictactoe", "--run", "run"), 2, "continue with 'qzero resume run'"),
    "run is a file": Case(("train", "tictactoe", "--run", "note"), 2, "note already exists", beside("note")),
    "run below a file": Case(
        ("train", "tictactoe", "--run", "note/run", *TINY), 1, "cannot make the run folder", beside("note")
    ),
    "runs is a file": Case(("train", "tictactoe", *TINY), 1, "cannot make the run folder", beside("runs")),
    "info of nothing": Case(("info", "nowhere"), 1, "nowhere does not exist"),
    "info of an empty name": Case(("info", ""), 1, "holds no model.safetensors"),
    "info below a file": Case(("info", "note/model"), 1, "does not exist", beside("note")),
    "resume of nothing": Case(("resume", "nowhere"), 1, "expected a run folder made by qzero train"),
    "resume of a file": Case(("resume", "note"), 1, "expected a run folder", beside("note")),
    "tournament file is no database": Case(
        ("tournament", "random", "one-ply", "--file", "note"), 1, "name another --file", beside("note", b"words " * 300)
    ),
    "tournament file is a folder": Case(("tournament", "random", "one-ply", "--file", "run"), 2, "--file"),
    "tournament file in no folder": Case(
        ("tournament", "random", "one-ply", "--file", "no/t.db"), 1, "cannot use no/t.db as a tournament file"
    ),
    "tournament file of something else": Case(
        ("tournament", "random", "one-ply", "--games", "2"), 1, "tournament.db", database("CREATE TABLE game (x)")
    ),
    "tournament file of settings": Case(
        ("tournament", "random", "one-ply", "--games", "2"),
        1,
        "it is some other database, and was left unchanged; name another --file",
        database("CREATE TABLE setting (name, value); INSERT INTO setting VALUES ('seed', '7')"),
    ),
    "tournament file is a FIFO": Case(
        ("tournament", "random", "one-ply", "--file", "pipe"),
        2,
        "pipe as a tournament file: it is no regular file; name another --file",
        fifo("pipe"),
    ),
    # Checkpoints
    "model cut in half": Case(("info", "run"), 1, "is damaged", cut(MODEL, 0.5)),
    "model cut in the header": Case(("info", "run"), 1, "is damaged", cut(MODEL, 0.05)),
    "model without its last bytes": Case(("match", "run", "random"), 1, "is damaged", cut(MODEL, 0.999)),
    "model empty": Case(("info", "run"), 1, "is damaged", cut(MODEL, 0)),
    "model of text": Case(("info", "run"), 1, "is damaged", replaced(MODEL, b"these are words, no weights\n" * 9)),
    "model of zeros": Case(("info", "run"), 1, "is damaged", replaced(MODEL, bytes(4096))),
    "model of ones": Case(("info", "run"), 1, "is damaged", replaced(MODEL, b"\xff" * 4096)),
    "model deeply nested": Case(
        ("info", "run"), 1, "is damaged", replaced(MODEL, (60_000).to_bytes(8, "little") + b"[" * 60_000)
    ),
    "model pickled": Case(("info", "run"), 1, "which can run code when loaded", pickled),
    "model pickled the old way": Case(("info", "run"), 1, "which can run code when loaded", old_pickled),
    "model missing": Case(("info", "run"), 1, "holds no model.safetensors", removed(MODEL)),
    **{
        f"model for another game in {arguments[0]}": Case(
            arguments, 2, "run was trained for tictactoe, not for connect4: give a checkpoint of that game"
        )
        for arguments in (
            ("match", "run", "random", "--game", "connect4"),
            ("tournament", "run", "random", "--game", "connect4"),
            ("grade", "connect4", "run"),
            ("play", "connect4", "--opponent", "run", "--text"),
            ("info", "run", "--game", "connect4"),
        )
    },
    "nothing shipped": Case(("info", "shipped", "--game", "hex:6"), 2, "no checkpoint of hex:6 comes with qzero"),
    "model of other rules": Case(("match", "run", "random"), 1, "rules version 99", recorded(rules_version=99)),
    "model of no rules": Case(
        ("info", "run/model.safetensors"), 1, "rules version None", without(MODEL, "rules_version")
    ),
    "model of an unknown game": Case(("info", "run"), 1, "does not know: 'chess'", recorded(game="chess")),
    "model of a game that is no name": Case(("info", "run"), 1, "does not know", recorded(game=[1])),
    "model of another format": Case(("info", "run"), 1, "format 2", recorded(format=2)),
    "model of another width": Case(("match", "run", "random"), 1, "do not fit the architecture", other_width),
    "model of another kind": Case(("info", "run"), 1, "do not fit the architecture", recorded(architecture={"x": 1})),
    "model of no architecture": Case(("info", "run"), 1, "do not fit the architecture", recorded(architecture=None)),
    "model called a table": Case(("info", "run"), 1, "do not fit the architecture", recorded(q="table")),
    "model with nan": Case(("match", "run", "random"), 1, "not finite numbers", filled(float("nan"))),
    "model with inf": Case(("info", "run"), 1, "not finite numbers", filled(float("inf"))),
    "model record of another version": Case(
        ("info", "run"), 1, "another version", recorded(config={"game": "tictactoe", "a_setting_from_the_future": 1})
    ),
    "model record cut short": Case(("info", "run/model.safetensors"), 1, "run", without(MODEL, "strength")),
    "config missing": Case(("info", "run"), 1, "is missing or damaged", removed(CONFIG)),
    "config damaged": Case(("info", "run"), 1, "is missing or damaged", cut(CONFIG, 0.5)),
    "config no object": Case(("info", "run"), 1, "is missing or damaged", replaced(CONFIG, b"[1]")),
    "config no text": Case(("info", "run"), 1, "is missing or damaged", replaced(CONFIG, b"\xff\xfe\x00")),
    "config deeply nested": Case(("info", "run"), 1, "is missing or damaged", replaced(CONFIG, b"[" * 60_000)),
    "config of another run": Case(("info", "run"), 1, "they are not of one run", config_of_another_run),
    # Resuming
    "resume state missing": Case(("resume", "run"), 1, "holds no resume.safetensors", removed(RESUME)),
    "resume state cut": Case(("resume", "run"), 1, "is damaged", cut(RESUME, 0.7)),
    "resume state empty": Case(("resume", "run"), 1, "is damaged", cut(RESUME, 0)),
    "resume state is the model": Case(("resume", "run"), 1, "does not fit", model_as_resume_state),
    "resume state without moves": Case(("resume", "run"), 1, "does not fit", without(RESUME, "moves")),
    "resume state of other rules": Case(("resume", "run"), 1, "other rules", recorded(RESUME, rules_version=99)),
    "resume state of another version": Case(
        ("resume", "run"), 1, "another version", recorded(RESUME, config={"a_setting_from_the_future": 1})
    ),
    "metrics shortened": Case(("resume", "run"), 1, "metrics.jsonl is shorter", cut(METRICS, 0.5)),
    "metrics missing": Case(("resume", "run"), 1, "metrics.jsonl is shorter", removed(METRICS)),
    # Graded positions
    "no positions": Case(GRADE, 2, "holds no positions", graded("")),
    "positions missing": Case(GRADE, 1, "cannot read graded positions from graded.jsonl"),
    "positions are a folder": Case(("grade", "connect4", "random", "--positions", "run"), 1, "cannot read"),
    "positions are bytes": Case(GRADE, 1, "cannot read graded positions", beside("graded.jsonl", b"\xff\xfe\x00")),
    "positions are no JSON": Case(GRADE, 2, "graded.jsonl, line 2: expected", graded(POSITION, "moves: 44")),
    "positions with too few scores": Case(
        GRADE, 2, "graded.jsonl, line 1: expected", graded('{"moves": "", "scores": [1]}')
    ),
    "positions with a bad move": Case(GRADE, 2, "graded.jsonl, line 1: ", graded(POSITION.replace('""', '"49"'))),
    "positions with an illegal move": Case(
        GRADE, 2, "graded.jsonl, line 4", graded("", POSITION, "", POSITION.replace('""', '"4444444"'))
    ),
    "positions of another game": Case(
        ("grade", "tictactoe", "random", "--positions", "graded.jsonl"), 2, "line 1: expected", graded(POSITION)
    ),
    "positions where nothing matters": Case(
        GRADE, 2, "nothing to grade", graded('{"moves": "", "scores": [0, 0, 0, 0, 0, 0, 0]}')
    ),
}


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    """A run of one's own, to be damaged."""
    folder = tmp_path / "run"
    shutil.copytree(tiny_run, folder)
    return folder


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_error(case: Case, run: Path, qzero: Qzero) -> None:
    case.prepare(run)
    assert_one_line(qzero(*case.arguments), case.code, case.fragment)


def test_what_a_refused_command_leaves_behind(run: Path, qzero: Qzero, tmp_path: Path) -> None:
    """Nothing: a second try with better settings must not meet the remains of the first."""
    before = {file: file.read_bytes() for file in run.iterdir()}
    for arguments in (train_with("--epsilon", "2"), train_with("--device", "tpu9"), ("train", "chess"), ("info", "x")):
        assert qzero(*arguments).code != 0
    assert [entry.name for entry in tmp_path.iterdir()] == ["run"]
    assert {file: file.read_bytes() for file in run.iterdir()} == before


# Damage to files, at random


def flipped(data: bytes, offset: int, bit: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 1 << bit]) + data[offset + 1 :]


def test_any_flipped_bit_of_a_model_is_found(run: Path, qzero: Qzero) -> None:
    data = (run / MODEL).read_bytes()
    header = 8 + int.from_bytes(data[:8], "little")
    rng = random.Random(1)
    offsets = [
        *range(8),
        *(rng.randrange(8, header) for _ in range(40)),
        *(rng.randrange(header, len(data)) for _ in range(20)),
    ]
    _, before = read_tensors(run / MODEL)
    for offset in [*offsets, len(data) - 1]:
        (run / MODEL).write_bytes(flipped(data, offset, rng.randrange(8)))
        found = qzero("info", "run/model.safetensors", "--json")
        if found.code == 0:
            # Blanks that pad the header carry no meaning.
            assert data[offset : offset + 1] == b" "
            assert json.loads(found.out) == before
        else:
            assert_one_line(found, 1, "is damaged")


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One of the things that happen to files: bits flip, pieces vanish, double, move or turn to zeros."""
    header = 8 + int.from_bytes(data[:8], "little")
    # The header is short and rich in meaning, so half of all damage is done there.
    low = rng.randrange(header if rng.random() < 0.5 else len(data))
    high = min(len(data), low + rng.choice([1, 2, 7, 64, 500]))
    piece = data[low:high]
    match rng.randrange(7):
        case 0:
            return flipped(data, low, rng.randrange(8))
        case 1:
            return data[:low]
        case 2:
            return data[:low] + data[high:]
        case 3:
            return data[:low] + piece + data[low:]
        case 4:
            return data[:low] + bytes(len(piece)) + data[high:]
        case 5:
            return data[:low] + rng.randbytes(len(piece)) + data[high:]
        case _:
            return data[:low] + bytes(rng.choice(b'0123456789{}[]",:-eE.') for _ in piece) + data[high:]


@pytest.mark.parametrize("file", [MODEL, RESUME])
def test_mutated_files_are_refused_or_mean_the_same(file: str, run: Path, qzero: Qzero) -> None:
    data = (run / file).read_bytes()
    tensors, record = read_tensors(run / file)
    rng = random.Random(2026)
    refused = 0
    for _ in range(FUZZED):
        changed = mutated(data, rng)
        (run / file).write_bytes(changed)
        found = qzero("info", "run", "--json") if file == MODEL else qzero("resume", "run", "--json")
        if found.code == 0:
            same, told = read_tensors(run / file)
            assert told == record
            assert same.keys() == tensors.keys()
            assert all(torch.equal(same[name], tensors[name]) for name in tensors)
        else:
            assert_one_line(found, 1, str(Path("run", file)))
            refused += 1
    assert refused > 0.9 * FUZZED


def test_mutated_config_is_refused_or_means_the_same(run: Path, qzero: Qzero) -> None:
    data = (run / CONFIG).read_bytes()
    rng = random.Random(3)
    told = qzero("info", "run", "--json")
    assert told.code == 0
    for _ in range(FUZZED):
        low = rng.randrange(len(data))
        (run / CONFIG).write_bytes(data[:low] + rng.randbytes(rng.randrange(3)) + data[low + rng.randrange(3) :])
        found = qzero("info", "run", "--json")
        if found.code == 0:
            assert found.out == told.out
        else:
            assert_one_line(found, 1, str(Path("run", CONFIG)))


# A full disk


def no_space(*_: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_full_disk_at_the_start_of_a_run(qzero: Qzero, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "fsync", no_space)
    assert_one_line(qzero(*TRAIN), 1, "No space left on device")
    assert not list(tmp_path.rglob("*.tmp"))


@pytest.mark.parametrize("survive", range(1, 12))
def test_full_disk_during_a_run_keeps_what_was_saved(
    survive: int, qzero: Qzero, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The disk is full at the n-th write: whatever was saved is whole, and resuming makes the same run of it."""
    calls = iter(range(1000))
    fsync = os.fsync

    def full_later(descriptor: int) -> None:
        if next(calls) >= survive:
            no_space()
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full_later)
    found = qzero(*TRAIN)
    monkeypatch.setattr(os, "fsync", fsync)
    run = tmp_path / "new"
    assert not list(run.glob("*.tmp")) + list(run.glob(".*.tmp"))
    if found.code != 0:
        assert "No space left on device" in found.err
        assert found.err.splitlines()[-1].startswith("qzero: ")
        assert "Traceback" not in found.err
    for file in (MODEL, RESUME):
        if (run / file).exists():
            read_tensors(run / file)
    if (run / RESUME).exists():
        assert qzero("resume", "new").code == 0
        assert qzero("info", "new").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_metrics_that_cannot_be_written(qzero: Qzero, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / METRICS).symlink_to("/dev/full")
    found = qzero(*TRAIN)
    assert found.code != 0
    assert found.err.splitlines()[-1].startswith("qzero: ")
    assert "Traceback" not in found.err
