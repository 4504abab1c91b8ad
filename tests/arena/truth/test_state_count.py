"""Counting states before solving: what is said to be the least is never more than there are."""

from __future__ import annotations

import pytest
import torch

from arena.status_line import status_line
from arena.truth.solve import layers, most_states
from arena.truth.state_count import fewest_behind, fewest_states
from game.errors import QzeroError
from game.registry import make
from tests.conftest import Qzero

# Reachable states, counted one by one (arena/truth/solve.py; those of tic-tac-toe are published).
COUNTED = {"tictactoe": 5_478, "hex:3": 5_514, "othello:4": 65_509, "gomoku:4x3x3": None}


@pytest.mark.parametrize("states", [1, 7, 1000, 100_000, 20_000_000])
@pytest.mark.parametrize("skewed", [False, True])
def test_draws_from_a_known_number_never_tell_of_more(states: int, skewed: bool) -> None:
    generator = torch.Generator().manual_seed(states)
    draws = torch.rand(1 << 16, generator=generator, dtype=torch.float64)
    seen = ((draws**3 if skewed else draws) * states).long()
    least = fewest_behind(len(seen), len(torch.unique(seen)))
    assert least <= states
    if not skewed:
        assert least > 0.4 * states


@pytest.mark.parametrize(("draws", "different", "least"), [(0, 0, 0), (5, 1, 1), (2, 2, 2), (1000, 1000, 18_077)])
def test_bounds_by_hand(draws: int, different: int, least: int) -> None:
    """No repetition in 1,000 draws: 1000 * 999 / 2M = -ln 1e-12 = 27.63, so M is 18,077 at least."""
    assert fewest_behind(draws, different) == least


@pytest.mark.parametrize("name", COUNTED)
def test_no_more_than_there_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arena.truth.state_count.GAMES", 4096)
    counted = COUNTED[name] or sum(len(state) for state in layers(make(name)))
    assert 0.2 * counted < fewest_states(make(name), 10**9) <= counted


@pytest.mark.parametrize("name", ["hex:5", "othello:6", "connect4", "gomoku"])
def test_what_cannot_be_solved_is_refused_before_it_is_tried(name: str) -> None:
    """It took minutes and gigabytes."""
    said: list[str] = []
    game = make(name)
    with pytest.raises(QzeroError, match=f"more than {most_states(game):,} reachable states: .*--positions FILE"):
        layers(game, said.append)
    counts = [int(text.split(", ", 1)[1].split(" ")[0].replace(",", "")) for text in said if "so far" in text]
    assert max(counts) < 200_000
    assert said[-2:] == [f"{game.name}: counting states by random play", ""]


def test_hex_4_is_not_refused() -> None:
    """It has 9,386,235 states, by count."""
    assert 5_000_000 < fewest_states(make("hex:4"), 20_000_000) <= 9_386_235


def test_progress_tells_moves_and_states() -> None:
    said: list[str] = []
    layers(make("tictactoe"), said.append)
    assert said[0] == "tictactoe: 1 moves made, 10 states so far"
    assert said[-1] == "tictactoe: 9 moves made, 5,478 states so far"


def test_grade_shows_progress_on_a_terminal_only(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = qzero("grade", "tictactoe", "one-ply")
    assert (quiet.code, quiet.err) == (0, "")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    shown = qzero("grade", "tictactoe", "one-ply")
    assert shown.out == quiet.out
    assert "tictactoe: 9 moves made, 5,478 states so far" in shown.err
    assert shown.err.endswith("\r\033[K")  # what stood there is cleared


def test_status_line_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    status_line("nobody reads this")
    assert capsys.readouterr().err == ""
