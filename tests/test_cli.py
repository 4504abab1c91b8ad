"""The command line from outside: what it prints, what it leaves behind, and what it does not import."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.store.checkpoint import load
from agent.store.files import read_tensors
from arena.cli import cli
from game.perft import perft
from game.registry import make, names
from tests.conftest import TINY, Outcome, Qzero
from tests.helpers import unfinished

QUICK = ("--games", "20")


def outside(*arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, its output piped."""
    command = [sys.executable, "-c", "from arena.cli import main; main()", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def record(outcome: Outcome) -> dict[str, Any]:
    """The one JSON object that was printed; NaN and Infinity are no JSON."""
    assert outcome.code == 0, outcome

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    found = json.loads(outcome.out, parse_constant=refuse)
    assert isinstance(found, dict)
    return found


# Help


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize("command", [None, *sorted(cli.commands)])
def test_help_of_every_command(command: str | None, flag: str, qzero: Qzero) -> None:
    found = qzero(*([command] if command else []), flag)
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("Usage: qzero")
    assert max(map(len, found.out.splitlines())) <= 100
    if command is None:
        assert [name for name in cli.commands if f"\n  {name} " not in found.out] == ["benchmark"]  # an old name


def test_every_command_there_should_be() -> None:
    assert set(cli.commands) >= {"games", "grade", "info", "match", "perft", "play", "resume", "tournament", "train"}


def test_no_arguments_shows_the_help_and_fails(qzero: Qzero) -> None:
    found = qzero()
    assert found.code == 2
    assert "Usage: qzero" in found.err + found.out


def test_version(qzero: Qzero) -> None:
    found = qzero("--version")
    assert found.code == 0
    assert found.out.startswith("qzero, version ")


def test_help_is_quick_because_nothing_heavy_is_imported() -> None:
    code = """
import sys
from arena.cli import main
try:
    main(sys.argv[1:])
except SystemExit as stopped:
    assert not stopped.code
heavy = {"torch", "numpy", "pygame", "safetensors", "rich", "sqlite3"} & set(sys.modules)
sys.exit(f"imported: {heavy}" if heavy else 0)
"""
    for arguments in (["--help"], ["--version"], ["train", "--help"], ["tournament", "--help"]):
        found = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
        assert (found.returncode, found.stderr) == (0, "")


# The rules


def test_games_lists_all(qzero: Qzero) -> None:
    rows = record(qzero("games", "--json"))["games"]
    assert [row["game"] for row in rows] == names()
    text = qzero("games").out
    for row in rows:
        assert f"{row['game']} " in text
        assert make(row["game"]).num_actions == row["actions"]


def test_perft_prints_the_published_counts(qzero: Qzero) -> None:
    lines = [line.split() for line in qzero("perft", "connect4", 5).out.splitlines()]
    assert [(line[0], line[1]) for line in lines] == [
        ("1", "7"),
        ("2", "49"),
        ("3", "343"),
        ("4", "2401"),
        ("5", "16807"),
    ]
    assert record(qzero("perft", "tictactoe", 9, "--json"))["perft"] == {
        str(depth): count for depth, count in enumerate([9, 72, 504, 3024, 15120, 54720, 148176, 200448, 127872], 1)
    }


def test_perft_after_moves_and_divided(qzero: Qzero) -> None:
    found = record(qzero("perft", "connect4", 3, "--moves", "44 44,44", "--divide", "--json"))
    assert found["perft"]["1"] == 6
    assert set(found["divide"]) == set("123567")
    assert sum(found["divide"].values()) == found["perft"]["3"]
    assert qzero("perft", "tictactoe", 1, "--divide").out.count(": 1\n") == 9
    assert record(qzero("perft", "tictactoe", 0, "--json"))["perft"] == {}


def test_perft_of_a_finished_game_is_none_and_stops_there(qzero: Qzero) -> None:
    assert record(qzero("perft", "connect4", 2, "--moves", "1212121", "--json"))["perft"] == {"1": 0}


def test_perft_far_beyond_the_end_of_the_game() -> None:
    game = make("tictactoe")
    start = game.step(game.initial(1), game.initial(1).ply.long())
    assert perft(game, 9, start) == 0
    assert perft(game, 3000, start) == 0


# Matches and tournaments


def test_match_in_words_and_numbers(qzero: Qzero) -> None:
    arguments = ("match", "one-ply", "random", "--game", "tictactoe", "--games", 101, "--seed", 3)
    text = qzero(*arguments)
    assert (text.code, text.err) == (0, "")
    assert text.out.startswith("one-ply against random, tictactoe, 102 games\n")
    found = record(qzero(*arguments, "--json"))
    assert (found["game"], found["seed"], found["a"], found["b"]) == ("tictactoe", 3, "one-ply", "random")
    total = {key: found["first"][key] + found["second"][key] for key in ("wins", "draws", "losses")}
    assert sum(total.values()) == 102
    assert found["score"] == pytest.approx((total["wins"] + total["draws"] / 2) / 102)
    assert found["elo"]["low"] < found["elo"]["difference"] < found["elo"]["high"]
    assert f"+{total['wins']} ={total['draws']} -{total['losses']}" in text.out
    assert f"{100 * found['score']:.2f} %" in text.out
    assert record(qzero(*arguments, "--json")) == found


def test_match_plays_connect4_unless_told(qzero: Qzero) -> None:
    assert record(qzero("match", "random", "random", *QUICK, "--json"))["game"] == "connect4"


def test_match_of_a_run_finds_its_game(qzero: Qzero, tiny_run: Path) -> None:
    found = record(qzero("match", tiny_run, "random", *QUICK, "--json"))
    assert (found["game"], found["a"]) == ("tictactoe", str(tiny_run))
    assert record(qzero("match", "random", tiny_run / "model.safetensors", *QUICK, "--json"))["game"] == "tictactoe"


def test_tournament_is_kept_and_goes_on(qzero: Qzero, tiny_run: Path, tmp_path: Path) -> None:
    arguments = ("tournament", "random", "one-ply", tiny_run, *QUICK)
    text = qzero(*arguments)
    assert (text.code, text.err) == (0, "")
    assert all(f" {name} " in text.out for name in ("random", "one-ply", tiny_run))
    assert text.out.endswith("all games are in tournament.db\n")
    assert (tmp_path / "tournament.db").exists()
    assert qzero(*arguments).out == text.out
    found = record(qzero(*arguments, "--json"))
    assert (found["game"], found["games"], found["file"]) == ("tictactoe", 60, "tournament.db")
    assert {row["name"] for row in found["players"]} == {"random", "one-ply", str(tiny_run)}


def test_a_player_named_twice_enters_once(qzero: Qzero) -> None:
    found = record(qzero("tournament", "random", "one-ply", "random", *QUICK, "--json"))
    assert [row["name"] for row in found["players"]] == ["one-ply", "random"]


# Learning


def test_train_info_grade_match(qzero: Qzero, tmp_path: Path) -> None:
    trained = qzero("train", "tictactoe", *TINY)
    assert trained.code == 0
    run = tmp_path / "runs" / "tictactoe-1"
    assert {file.name for file in run.iterdir()} == {
        "config.json",
        "metrics.jsonl",
        "model.safetensors",
        "resume.safetensors",
    }
    assert "runs/tictactoe-1" in trained.out
    told = qzero("info", run)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("tictactoe (rules version ")
    assert "mlp 1 x 16 relu" in told.out
    graded = record(qzero("grade", "tictactoe", "--json"))
    assert graded["player"] == str(Path("runs", "tictactoe-1"))
    assert [section["name"] for section in graded["sections"]] == ["all states"]
    assert len(graded["endings"]) == 2
    assert "never loses" in qzero("grade", "tictactoe", "negamax:9").out
    assert "CAN BE BEATEN" in qzero("grade", "tictactoe", "random").out
    assert record(qzero("match", run, "random", *QUICK, "--json"))["game"] == "tictactoe"
    again = qzero("train", "tictactoe", "--run", run, *TINY)
    assert again.code == 2
    assert "already exists" in again.err


def test_train_json_is_the_record(qzero: Qzero, tmp_path: Path) -> None:
    found = record(qzero("train", "tictactoe", "--run", "here", "--json", "--seed", 5, *TINY))
    assert (found["run"], found["seed"], found["game"]) == ("here", 5, "tictactoe")
    assert found["moves"] >= 500
    assert all(0 <= one["value"] <= 1 for one in found["strength"].values())
    assert record(qzero("info", "here", "--json")) == {key: found[key] for key in found if key != "run"}
    assert json.loads((tmp_path / "here" / "config.json").read_text()) == record(qzero("info", "here", "--json"))
    lines = [json.loads(line) for line in (tmp_path / "here" / "metrics.jsonl").read_text().splitlines()]
    assert [line["generation"] for line in lines] == list(range(1, found["generations"] + 1))
    assert lines[-1]["moves"] == found["moves"]
    assert lines[-1]["strength"] == found["strength"]


def test_progress_is_silent_where_stderr_is_no_terminal(qzero: Qzero) -> None:
    assert qzero("train", "tictactoe", *TINY).err == ""


def test_same_settings_train_the_same_bits(qzero: Qzero, tmp_path: Path, tiny_run: Path) -> None:
    qzero("train", "tictactoe", "--run", "again", *TINY)
    a, _ = read_tensors(tmp_path / "again" / "model.safetensors")
    b, _ = read_tensors(tiny_run / "model.safetensors")
    assert a.keys() == b.keys()
    assert all((a[name] == b[name]).all() for name in a)


def test_runs_are_numbered(qzero: Qzero, tmp_path: Path) -> None:
    for _ in range(2):
        assert qzero("train", "tictactoe", *TINY).code == 0
    assert {folder.name for folder in (tmp_path / "runs").iterdir()} == {"tictactoe-1", "tictactoe-2"}


def test_train_into_an_empty_folder(qzero: Qzero, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert qzero("train", "tictactoe", "--run", "empty", *TINY).code == 0


def test_a_table_is_trained_and_played(qzero: Qzero) -> None:
    arguments = ("--table", "--games", 32, "--moves", 500, "--threads", 1, "--evaluations", 0)
    assert qzero("train", "tictactoe", "--run", "table", *arguments).code == 0
    assert ", table, seed 0" in qzero("info", "table").out
    assert record(qzero("match", "table", "random", *QUICK, "--json"))["game"] == "tictactoe"


def test_patterns_are_trained_told_of_resumed_and_given_away(qzero: Qzero, tmp_path: Path) -> None:
    shape = ("--q", "ntuple", "--tuples", 6, "--tuple-cells", 4)
    made = qzero("train", "tictactoe", *shape, "--moves", 3000, "--games", 64)
    assert made.code == 0, made.err
    assert "n-tuples 6 x 4 cells" in qzero("info", "runs/tictactoe-1").out
    assert qzero("resume", "runs/tictactoe-1").code == 0
    assert qzero("report", "runs/tictactoe-1", "--output", "page.html").code == 0
    assert "n-tuples 6 x 4" in (tmp_path / "page.html").read_text()
    assert qzero("export", "runs/tictactoe-1", "small.safetensors").out.startswith("small.safetensors: ")
    original, small = (tmp_path / "runs/tictactoe-1/model.safetensors"), (tmp_path / "small.safetensors")
    assert small.stat().st_size < 0.7 * original.stat().st_size
    whole = load(original).q_function
    state = unfinished(whole.game, seed=1)
    assert torch.allclose(load(small).q_function.q(state), whole.q(state), atol=2e-3)
    assert qzero("match", "small.safetensors", "random", "--games", 10).code == 0
    assert qzero("export", "runs/tictactoe-1", "small.safetensors").code == 2


def test_table_and_q_must_agree(qzero: Qzero) -> None:
    said = qzero("train", "tictactoe", "--table", "--q", "network")
    assert said.code == 2
    assert "--table and --q network contradict" in said.err


def test_resume_of_a_finished_run_says_so(qzero: Qzero, tiny_run: Path) -> None:
    found = qzero("resume", tiny_run)
    assert found.code == 0
    assert "is already finished" in found.err
    assert found.err.count("\n") == 1


def test_grade_on_files(qzero: Qzero, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"set{number}.jsonl").write_text('{"moves": "", "scores": [-1, -1, -1, 2, -1, -1, -1]}\n')
    files = ("--positions", "set1.jsonl", "--positions", "set2.jsonl")
    found = record(qzero("grade", "connect4", "one-ply", *files, "--json"))
    assert [section["name"] for section in found["sections"]] == ["set1.jsonl", "set2.jsonl"]
    assert found["sections"][0]["overall"]["mistakes"] == pytest.approx(6 / 7)
    assert found["endings"] == []


# In a process of its own


def test_a_whole_process_exits_as_promised(tmp_path: Path) -> None:
    found = outside("match", "random", "random", "--game", "tictactoe", "--games", 4, folder=tmp_path)
    assert (found.returncode, found.stderr) == (0, "")
    assert "4 games" in found.stdout
    found = outside("match", "random", folder=tmp_path)
    assert found.returncode == 2
    assert found.stderr.startswith("qzero: Missing argument 'B'")
    assert found.stderr.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_one_line() -> None:
    with Path("/dev/full").open("w") as full:
        found = subprocess.run(
            [sys.executable, "-c", "from arena.cli import main; main()", "--help"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert found.returncode == 1
    assert found.stderr.startswith("qzero: cannot write to standard output: No space left on device: make room")
    assert found.stderr.count("\n") == 1


def test_a_reader_that_left_is_no_error_worth_a_word() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as nobody:
        found = subprocess.run(
            [sys.executable, "-c", "from arena.cli import main; main()", "--help"],
            stdout=nobody,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (found.returncode, found.stderr) == (1, "")


def test_stopping_early_is_told(qzero: Qzero) -> None:
    options = ("--patience", "1", "--evaluations", "40", "--learning-rate", "0", "--moves", "20000", "--games", "64")
    outcome = qzero("train", "tictactoe", "--width", "8", "--depth", "1", "--threads", "1", *options)
    assert outcome.code == 0, outcome.err
    assert "stopped early of 20,000 moves: 1 measurements without progress" in outcome.out
    assert "% on the held-out positions" in outcome.out
