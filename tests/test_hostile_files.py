"""Files and folders that are not what they should be, at the command line: one line each, at once, and nothing lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from agent.run import train
from agent.run.train import METRICS
from agent.store.files import CheckpointError, read_tensors, write_tensors
from arena.strength.speed import SAVING, speed_of
from game.errors import QzeroError
from tests.conftest import Outcome, Qzero

MODEL, RESUME, CONFIG = "model.safetensors", "resume.safetensors", "config.json"
HUGE = 10**400


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    """A run of one's own in the folder at hand."""
    return Path(shutil.copytree(tiny_run, tmp_path / "run"))


def assert_one_line(found: Outcome, code: int, fragment: str) -> None:
    assert found.err.startswith("qzero: "), found
    assert found.err.count("\n") == 1
    assert fragment in found.err
    assert found.code == code


class Case(NamedTuple):
    arguments: tuple[str, ...]
    code: int
    fragment: str
    prepare: Callable[[Path], None]


def pipe(name: str) -> Callable[[Path], None]:
    """A named pipe that nobody writes to, beside the run or in the place of one of its files."""

    def make(run: Path) -> None:
        path = run.parent / name
        path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)

    return make


def loop(run: Path) -> None:
    (run.parent / "loop").symlink_to("loop")


def text(name: str, content: str) -> Callable[[Path], None]:
    def make(run: Path) -> None:
        (run.parent / name).write_text(content)

    return make


def signed(**values: Any) -> Callable[[Path], None]:
    """The same tensors with a checksum that fits, under another record."""

    def make(run: Path) -> None:
        for file in (MODEL, RESUME):
            tensors, record = read_tensors(run / file)
            record |= values
            write_tensors(run / file, tensors, record)
        _, record = read_tensors(run / MODEL)
        (run / CONFIG).write_text(json.dumps(record))

    return make


def nothing(_: Path) -> None:
    pass


PIPE = "a named pipe, not a file"
GRADE = ("grade", "connect4", "random", "--positions", "odd")
SWEEP = ("sweep", "odd", "--dry-run")
CASES = {
    "info of a pipe": Case(("info", "odd"), 1, PIPE, pipe("odd")),
    "player that is a pipe": Case(("match", "odd", "random"), 1, PIPE, pipe("odd")),
    "model that is a pipe": Case(("info", "run"), 1, PIPE, pipe(f"run/{MODEL}")),
    "config that is a pipe": Case(("info", "run"), 1, "is missing or damaged", pipe(f"run/{CONFIG}")),
    "resume state that is a pipe": Case(("resume", "run"), 1, PIPE, pipe(f"run/{RESUME}")),
    "metrics that are a pipe": Case(("report", "run"), 1, PIPE, pipe(f"run/{METRICS}")),
    "metrics of a run that are a pipe": Case(("resume", "run"), 1, METRICS, pipe(f"run/{METRICS}")),
    "positions that are a pipe": Case(GRADE, 1, PIPE, pipe("odd")),
    "sweep that is a pipe": Case(SWEEP, 2, PIPE, pipe("odd")),
    "a pipe among the runs": Case(("grade", "tictactoe"), 2, "no run of tictactoe", pipe(f"runs/x/{CONFIG}")),
    "info of a device": Case(("info", "/dev/zero"), 1, "a device, not a file", nothing),
    "sweep that is a device": Case(("sweep", "/dev/zero"), 2, "a device, not a file", nothing),
    "positions that are a device": Case((*GRADE[:-1], "/dev/zero"), 1, "a device, not a file", nothing),
    "info of a loop": Case(("info", "loop"), 1, "a link that leads nowhere", loop),
    "report of a loop": Case(("report", "loop"), 2, "a link that leads nowhere", loop),
    "report of two loops": Case(("report", "loop", "loop"), 2, "named twice", loop),
    "sweep of a loop": Case(("sweep", "loop"), 2, "symbolic links", loop),
    "model of a loop": Case(("strength", "connect4", "--model", "loop"), 1, "a link that leads nowhere", loop),
    "run in a loop": Case(("train", "tictactoe", "--run", "loop"), 2, "a link that leads nowhere", loop),
    "report onto a pipe": Case(("report", "run", "--output", "odd"), 1, "only files are replaced", pipe("odd")),
    "report onto a pipe of the run": Case(("report", "run"), 1, "a named pipe", pipe("run/report.html")),
    "export onto a pipe": Case(("export", "run", "odd"), 2, "already exists", pipe("odd")),
    "sweep nested deep": Case(SWEEP, 2, "nested too deep", text("odd", f"x = {'[' * 20_000}{']' * 20_000}")),
    "sweep with 5,000 digits": Case(SWEEP, 2, "more than 64 bits", text("odd", f"x = {'1' * 5000}")),
    "sweep with 4,000 digits": Case(SWEEP, 2, "more than 64 bits", text("odd", f"x = {'1' * 4000}")),
    "sweep with digits no one prints": Case(SWEEP, 2, "more than 64 bits", text("odd", f"x = [0x{'f' * 5000}]")),
    "control characters": Case(("info", "\x1b[31m"), 1, r"\x1b[31m does not exist", nothing),
    "positions of huge scores": Case(
        GRADE, 2, "line 1: expected", text("odd", f'{{"moves": "", "scores": [0, 0, 0, {HUGE}, 0, 0, 0]}}')
    ),
    "metrics missing": Case(("report", "run"), 2, f"holds no {METRICS}", lambda run: (run / METRICS).unlink()),
    "metrics empty": Case(("report", "run"), 2, f"{METRICS} is empty", text(f"run/{METRICS}", "")),
    "metrics of huge moves": Case(
        ("report", "run"), 1, "line 1, is damaged", text(f"run/{METRICS}", f'{{"moves": {HUGE}}}\n')
    ),
    "a game of a package": Case(("info", "run"), 1, "if a package brings it", signed(game="pebbles-7")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_line(case: Case, run: Path, qzero: Qzero) -> None:
    case.prepare(run)
    assert_one_line(qzero(*case.arguments), case.code, case.fragment)


@pytest.mark.parametrize("command", [("info",), ("report", "--json"), ("resume",), ("match", "random"), ("grade",)])
def test_a_record_that_no_qzero_wrote(command: tuple[str, ...], run: Path, qzero: Qzero) -> None:
    signed(config="x")(run)
    first, *others = ("grade", "tictactoe") if command == ("grade",) else command
    assert_one_line(qzero(first, *others, "run"), 1, "its config is 'x', expected settings by name")


@pytest.mark.usefixtures("run")
def test_a_page_onto_a_device_leaves_the_device(qzero: Qzero, tmp_path: Path) -> None:
    try:
        os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 7))
    except OSError:
        pytest.skip("only root makes devices, and not everywhere")
    assert_one_line(qzero("report", "run", "--output", "null"), 1, "it is a device")
    assert stat.S_ISCHR((tmp_path / "null").stat().st_mode)
    assert not (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize("command", [("report", "run", "--output"), ("export", "run")])
@pytest.mark.usefixtures("run")
def test_a_link_that_is_written_to_stays(command: tuple[str, ...], qzero: Qzero, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("page")
    if command[0] == "report":
        (tmp_path / "page").write_text("old")
    assert qzero(*command, "link").code == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "page").stat().st_size > 100


# At random

ODD: list[Any] = [
    *(None, True, -1, 1.5, 1e308, float("nan"), float("inf"), 2**63, HUGE),
    *("", "x", "\ud800", "1", [], [1], [[]], {}, {"a": 1}, {"a": "x"}, ["q"]),
]


def odd_record(rng: random.Random, record: dict[str, Any]) -> dict[str, Any]:
    """The record with one entry gone or odd, at the top or among the settings, the shape or the strength."""
    changed: dict[str, Any] = json.loads(json.dumps(record))
    inner = rng.choice([changed, changed, changed["config"], changed["architecture"], changed["strength"]])
    name = rng.choice(sorted(inner))
    if rng.random() < 0.1:
        del inner[name]
    else:
        inner[name] = rng.choice(ODD)
    return changed


def test_odd_records_are_read_or_refused_in_one_line(run: Path, qzero: Qzero) -> None:
    tensors, record = read_tensors(run / MODEL)
    state, whole = read_tensors(run / RESUME)
    rng = random.Random(5)
    refused = 0
    for _ in range(60):
        changed = odd_record(rng, record)
        write_tensors(run / MODEL, tensors, changed)
        (run / CONFIG).write_text(json.dumps(changed))
        write_tensors(run / RESUME, state, {**whole, **changed})
        for command in (("info", "run"), ("match", "run", "one-ply", "--games", "2")):
            found = qzero(*command)
            assert (found.code, found.err.count("\n")) in ((0, 0), (1, 1), (2, 1)), (changed, found)
            refused += found.code != 0
        try:  # not by the command, which would go on training where the record allows
            train.resume(run)
        except CheckpointError:
            refused += 1
    assert refused > 60


def test_odd_metrics_are_read_or_refused_in_one_line(run: Path, qzero: Qzero) -> None:
    lines = [json.loads(line) for line in (run / METRICS).read_text().splitlines()]
    rng = random.Random(6)
    for _ in range(12):
        changed = [dict(line) for line in lines]
        for _ in range(4):
            line = rng.choice(changed)
            name = rng.choice([*line, "watched", "new", "\udcff", "share_new"])
            line[name] = rng.choice([{"score vs random": rng.choice(ODD)}, *ODD])
        (run / METRICS).write_text("".join(json.dumps(line) + "\n" for line in changed))
        found = qzero("report", "run")
        assert (found.code, found.err.count("\n")) in ((0, 0), (1, 1), (2, 1)), (changed, found)


@pytest.mark.parametrize("file", [METRICS, SAVING])
def test_odd_numbers_of_time_are_no_traceback(file: str, run: Path) -> None:
    for content in (f'{{"moves": 1, "seconds": {HUGE}}}', '{"seconds": [1]}', "[" * 60_000, '{"seconds": NaN}', "1"):
        (run / file).write_text(content)
        with pytest.raises(QzeroError, match="is damaged"):
            speed_of(run)
