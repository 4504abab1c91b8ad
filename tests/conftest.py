"""Shared by all tests: one thread, the command line inside this process, and one small trained run."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from arena.cli import main
from tests.helpers import one_thread
from tests.simulated_gpu import any_gpu

TINY = (
    *("--q", "network"),
    *("--width", "16", "--depth", "1", "--games", "32", "--moves", "500", "--threads", "1"),
    *("--batch-size", "64", "--evaluations", "0", "--precision", "float32"),
)


def pytest_collection_finish() -> None:
    """What has been loaded by now stays: no need to look through thousands of tests for rubbish again and again."""
    gc.collect()
    gc.freeze()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str


Qzero = Callable[..., Outcome]


@pytest.fixture
def gpu() -> Iterator[torch.device]:
    """The first GPU that torch sees; where it sees none, a simulated one."""
    with any_gpu() as device:
        yield device


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


@pytest.fixture
def qzero(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Qzero:
    """`qzero("match", "random", ...)` runs that command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return Outcome(stopped.value.code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of tic-tac-toe that learned next to nothing; copy it before changing anything."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    with one_thread(), pytest.raises(SystemExit) as stopped:
        main(["train", "tictactoe", "--run", str(folder), *TINY])
    assert stopped.value.code == 0
    return folder
