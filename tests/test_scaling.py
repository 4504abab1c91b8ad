"""The scaling benchmark: its model by hand, and that it measures what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.presets import preset
from benchmarks.scaling import measure, model, plot, table
from tests.conftest import Qzero


def run(
    ranks: int, moves: float, cpu: float, sent: float, scaling: str = measure.STRONG, **more: Any
) -> dict[str, Any]:
    found = {
        "scaling": scaling,
        "tables": True,
        "ranks": ranks,
        "games": 100,
        "generations": 2,
        "moves": moves,
        "cpu_seconds": cpu,
    }
    return {
        **found,
        "sent": sent,
        "steps": 20,
        "weights": 1000,
        "seconds": cpu / ranks,
        "waited": 0.0,
        "load": 0.0,
        **more,
    }


# A move takes 1 us, a byte 10 ns; a rank with x moves a generation moves 2.83 * sqrt(x) rows, of 20 bytes each.
FOUND = [
    run(1, 20_000, 0.02, 0),
    run(2, 20_000, 0.02 + 2 * 2 * 4000 * 1e-8, 2 * 4000),  # 5,000 moves a rank and generation: 200 rows
    run(2, 80_000, 0.08 + 2 * 2 * 8000 * 1e-8, 2 * 8000, measure.WEAK),  # 20,000: 400 rows
]


def test_the_model_finds_what_the_measurements_were_made_of() -> None:
    fitted = model.fitted(FOUND)
    assert fitted.compute == pytest.approx(1e-6)
    assert fitted.overhead == pytest.approx(1e-8)
    assert fitted.moves == 10_000
    assert fitted.rows is not None
    assert fitted.rows[1] == pytest.approx(0.5)
    assert fitted.moved(5000) == pytest.approx(200)
    assert fitted.moved(10**12) == 1000  # there are no more


def test_seconds_by_hand() -> None:
    """1 us a move, 10 ns a byte; a network of 250 weights and 3 steps, 1,000 bytes each, by 4 ranks."""
    net = model.Model(1e-6, 1e-8, 10_000, 3, 250, None)
    sent, hops = net.sent(4, 10_000)
    assert sent == 3 * 2 * 3 / 4 * 1000
    assert hops == 5 * 3 + 3 * 6
    assert net.seconds(4, 10_000, 1e9, 1e-3) == pytest.approx(2500e-6 + 4500 * (1e-8 + 8e-9) + 33e-3)
    assert net.sent(1, 10_000) == (0, 0)
    assert net.speedup(1, False, 1e9, 1.0) == 1
    free = model.Model(1e-6, 0.0, 10_000, 0, 250, None)
    for weak in (False, True):
        assert free.speedup(8, weak, 1e9, 0.0) == pytest.approx(8)
    assert net.speedup(1000, False, 1e9, 1e-3) < 1  # latency alone takes longer than all moves


def test_tables_say_what_was_measured_and_what_is_on_paper() -> None:
    fitted = model.fitted(FOUND)
    lines = table.measured_table(FOUND).splitlines()
    assert len(lines) == 4
    assert lines[2].split()[:3] == ["strong", "2", "100"]
    rows = table.paper(fitted, 5e-5)
    assert len(rows) == 2 * len(table.ON_PAPER) * len(table.NETWORKS)
    assert {row["ranks"] for row in rows} >= {16, 64, 256, 1000}
    shown = table.paper_table(rows).splitlines()
    assert len(shown) == 1 + 2 * len(table.ON_PAPER)
    assert shown[-1].split()[:2] == ["weak", "1,000"]


def test_the_picture(tmp_path: Path) -> None:
    plot.plot(tmp_path / "found.svg", "a title", FOUND, model.fitted(FOUND), 5e-5)
    assert "<svg" in (tmp_path / "found.svg").read_text()


def test_as_much_work_for_each() -> None:
    config = preset("connect4", games=1000, batch_size=256)
    grown = measure.grown(config, 4)
    assert (grown.games, grown.batch_size) == (4000, 1024)
    assert measure.grown(config, 1000).games == 1 << 16


def test_ranks_are_numbers_from_one(qzero: Qzero) -> None:
    outcome = qzero("bench", "scaling", "--ranks", "2,4")
    assert outcome.code == 2
    assert "--ranks 2,4: expected numbers with commas between, the first of them 1" in outcome.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--ranks 1,1", "--ranks 1,1: expected numbers with commas between"),
        ("--moves 1000", "--moves is the length of a whole run: give --generations"),
        ("--plan 1000@0", "--plan is the length of a whole run: give --generations"),
        ("--q table", "--q table learns in one process"),
        ("--games 3 --ranks 1,4", "--games 3 is for 4 ranks together: give at least 4"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_it_begins(options: str, said: str, qzero: Qzero) -> None:
    outcome = qzero("bench", "scaling", "tictactoe", *options.split())
    assert outcome.code == 2
    assert said in outcome.err


@pytest.mark.slow
def test_it_measures_real_ranks(qzero: Qzero) -> None:
    small = ("--games", "64", "--warm-up", "1", "--generations", "2", "--ranks", "1,2", "--json")
    outcome = qzero("bench", "scaling", "tictactoe", "--q", "ntuple", "--features", "lines:3", *small)
    assert (outcome.code, outcome.err) == (0, "")
    report = json.loads(outcome.out)
    assert [(one["scaling"], one["ranks"], one["games"]) for one in report["measured"]] == [
        ("strong", 1, 64),
        ("strong", 2, 64),
        ("weak", 2, 128),
    ]
    for one in report["measured"]:
        assert one["moves"] > 0
        assert (one["sent"] > 0) == (one["calls"] > 0) == (one["ranks"] > 1)
