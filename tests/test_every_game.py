"""Every game works at once in every command, because the commands know the Game protocol only."""

from __future__ import annotations

import json

import pytest

from agent.presets import ANY, PRESETS, preset
from game import make, names
from game.errors import UsageError
from tests.conftest import TINY, Qzero

NO_BOARDS = (
    *("othello:7", "othello:", "othello:６", "hex:2", "hex:20", "hex:7+swop", "hex:1e1", "breakthrough:9x9"),
    *("breakthrough:5", "gomoku:21x3x3", "gomoku:0x3x3", "connect4:7", "tictactoe:3", "go"),
)


GAMES = 400  # against random players: a rate is sure to 0.05, and a learner that learns nothing comes to 0.5
LEARNS = 0.6  # by other seeds, which is what other CPUs' rounding comes to, each setting below reaches 0.66 to 0.95


@pytest.fixture(autouse=True)
def _short_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.training.judge.FINAL_POSITIONS", 40_000)  # searches play few games or none
    monkeypatch.setattr("arena.training.judge.FINAL_GAMES", GAMES)


@pytest.mark.parametrize("name", ["othello:6", "hex:12", "breakthrough:5x6"])
def test_train_resume_match_tournament_info(name: str, qzero: Qzero) -> None:
    trained = json.loads(qzero("train", name, *TINY, "--json").out)
    run = trained["run"]
    assert trained["game"] == name
    assert ":" not in run
    assert trained["moves"] >= 500
    assert {"score vs random"} <= set(trained["strength"])
    assert name in qzero("info", run).out
    assert qzero("resume", run).code == 0
    for rival in ("random",) if name == "hex:12" else ("random", "one-ply"):  # where a search of two plies takes long
        outcome = qzero("match", run, rival, "--games", "6", "--json")
        assert outcome.code == 0, outcome.err
        result = json.loads(outcome.out)
        assert result["game"] == name
        assert result["first"]["wins"] + result["first"]["draws"] + result["first"]["losses"] == 3
    outcome = qzero("tournament", run, "random", "--games", "4", "--db", "t.db", "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["games"] == 4


NTUPLE = ("--architecture", "ntuple", "--tuples", "20", "--tuple-cells", "4")
PATTERNS = ("--q", "ntuple", "--tuples", "20", "--tuple-cells", "4")
# Every setting on one board, every game with several settings.
SETTINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "afterstate": ("gomoku:4x4x3", ("--head", "afterstate")),
    "residual": ("breakthrough:4x4", ("--architecture", "residual")),
    "conv": ("breakthrough:4x4", ("--architecture", "conv", "--width", "8")),
    "ntuple": ("breakthrough:4x4", NTUPLE),
    "ntuple, afterstate, bagging": ("gomoku:4x4x3", (*NTUPLE, "--head", "afterstate", "--members", "2")),
    "full batch": ("breakthrough:4x4", ("--batch-size", "0", "--reuse", "8")),
    "fixed window": ("breakthrough:4x4", ("--window-kind", "fixed", "--window", "2", "--reuse", "2")),
    "win, draw, loss": ("connect4", ("--loss", "wdl")),
    "huber": ("breakthrough:4x4", ("--loss", "huber")),
    "q-learning, n-step, averaged weights": (
        "gomoku:4x4x3",
        ("--target", "q", "--lam", "1", "--n-step", "3", "--ema", "0.9"),
    ),
    "sarsa": ("hex:3", ("--target", "sarsa", "--exploration", "falling")),
    "expected sarsa": ("breakthrough:4x4", ("--target", "expected-sarsa")),
    "averaged symmetries": ("hex:4+swap", ("--symmetry", "average", "--dropout", "0.1")),
    "bagging": ("breakthrough:4x4", ("--members", "3", "--optimism", "1", "--boost", "1")),
    "bfloat16": ("breakthrough:4x4", ("--precision", "bfloat16")),
    "table": ("tictactoe", ("--table", "--target", "sarsa", "--moves", "30000")),
    "patterns": ("othello:6", PATTERNS),
    "n-tuples that follow the moves": ("othello:6", ("--features", "classic", "--stages", "2")),
    "shared n-tuples, sarsa": ("breakthrough:5x5", ("--features", "patches:2x3", "--target", "sarsa", "--lam", "0.5")),
    "n-tuples that follow falling stones": ("connect4", ("--features", "lines:4")),
    "patterns and a swap": ("hex:4+swap", PATTERNS),
}
OF_NETWORKS = ("--q", "network", "--width", "16", "--depth", "1", "--batch-size", "64")


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_setting_learns_and_what_is_saved_plays_what_was_judged(settings: str, qzero: Qzero) -> None:
    name, options = SETTINGS[settings]
    of_networks = () if {"--table", "--features", "ntuple"} & {*options} else (*OF_NETWORKS, "--precision", "float32")
    common = ("--games", "32", "--moves", "4000", "--threads", "1", "--evaluations", "0", *of_networks)
    outcome = qzero("train", name, *common, *options, "--json")
    assert outcome.code == 0, outcome.err
    trained = json.loads(outcome.out)
    judged = trained["strength"]["score vs random"]
    assert judged["value"] > LEARNS
    again = json.loads(qzero("match", trained["run"], "random", "--games", judged["games"], "--json").out)
    assert again["game"] == name
    for result in ("wins", "draws", "losses"):
        assert again["first"][result] + again["second"][result] == judged[result]


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


def test_the_default_kind_of_q_follows_the_board() -> None:
    """n-tuples where compiled rules play; networks where a board has none, or is learned to perfection by one."""
    kinds = {"connect4": "ntuple", "hex": "ntuple", "hex:7": "ntuple", "othello:6": "ntuple", "gomoku:9x9x5": "ntuple"}
    kinds |= dict.fromkeys(
        ("hex:7+swap", "hex:3", "othello:4", "breakthrough:4x4", "gomoku:4x4x3", "tictactoe"), "network"
    )
    assert {board: preset(board).q for board in kinds} == kinds


def test_all_boards_of_a_game_have_one_preset() -> None:
    assert preset("gomoku:7x7x4", q="network").learning_rate == PRESETS["gomoku", "network"]["learning_rate"]
    assert preset("gomoku:7x7x4").features == PRESETS["gomoku", "ntuple"]["features"] != ""
    assert preset("hex:5", q="network").learning_rate == PRESETS[ANY, "network"]["learning_rate"]
    assert preset("hex:5").game == "hex:5"


def test_networks_are_larger_on_a_gpu() -> None:
    here, there = (preset("connect4", q="network", device=device) for device in ("cpu", "cuda:0"))
    assert (here.width, here.games, here.batch_size) == (256, 2048, 1024)
    assert (there.width, there.games, there.batch_size) == (1024, 16384, 8192)
    assert there.learning_rate == here.learning_rate
    given = preset("connect4", q="network", device="cuda", width=128, games=64)
    assert (given.width, given.games, given.batch_size) == (128, 64, 8192)
    assert preset("connect4", q="network", device="cuda", architecture="conv").width == 32
    # Where nothing was measured there, all is as on a CPU.
    assert preset("hex:5", q="network", device="cuda").games == preset("hex:5", q="network").games


def test_random_walks_and_boards_without_compiled_rules_have_no_other_features() -> None:
    assert preset("hex:5", q="ntuple").features == PRESETS["hex", "ntuple"]["features"]
    assert preset("hex:5+swap", q="ntuple").features == ""
    walks = preset("othello", tuples=30)
    assert (walks.q, walks.features, walks.tuples) == ("ntuple", "", 30)
    walks = preset("othello", features="")
    assert (walks.features, walks.stages, walks.games) == ("", 1, PRESETS[ANY, "ntuple"]["games"])
    assert preset("othello", features="walks:30x8").features == "walks:30x8"
    with pytest.raises(UsageError, match="give --features walks:30x8"):
        preset("othello", features="classic", tuples=30)
    with pytest.raises(UsageError, match="--stages 3 is for --features"):
        preset("hex:5+swap", q="ntuple", stages=3)


def test_a_board_has_one_name() -> None:
    for given, name in {"othello:8": "othello", "hex:11": "hex", "gomoku:15x15x5": "gomoku"}.items():
        assert make(given) is make(name)
        assert make(given).name == name
