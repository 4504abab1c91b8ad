"""Strength numbers and what they rest on: as text, as JSON, and what older versions wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent.run.strength import Evidence, read_strength, strength_json
from agent.stats import wilson

GAMES = Evidence.of_games(968, 8, 24, distinct=990)
POSITIONS = Evidence.of_positions(0.0246, 2519)
EVERY = Evidence.of_positions(0.0, 3191, exact=True)


def test_points_count_a_draw_as_half() -> None:
    assert GAMES.value == pytest.approx(0.972)
    assert GAMES.games == 1000


def test_in_words() -> None:
    assert str(GAMES) == "97.20 % of 1,000 games (+968 =8 -24)"
    assert str(POSITIONS) == "2.46 % of 2,519 positions"
    assert str(EVERY) == "0.00 % of all 3,191 positions"
    assert str(Evidence(0.5)) == "50.00 %"


def test_intervals_are_of_what_repeats_nothing_and_never_guessed() -> None:
    assert GAMES.interval == wilson(0.972, 990)
    assert POSITIONS.interval == wilson(0.0246, 2519)
    assert EVERY.interval is None
    assert Evidence(0.5).interval is None
    assert Evidence(17.5, positions=9).interval is None


def test_json_and_back() -> None:
    strength = {"score vs random": GAMES, "mistakes on noisy": POSITIONS, "mistakes on all states": EVERY}
    text = json.dumps(strength_json(strength))
    assert read_strength(json.loads(text)) == strength
    assert json.loads(text) == {
        "score vs random": {"value": 0.972, "games": 1000, "wins": 968, "draws": 8, "losses": 24, "distinct": 990},
        "mistakes on noisy": {"value": 0.0246, "positions": 2519, "exact": False},
        "mistakes on all states": {"value": 0.0, "positions": 3191, "exact": True},
    }


def test_plain_numbers_of_older_versions() -> None:
    assert read_strength({"score vs random": 0.97, "mistakes on noisy": 0}) == {
        "score vs random": Evidence(0.97),
        "mistakes on noisy": Evidence(0),
    }


@pytest.mark.parametrize(
    "found", [None, True, "0.5", [0.5], {}, {"value": None}, {"games": 3}, float("nan"), 10**400, {"value": 10**400}]
)
def test_what_is_no_strength_number_is_left_out(found: Any) -> None:
    assert read_strength({"odd": found, "even": 0.5}) == {"even": Evidence(0.5)}


def test_counts_that_are_none_are_unknown() -> None:
    found = {"value": 0.5, "games": "many", "wins": -1, "draws": 1.5, "losses": True, "distinct": None, "more": 3}
    assert read_strength({"x": found}) == {"x": Evidence(0.5)}


@pytest.mark.parametrize("found", [None, [], 3, "text"])
def test_what_is_no_strength_at_all(found: Any) -> None:
    assert read_strength(found) == {}
