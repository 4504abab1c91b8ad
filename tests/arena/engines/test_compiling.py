"""What is said while loops are compiled, and that nothing is where they are read from numba's cache."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from arena.compiling import WORDS, told_of_compiling

ROOT = Path(__file__).parents[3]


def served(commands: str, cache: Path) -> tuple[list[str], list[str]]:
    """What an engine of Connect Four answers, and what it says beside that."""
    code = "from arena.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "engine", "connect4", "shipped"],
        input=commands,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(cache)},
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    return done.stdout.split(), done.stderr.splitlines()


def test_an_engine_says_that_it_compiles_once_on_a_machine_and_never_to_its_controller(tmp_path: Path) -> None:
    assert served("genmove black\nquit\n", tmp_path) == (["=", "4", "="], [WORDS])
    assert served("genmove black\nquit\n", tmp_path) == (["=", "4", "="], [])


def test_an_engine_that_compiles_nothing_says_nothing(tmp_path: Path) -> None:
    assert served("name\nquit\n", tmp_path)[1] == []


def compiled_beside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool) -> str:
    """What a command that compiles two functions says on stderr, to a terminal or none."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    with told_of_compiling():
        assert numba.njit(lambda x: x + 1)(1) + numba.njit(lambda x: x + 2)(1) == 5
    assert numba.njit(lambda x: x + 3)(1) == 4  # afterwards nothing is said
    return capsys.readouterr().err


def test_other_commands_say_so_to_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compiled_beside(monkeypatch, capsys, terminal=True) == f"{WORDS}\n"
    assert compiled_beside(monkeypatch, capsys, terminal=False) == ""


def test_who_compiles_afterwards_is_not_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with told_of_compiling():
        pass
    assert numba.njit(lambda x: x + 4)(1) == 5
    assert capsys.readouterr().err == ""
