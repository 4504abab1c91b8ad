"""The benchmark of the window: it measures what it says."""

from __future__ import annotations

import json
import time
from typing import Any

import pygame
import pytest
import torch
from torch import Tensor

from arena.gui.measure import first, frames, loop
from arena.gui.measure.first import first_picture
from game.errors import QzeroError
from game.play import sample_uniform
from game.registry import make
from tests.arena.gui.hands import display as display  # the fixture
from tests.conftest import Qzero

SMALL = (320, 240)


class Sleeper:
    """Sleeps over its moves, so that the loop has time for other things."""

    name = "sleeper"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        time.sleep(0.01)
        return sample_uniform(game.legal(state), generator)


def test_frames_are_those_of_moves_pointer_and_sizes() -> None:
    found = frames.frame_times(make("connect4"), SMALL, rounds=3)
    assert set(found) == {"pointer", "movement", "size"}
    assert len(found["size"]) == 6
    assert len(found["movement"]) > 3 * 5, "a disc falls for several frames"
    assert len(found["pointer"]) == 3 * 14
    assert all(taken >= 0 for times in found.values() for taken in times)


def test_games_that_end_begin_anew() -> None:
    assert len(frames.frame_times(make("tictactoe"), SMALL, rounds=20)["size"]) == 40


def test_an_idle_window_takes_a_share_of_a_core() -> None:
    assert 0 < loop.idle_load(make("tictactoe"), SMALL, 0.2) <= 2


def test_answers_are_measured_while_agents_move() -> None:
    answers = loop.answer_times(make("connect4"), (Sleeper(), Sleeper()), SMALL, 1.0)
    assert len(answers) >= 2
    assert all(answer > 0 for answer in answers)
    assert not pygame.display.get_init()


def test_the_first_picture_is_that_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0 < first_picture(()) < 120
    monkeypatch.setattr(first, "_UNTIL_THE_FIRST_PICTURE", "import sys; sys.exit('no picture')")
    with pytest.raises(QzeroError, match="qzero play nonsense shows no window: no picture"):
        first_picture(("nonsense",))


def test_the_command_sums_it_up(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first, "first_picture", lambda arguments: 1.5 + len(arguments))
    options = ("--size", "320x240", "--rounds", "2", "--seconds", "0.5", "--opponent", "random")
    outcome = qzero("bench", "gui", "tictactoe", "hex:4", *options, "--json")
    assert (outcome.code, outcome.err) == (0, "")
    results = json.loads(outcome.out)["results"]
    assert set(results["frames"]) == {"tictactoe", "hex:4"}
    assert results["first_picture"] == {"play": 1.5, "play tictactoe": 4.5}
    for found in (*results["frames"]["hex:4"].values(), results["answer"]):
        assert 0 < found["median"] <= found["slowest"]
    told = qzero("bench", "gui", "tictactoe", *options).out
    assert "idle:" in told
    assert "first picture of play tictactoe: 4.50 s" in told


def test_a_wrong_size_is_refused_in_words(qzero: Qzero) -> None:
    outcome = qzero("bench", "gui", "--size", "large")
    assert outcome.code == 2
    assert "expected WIDTHxHEIGHT" in outcome.err
