"""Levels: the ladder, the calibration, the measured data, and the commands that use them."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import game
from agent.store.files import WriteError
from arena.levels import keep, ladder, of
from arena.levels.calibrate import Sample, fit, reliability
from arena.levels.measure import Plan, identity_of, measure
from arena.match.records.read import read_records
from arena.players.levels import known, level_spec, levels_file
from arena.players.specs import player
from arena.view.analysis import chances
from arena.view.analysis.chances import Chances
from game.errors import UsageError
from tests.conftest import Qzero

DEFAULT_BOARDS = ("breakthrough", "connect4", "gomoku", "hex", "othello", "tictactoe")


def test_the_ladder_rises_from_random_to_search() -> None:
    specs = [ladder.spec_at(height, "shipped", 1000) for height in (0.0, 0.25, 0.49, 0.5, 0.75, 1.0)]
    assert specs == [
        "shipped@temperature=4",
        "shipped@temperature=0.2",
        "shipped@temperature=0.011",
        "shipped",
        "shipped@nodes=63",
        "shipped@nodes=1000",
    ]
    assert max(ladder.first_heights(False)) == 0.5


def test_targets_are_evenly_spaced() -> None:
    assert ladder.targets(0, 1000, 4) == [250, 500, 750, 1000]


def test_heights_between_measured_ones() -> None:
    assert ladder.height_of(150, [0.0, 0.5, 1.0], [0, 100, 200]) == pytest.approx(0.75)
    # 120 and 80 were measured the wrong way round: both count as 100.
    assert ladder.rising([0, 120, 80, 300]) == pytest.approx([0, 100, 100, 300], abs=1e-4)
    assert ladder.rising([3, 0, 0]) == pytest.approx([1, 1, 1], abs=1e-4), "each counts once, also in a pool of two"


def test_the_nearest_players_are_chosen_each_once() -> None:
    assert ladder.nearest([100, 200, 300], [0, 90, 95, 210, 290, 320]) == [2, 3, 5]
    assert ladder.nearest([100, 101], [100, 500]) == [0, 1]
    with pytest.raises(ValueError, match="3 levels of 2 players"):
        ladder.nearest([1, 2, 3], [1, 2])


def test_a_planted_calibration_is_found() -> None:
    """20,000 positions whose outcomes were drawn from a known model."""
    truth = Chances(40, slope=0.5, slope_t=0.8, bias=0.3, bias_t=-0.5, width=-0.7, width_t=1.0)
    generator = torch.Generator().manual_seed(0)
    value = torch.rand(20_000, generator=generator, dtype=torch.float64) * 1.9 - 0.95
    ply = torch.randint(0, 40, (20_000,), generator=generator)
    exact = torch.tensor([truth.of(v, p) for v, p in zip(value.tolist(), ply.tolist(), strict=True)])
    outcome = 1 - torch.multinomial(exact, 1, generator=generator).squeeze(1)
    found = fit(Sample(value, ply.double(), outcome, torch.arange(20_000)), 40)
    for v, p in itertools.product((-0.9, -0.3, 0.0, 0.5, 0.9), (0, 15, 35)):
        assert found.of(v, p) == pytest.approx(truth.of(v, p), abs=0.03)
    assert reliability(exact, outcome) < 0.02
    assert reliability(exact.flip(1), outcome) > 0.2


def test_a_game_without_draws_has_none() -> None:
    value = torch.linspace(-0.9, 0.9, 1000, dtype=torch.float64)
    found = fit(Sample(value, torch.zeros(1000).double(), value.sign().long(), torch.arange(1000)), 30)
    assert found.width is None
    assert found.of(0.3, 3).draw == 0


def test_measuring_finds_levels_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    rules, plan, path = game.make("tictactoe"), Plan(games=300, most_nodes=0), tmp_path / "levels.db"
    found, kept = measure(rules, plan, path), len(read_records(path)[1])
    again = measure(rules, plan, path)
    assert len(read_records(path)[1]) == kept  # no game was played twice, and none in addition
    assert [(spec, rating.elo) for spec, rating in found.levels] == [
        (spec, rating.elo) for spec, rating in again.levels
    ]
    assert found.games == again.games == len(found.records) <= kept
    assert found.levels[-1][0] == "shipped"
    elos = [rating.elo for _, rating in found.levels]
    assert elos == sorted(elos)
    assert found.identity == identity_of(player("shipped", rules))


@pytest.mark.parametrize("board", DEFAULT_BOARDS)
def test_the_measured_levels_are_of_the_players_that_there_are(board: str) -> None:
    rules, levels = game.make(board), of(board)
    assert 8 <= len(levels) <= 10
    assert [level.number for level in levels] == list(range(1, len(levels) + 1))
    elos = [0, *(level.elo for level in levels)]
    assert all(low < high for low, high in itertools.pairwise(elos))
    step = elos[-1] / len(levels)
    assert max(abs(high - low - step) for low, high in itertools.pairwise(elos)) < step  # nowhere a gap of two levels
    assert known()[board]["rules_version"] == rules.rules_version
    base = player("shipped", rules)
    # If this fails another checkpoint comes with qzero now: measure again with the command in the file.
    assert known()[board]["identity"] == identity_of(base) == chances.known()[board]["identity"]
    for level in levels:
        one = player(f"level:{level.number}", rules)
        assert one.name == f"level:{level.number}"
        assert one.identity == player(level.spec, rules).identity


@pytest.mark.parametrize("board", DEFAULT_BOARDS)
def test_the_chances_of_each_board_are_better_than_none(board: str) -> None:
    about = chances.known()[board]["held_out"]
    assert about["log_loss"] < about["log_loss_of_shares"]
    # Where values already are the chances there is nothing to gain, and little may be lost by chance.
    assert about["log_loss"] < about["log_loss_uncalibrated"] + 0.01
    assert about["error"] < 0.08
    model = chances.chances_of(board, game.make(board).max_plies)
    assert model.of(0.6, 10).win > model.of(-0.6, 10).win


def test_a_place_that_cannot_be_written_is_said_before_anything_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(chances, "chances_file", lambda: tmp_path / "file" / "chances.json")
    monkeypatch.setattr(keep, "measure", lambda *_: pytest.fail("it measured"))
    before = levels_file().read_bytes()
    with pytest.raises(WriteError, match=r"chances\.json"):
        keep.measure_and_keep("tictactoe", 20, 0, 0, tmp_path / "levels.db", "qzero levels")
    assert levels_file().read_bytes() == before


def test_levels_are_players(qzero: Qzero) -> None:
    said = qzero("match", "level:8", "level:1", "--game", "tictactoe", "--games", "20", "--json")
    assert said.code == 0
    assert json.loads(said.out)["score"] > 0.5


@pytest.mark.parametrize("spec", ["level:0", "level:99", "level", "level:", "level:x"])
def test_levels_that_there_are_not(spec: str, qzero: Qzero) -> None:
    said = qzero("match", spec, "random", "--game", "tictactoe")
    assert said.code == 2
    assert "has the levels level:1 to level:" in said.err or spec == "level:"


def test_a_board_without_levels(qzero: Qzero) -> None:
    with pytest.raises(UsageError, match="no levels of hex:5 are known"):
        level_spec("level:1", "hex:5")
    assert qzero("levels", "hex:5").code == 2
    assert qzero("levels", "--measure").code == 2


def test_the_table_and_json(qzero: Qzero) -> None:
    said = qzero("levels", "connect4")
    assert said.code == 0
    assert said.out.count("level:") == len(of("connect4"))
    every = json.loads(qzero("levels", "--json").out)
    assert set(every) >= set(DEFAULT_BOARDS)
    assert every["connect4"][0].keys() == {"number", "spec", "elo", "margin"}
    assert all(math.isfinite(one["elo"]) for one in every["connect4"])


def test_listing_levels_imports_no_torch() -> None:
    code = "import sys, arena.levels; print(len(arena.levels.of('connect4'))); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
