"""Every game works at once in every command, because the commands know the Game protocol only."""

from __future__ import annotations

import json

import pytest

from agent.presets import GENERAL_PRESET, PRESETS, preset
from game import make, names
from tests.conftest import TINY, TINY_TABLE, Qzero

BOARDS = ("othello:6", "hex:4", "hex:4+swap", "hex:12", "breakthrough:4x4", "breakthrough:5x6", "gomoku:5x4x4")
NO_BOARDS = (
    *("othello:7", "othello:", "othello:６", "hex:2", "hex:20", "hex:7+swop", "hex:1e1", "breakthrough:9x9"),
    *("breakthrough:5", "gomoku:20x3x3", "gomoku:0x3x3", "connect4:7", "tictactoe:3", "go"),
)


@pytest.fixture(autouse=True)
def _short_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.judge.FINAL_POSITIONS", 1_000_000)
    monkeypatch.setattr("arena.judge.FINAL_GAMES", 100)


@pytest.mark.parametrize("name", BOARDS)
def test_train_resume_match_tournament_info(name: str, qzero: Qzero) -> None:
    trained = json.loads(qzero("train", name, *TINY, "--json").out)
    run = trained["run"]
    assert trained["game"] == name
    assert ":" not in run
    assert trained["moves"] >= 500
    assert {"score vs random"} <= set(trained["strength"])
    assert name in qzero("info", run).out
    assert qzero("resume", run).code == 0
    for rival in ("random", "one-ply"):
        outcome = qzero("match", run, rival, "--games", "6", "--json")
        assert outcome.code == 0, outcome.err
        result = json.loads(outcome.out)
        assert result["game"] == name
        assert result["first"]["wins"] + result["first"]["draws"] + result["first"]["losses"] == 3
    outcome = qzero("tournament", run, "random", "--games", "4", "--file", "t.db", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["games"] == 4


SETTINGS: dict[str, tuple[str, ...]] = {
    "afterstate": ("--head", "afterstate"),
    "residual": ("--architecture", "residual"),
    "conv": ("--architecture", "conv", "--width", "4"),
    "ntuple": ("--architecture", "ntuple", "--tuples", "4", "--tuple-cells", "3"),
    "ntuple, afterstate, bagging": (
        *("--architecture", "ntuple", "--tuples", "4", "--tuple-cells", "3", "--head", "afterstate", "--members", "2"),
    ),
    "full batch": ("--batch-size", "0"),
    "fixed window": ("--window-kind", "fixed", "--window", "2"),
    "win, draw, loss": ("--loss", "wdl"),
    "huber": ("--loss", "huber"),
    "q-learning, n-step, averaged weights": ("--target", "q", "--lam", "1", "--n-step", "3", "--ema", "0.9"),
    "sarsa": ("--target", "sarsa", "--exploration", "falling"),
    "expected sarsa": ("--target", "expected-sarsa"),
    "averaged symmetries": ("--symmetry", "average", "--dropout", "0.1"),
    "bagging": ("--members", "3", "--optimism", "1", "--boost", "1"),
    "early stopping": ("--patience", "1", "--evaluations", "3"),
    "table": ("--table", "--target", "sarsa"),
}


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("name", ["connect4", "othello:4", "hex:4+swap", "breakthrough:4x4", "gomoku:5x4x4"])
def test_every_setting_learns_every_game_and_is_judged(name: str, settings: str, qzero: Qzero) -> None:
    network = ("--q", "network") if settings != "table" else ()
    tiny = TINY if settings != "table" else TINY_TABLE
    outcome = qzero("train", name, *tiny, "--json", *network, *SETTINGS[settings])
    assert outcome.code == 0, outcome.err
    trained = json.loads(outcome.out)
    assert trained["moves"] >= 1
    assert 0 <= trained["strength"]["score vs random"]["value"] <= 1
    if settings != "table":
        assert trained["steps"] > 0
    match = json.loads(qzero("match", trained["run"], "random", "--games", "4", "--json").out)
    assert sum(match["first"][name] for name in ("wins", "draws", "losses")) == 2


@pytest.mark.parametrize("architecture", ["mlp", "conv"])
@pytest.mark.parametrize("name", ["hex:4", "breakthrough:4x4", "othello:4"])
def test_bfloat16_and_both_architectures(name: str, architecture: str, qzero: Qzero) -> None:
    outcome = qzero("train", name, *TINY, "--architecture", architecture, "--precision", "bfloat16", "--json")
    assert outcome.code == 0, outcome.err


@pytest.mark.parametrize("name", ["hex:3", "othello:4", "breakthrough:4x4"])
def test_small_games_have_tables(name: str, qzero: Qzero) -> None:
    outcome = qzero("train", name, "--table", "--games", "64", "--moves", "2000", "--evaluations", "0", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["q"] == "table"


def test_hex_of_size_three_is_solved_and_graded(qzero: Qzero) -> None:
    run = json.loads(qzero("train", "hex:3", *TINY, "--json").out)["run"]
    report = json.loads(qzero("grade", "hex:3", run, "--json").out)
    assert report["sections"][0]["name"] == "all states"
    assert len(report["endings"]) == 2
    # The first player wins: perfect play never loses from the first seat.
    perfect = json.loads(qzero("grade", "hex:3", "negamax:9", "--json").out)
    assert perfect["sections"][0]["overall"]["mistakes"] == 0
    won, drawn, lost = perfect["endings"][0]
    assert won > 0
    assert drawn == lost == 0


def test_games_are_listed_with_their_boards(qzero: Qzero) -> None:
    listed = {row["game"]: row for row in json.loads(qzero("games", "--json").out)["games"]}
    assert list(listed) == names() == sorted(names())
    assert {"breakthrough", "connect4", "gomoku", "hex", "othello", "tictactoe"} == set(listed)
    assert listed["othello"]["board"] == "8x8"
    assert listed["othello"]["actions"] == 65
    assert listed["gomoku"]["longest"] == 225
    assert "hex:7+swap" in listed["hex"]["other boards"]
    text = qzero("games", "othello:6", "breakthrough:5x6").out.splitlines()
    assert [line.split()[:3] for line in text[1:]] == [["othello:6", "6x6", "37"], ["breakthrough:5x6", "5x6", "65"]]


@pytest.mark.parametrize("name", NO_BOARDS)
def test_boards_that_are_none_are_refused_in_one_line(name: str, qzero: Qzero) -> None:
    for command in (["games", name], ["train", name], ["play", name, "--text"], ["perft", name, "1"]):
        outcome = qzero(*command)
        assert outcome.code == 2
        assert outcome.out == ""
        assert outcome.err.startswith("qzero: ")
        assert name in outcome.err
        assert outcome.err.count("\n") == 1


def test_all_boards_of_a_game_have_one_preset() -> None:
    assert preset("gomoku:7x7x4").learning_rate == PRESETS["gomoku"]["learning_rate"]
    assert preset("hex:5").learning_rate == GENERAL_PRESET["learning_rate"]
    assert preset("hex:5").game == "hex:5"


def test_a_board_has_one_name() -> None:
    for given, name in {"othello:8": "othello", "hex:11": "hex", "gomoku:15x15x5": "gomoku"}.items():
        assert make(given) is make(name)
        assert make(given).name == name


@pytest.mark.parametrize("name", ["connect4", "othello:4", "hex:4+swap", "hex:12", "breakthrough:4x4", "gomoku:5x4x4"])
def test_patterns_learn_every_game_and_are_judged(name: str, qzero: Qzero) -> None:
    shape = ("--q", "patterns", "--tuples", "4", "--tuple-cells", "3", "--threads", "1", "--evaluations", "0")
    outcome = qzero("train", name, *shape, "--games", "32", "--moves", "500", "--json")
    assert outcome.code == 0, outcome.err
    trained = json.loads(outcome.out)
    assert trained["moves"] >= 500
    assert {"score vs random"} <= set(trained["strength"])
    assert "patterns 4 x 3 cells" in qzero("info", trained["run"]).out
