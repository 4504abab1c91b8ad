"""The commands that play games, from outside: what they say, show and keep."""

from __future__ import annotations

import io
import json
import re
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agent.ntuple.q import NTupleQ
from agent.store.checkpoint import identity, save
from arena.match.match import play_together
from game.registry import make
from tests.conftest import Outcome, Qzero

QUICK = ("--games", "20")


def record(outcome: Outcome) -> dict[str, Any]:
    assert outcome.code == 0, outcome
    found = json.loads(outcome.out)
    assert isinstance(found, dict)
    return found


def save_patterns(folder: Path, value: float) -> None:
    """A run of tic-tac-toe on patterns, every row of this value."""
    game = make("tictactoe")
    patterns = NTupleQ(game, np.arange(3)[None]).tuples
    folder.mkdir(exist_ok=True)
    tensors = {"cells": torch.from_numpy(patterns.cells), "table": torch.full((patterns.size,), value)}
    save(folder, tensors, identity(game, "ntuple", None))


def test_games_of_other_weights_are_not_counted(qzero: Qzero, tmp_path: Path) -> None:
    """A tournament with a, other weights under a, a tournament again: the games of both are in the file."""
    for value, games in ((0.1, 20), (0.1, 20), (0.2, 40)):
        save_patterns(tmp_path / "a", value)
        assert record(qzero("tournament", "a", "random", *QUICK, "--json"))["games"] == 20
        assert games_in_file(tmp_path / "tournament.db") == games


def games_in_file(path: Path) -> int:
    file = sqlite3.connect(path)
    try:
        return int(file.execute("SELECT COUNT(*) FROM game").fetchone()[0])
    finally:
        file.close()


def test_a_run_is_one_player_however_its_path_is_typed(qzero: Qzero, tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "runs" / "x")
    typed = ("runs/x", "./runs/x", "runs/x/", "runs/../runs//x", tmp_path / "runs/x")
    found = record(qzero("tournament", *typed, "random", *QUICK, "--json"))
    assert {row["name"] for row in found["players"]} == {"runs/x", "random"}
    for path in typed:
        found = record(qzero("tournament", path, "random", *QUICK, "--json"))
        assert {row["name"] for row in found["players"]} == {"runs/x", "random"}
    assert games_in_file(tmp_path / "tournament.db") == 20
    assert record(qzero("match", "./runs/x", "random", *QUICK, "--json"))["a"] == "runs/x"


def test_a_tournament_that_is_stopped_says_what_it_kept(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ("tournament", "random", "one-ply", "negamax:2", "--game", "tictactoe", "--games", 20)
    calls = []

    def stopped_in_the_third(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return play_together(*given)

    monkeypatch.setattr("arena.match.tournament.play_together", stopped_in_the_third)
    monkeypatch.setattr("arena.match.tournament.MOST_CHUNKS", 1)
    found = qzero(*arguments)
    assert (found.code, found.out) == (130, "")
    said = "qzero: stopped: 40 of 60 games are kept in tournament.db; repeat the command to continue\n"
    assert found.err == said
    assert record(qzero(*arguments, "--json"))["games"] == 60
    assert len(calls) == 4


def test_more_games_are_added_to_a_tournament(qzero: Qzero) -> None:
    arguments = ("tournament", "random", "one-ply", "--game", "tictactoe", "--json", "--games")
    few = record(qzero(*arguments, 20))
    more = record(qzero(*arguments, 40))
    assert (few["games"], more["games"]) == (20, 40)
    assert record(qzero(*arguments, 20)) == few


def test_too_few_openings_for_an_interval_are_told(qzero: Qzero) -> None:
    arguments = ("match", "one-ply", "random", "--game", "connect4", "--games", 100, "--opening-plies", 1)
    said = "too few distinct openings for an interval (7): ask for more --opening-plies"
    assert said in qzero(*arguments).out
    found = record(qzero(*arguments, "--json"))
    assert found["elo"]["difference"] > 100
    assert [found["elo"][key] for key in ("low", "high", "superiority")] == [None] * 3
    assert said in qzero("tournament", *arguments[1:]).out


def test_info_of_what_comes_with_qzero(qzero: Qzero, tiny_run: Path) -> None:
    assert qzero("info", "shipped").out.startswith("connect4 (rules version 1), n-tuples ")
    small = ("info", "shipped", "--game", "tictactoe")
    assert qzero(*small).out.startswith("tictactoe (rules version 1), ")
    assert record(qzero(*small, "--json"))["game"] == "tictactoe"
    assert qzero("info", tiny_run, "--game", "tictactoe").out == qzero("info", tiny_run).out


class Terminal(io.StringIO):
    """Takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("match", "random", "one-ply"), ["0 of 40 games", "40 of 40 games", "random - one-ply"]),
        (("tournament", "random", "one-ply", "negamax:2"), ["120 of 120 games", "random - negamax:2"]),
    ],
)
def test_games_are_shown_live_on_a_terminal_and_only_there(
    command: tuple[str, ...], said: list[str], qzero: Qzero, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*command, "--game", "tictactoe", "--games", 40)
    piped = qzero(*arguments)
    assert (piped.code, piped.err) == (0, "")
    for name, value in {"TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    (Path() / "tournament.db").unlink(missing_ok=True)
    assert qzero(*arguments).out == piped.out
    shown = terminal.getvalue()
    assert all(text in shown for text in said)
    assert re.search(r"[0-9.]+/s, 0:00:0\d left", shown)
    assert "\x1b[3" not in shown, "no colours"


def test_a_sequential_test_is_told_and_kept(qzero: Qzero, tmp_path: Path) -> None:
    arguments = ("sprt", "one-ply", "random", "--game", "tictactoe", "--elo1", "100")
    text = qzero(*arguments)
    assert text.code == 0, text
    assert text.out.startswith("one-ply against random: H0 is +0 Elo, H1 is +100 Elo\n")
    assert re.search(
        r"^H1 accepted after \d+ games \(\+\d+ =\d+ -\d+\): the Elo difference is more than \+0$", text.out, re.M
    )
    assert list(tmp_path.iterdir()) == [], "without --file nothing is kept"
    found = record(qzero(*arguments, "--json", "--file", "sprt.db"))
    assert (found["game"], found["decision"], found["hypotheses"]["elo1"]) == ("tictactoe", "H1", 100)
    assert found["lower"] < found["upper"] <= found["llr"]
    assert sum(found["pentanomial"]) * 2 == found["games"] == sum(found["score"].values())
    assert games_in_file(tmp_path / "sprt.db") >= found["games"]
    assert record(qzero(*arguments, "--json", "--db", "sprt.db")) == found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("random", "random"), "a test needs two different players, not random twice"),
        (("random", "one-ply", "--elo0", "30"), "expected elo0 below elo1"),
        (("random", "one-ply", "--alpha", "0.7", "--beta", "0.6"), "add up to less than 1"),
    ],
)
def test_sequential_tests_that_make_no_sense(arguments: tuple[str, ...], said: str, qzero: Qzero) -> None:
    found = qzero("sprt", *arguments)
    assert (found.code, found.out) == (2, "")
    assert said in found.err
