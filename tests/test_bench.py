"""The engine benchmark: it measures what it says, and its numbers add up."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import pytest
import torch

from arena.match.openings import random_openings
from benchmarks import arena, engine, tree
from benchmarks.peers import PGX
from game import make
from tests.conftest import Qzero
from tests.simulated_gpu import any_gpu

FAST = ("--rounds", "3", "--seconds", "0.01", "--threads", "1")


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BATCHES", (64, 128))
    monkeypatch.setattr(engine, "PGX_BATCHES", (16,))


def test_ratios_are_of_the_same_rounds(qzero: Qzero) -> None:
    outcome = qzero("bench", "engine", "breakthrough:4x4", "othello:4", "--json", *FAST)
    assert (outcome.code, outcome.err) == (0, "")
    report = json.loads(outcome.out)
    assert set(report["results"]) == {"breakthrough:4x4", "othello:4"}
    assert report["machine"]["versions"]["torch"]
    for name, result in report["results"].items():
        assert result["bytes_a_game"]["qzero"] == engine.bytes_a_game(name) > 0
        rows: list[dict[str, Any]] = result["play"]
        assert [row["engine"] for row in rows] == ["qzero"]  # no peer has these boards here
        assert rows[0]["steps_per_second"] == pytest.approx(statistics.median(rows[0]["rounds"]), abs=1)
        assert rows[0]["ratio"] == 1
        assert "engine_alone" not in result


def test_peers_take_part_where_they_are_installed(qzero: Qzero) -> None:
    pytest.importorskip("pyspiel", reason="OpenSpiel is not installed: pip install 'qzero[bench]'")
    pytest.importorskip("pgx", reason="Pgx is not installed: pip install 'qzero[bench]'")
    outcome = qzero("bench", "engine", "tictactoe", *FAST)
    lines = [line for line in outcome.out.splitlines() if line.startswith("tictactoe")]
    assert [line.split("  ")[0] for line in lines] == ["tictactoe"] * 5
    assert [line[28:44].strip() for line in lines] == ["qzero", "OpenSpiel", "Pgx", "qzero", "Pgx"]
    assert [line[14:28].strip() for line in lines] == ["random play"] * 3 + ["engine alone"] * 2
    assert all("x as fast" in line for line in lines if "qzero" not in line)


def test_missing_peers_are_named_in_words(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pyspiel", "pgx"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    outcome = qzero("bench", "engine", "tictactoe", *FAST)
    assert outcome.code == 0
    assert "OpenSpiel is left out" in outcome.out
    assert "Pgx is left out" in outcome.out
    assert "pip install 'qzero[bench]'" in outcome.out


def test_without_a_compiler_the_compiled_row_is_left_out(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> object:
        raise RuntimeError("no C++ compiler\nand more")

    monkeypatch.setattr("torch.compile", fails)
    outcome = qzero("bench", "engine", "gomoku:3x3x3", "--compile", *FAST)
    assert outcome.code == 0
    assert "qzero compiled is left out (no C++ compiler)" in outcome.out


def test_the_default_games_are_the_six_and_pgx_has_four() -> None:
    assert [make(name).name for name in engine.GAMES] == list(engine.GAMES)
    assert len(engine.GAMES) == 6
    assert set(PGX) < set(engine.GAMES)


@pytest.mark.parametrize("name", engine.GAMES)
def test_bytes_a_game_are_those_of_a_batch(name: str) -> None:
    state = make(name).initial(7)
    total = sum(getattr(state, field).nbytes for field in type(state).__dataclass_fields__)
    assert 7 * engine.bytes_a_game(name) == total


SMALL = ("--games", "64", "--width", "16", "--batch-size", "32", "--threads", "1", "--seconds", "0.02", "--rounds", "3")


@pytest.mark.parametrize(
    "settings",
    [(), ("--head", "afterstate"), ("--members", "2", "--loss", "wdl"), ("--architecture", "ntuple", "--tuples", "5")],
)
def test_learner_is_measured_beside_its_network(qzero: Qzero, settings: tuple[str, ...]) -> None:
    outcome = qzero("bench", "learner", "tictactoe", "--json", *SMALL, *settings)
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)["results"]
    assert set(found["shares"]) == {"self_play", "targets", "learning", "logging"}
    assert sum(found["shares"].values()) == pytest.approx(1)
    assert found["moves_per_second"] > 0
    for what in ("forward", "learning"):
        assert 0 < found[what]["ratio"] < 2
        assert found[what]["learner"] > 0


def test_learner_benchmark_in_words(qzero: Qzero) -> None:
    outcome = qzero("bench", "learner", "tictactoe", *SMALL)
    assert "moves learned a second" in outcome.out
    assert "forward pass" in outcome.out
    table = qzero("bench", "learner", "tictactoe", "--table", "--games", "64", "--seconds", "0.02", "--rounds", "2")
    assert table.code == 0
    assert "forward pass" not in table.out
    short = qzero("bench", "learner", "tictactoe", "--moves", "100", *SMALL)
    assert (short.code, len(short.err.splitlines())) == (2, 1)


def test_search_is_measured_with_an_untrained_q_and_with_a_run(qzero: Qzero, tiny_run: Path) -> None:
    outcome = qzero("bench", "search", "tictactoe", tiny_run, "--nodes", "20", "--rounds", "3", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)
    assert found["nodes"] == 20
    for one in found["results"]:
        assert (one["game"], one["engine"].partition(" ")[0]) == ("tictactoe", "tree")
        assert one["nodes_per_second"] == pytest.approx(statistics.median(one["rounds"]), abs=1)
        assert one["depth"] > 1
    words = qzero("bench", "search", "tictactoe", "--nodes", "20", "--rounds", "1")
    assert words.out.splitlines()[-1].split()[:2] == ["tictactoe", "tree"]
    nobody = qzero("bench", "search", "nobody")
    assert (nobody.code, len(nobody.err.splitlines())) == (2, 1)


def test_the_search_of_a_network_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MANY", 8)
    monkeypatch.setattr(tree, "THERE", (8, 16))
    monkeypatch.setattr(tree, "available", lambda: False)
    with any_gpu() as gpu:
        rows = tree.measure(nodes=4, rounds=1, place=str(gpu))
    assert [(row["search"], row["games"]) for row in rows[2:]] == [(f"tree on {gpu}", 8), (f"tree on {gpu}", 16)]
    assert all(row["nodes_per_second"] > 0 for row in rows)


def test_the_search_of_a_network_beside_another_with_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MANY", 16)
    rows = tree.measure(nodes=6, rounds=2)
    assert [(row["search"], row["games"]) for row in rows[:2]] == [("tree", 1), ("tree", 16)]
    assert all(row["nodes_per_second"] > 0 for row in rows)
    spiel = pytest.importorskip("pyspiel", reason="OpenSpiel is not installed: pip install 'qzero[bench]'")
    assert [row["search"] for row in rows[2:]] == ["OpenSpiel MCTS"]
    game, theirs = make("connect4"), spiel.load_game("connect_four").new_initial_state()
    state = game.initial(1)
    for move in (3, 3, 2, 6, 0):
        assert torch.equal(tree.planes(theirs), game.observe(state))
        theirs.apply_action(move)
        state = game.step(state, torch.tensor([move]))


def test_matches_are_measured_beside_one_position_at_a_time(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PLAYERS", 5), ("GAMES", 1000), ("ONE_AT_A_TIME", 4)):
        monkeypatch.setattr(arena, name, value)
    outcome = qzero("bench", "arena", "--games", 16, "--rounds", 1, "--threads", 1, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    found = json.loads(outcome.out)["results"]
    for name in {"shipped", "networks", "openspiel"} & set(found):
        speed = found[name]
        assert speed["games_per_second"] * speed["length"] == pytest.approx(speed["moves_per_second"])
        assert 3 < speed["length"] < 42
    assert found["standings"]["seconds"] > 0
    assert ("openspiel" in found) == (found["left_out"] is None)


def test_the_loop_of_one_position_at_a_time_plays_what_a_match_plays() -> None:
    pytest.importorskip("pyspiel", reason="OpenSpiel is not installed: pip install 'qzero[bench]'")
    openings = random_openings(make("connect4"), 6, None, 0)
    nets = [arena.network(seed) for seed in (0, 1)]
    ours, theirs = arena.matched(nets[0], nets[1], openings, 1), arena.one_at_a_time(nets, openings, 1)
    assert ours.length == theirs.length
