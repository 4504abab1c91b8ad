"""Who plays a person that names nobody."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.run.strength import Evidence, Strength, strength_json
from arena.players.choice import Contender, better, strongest, usual_opponent
from arena.players.fixed import OPPONENTS
from game.registry import make
from tests.conftest import Qzero

CONNECT4, GOMOKU = make("connect4"), make("gomoku:9x8x4")
Save = Callable[..., str]


def scored(rate: float, rival: str = "negamax:4", games: int = 1000) -> Strength:
    wins = round(rate * games)
    return {f"score vs {rival}": Evidence.of_games(wins, 0, games - wins, games)}


def mistaken(rate: float) -> Strength:
    return {name: Evidence.of_positions(rate, 2519) for name in ("mistakes on random", "mistakes on noisy")}


@pytest.fixture
def save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Save:
    """`save("name", game, strength)` leaves the record of a run in ./runs, each newer than the one before."""
    monkeypatch.chdir(tmp_path)
    saved = 0

    def write(name: str, game: str, strength: Any, moves: int = 200_000) -> str:
        nonlocal saved
        saved += 1
        folder = Path("runs", name)
        folder.mkdir(parents=True)
        (folder / "config.json").write_text(json.dumps({"game": game, "moves": moves, "strength": strength}))
        os.utime(folder / "config.json", (saved, saved))
        return str(folder)

    return write


def test_a_toy_run_does_not_take_the_place_of_what_comes_with_qzero(save: Save) -> None:
    save("toy", "connect4", strength_json(mistaken(0.35) | scored(0.55)))
    assert usual_opponent(CONNECT4).spec == "shipped@exact-ends"


def test_a_run_that_makes_fewer_mistakes_is_chosen_and_says_why(save: Save) -> None:
    best = save("best", "connect4", strength_json(mistaken(0.01) | scored(0.97)))
    save("newest", "connect4", strength_json(mistaken(0.2) | scored(0.99)))
    choice = usual_opponent(CONNECT4)
    assert choice.spec == f"{best}@exact-ends"
    assert choice.why == (
        "raw Q: score vs negamax:4 97.00 % of 1,000 games (+970 =0 -30), mistakes on noisy 1.00 % of 2,519 positions"
    )


def test_records_of_older_versions_count_by_their_numbers(save: Save) -> None:
    best = save("best", "connect4", {"mistakes on random": 0.01, "mistakes on noisy": 0.01, "score vs negamax:4": 0.97})
    assert usual_opponent(CONNECT4).spec == f"{best}@exact-ends"


def test_equal_runs_leave_it_to_the_newest_and_to_what_comes_with_qzero() -> None:
    newest, older, shipped = (Contender(name, scored(0.7)) for name in ("newest", "older", "shipped"))
    assert strongest([newest, older]) is newest
    assert strongest([shipped, newest, older]) is shipped


def test_only_runs_of_the_very_game_and_that_have_learned(save: Save) -> None:
    save("other-board", "gomoku:9x8x3", strength_json(scored(0.9)))
    save("not-begun", GOMOKU.name, strength_json(scored(0.9)), moves=0)
    choice = usual_opponent(GOMOKU)
    assert (choice.spec, choice.why) == ("negamax:4", "no run of gomoku:9x8x4 yet")


def test_a_player_of_another_board_says_so_and_gives_way_to_what_was_measured(save: Save) -> None:
    large = make("gomoku:19x19x5")
    choice = usual_opponent(large)
    assert (choice.spec, choice.why) == ("shipped@exact-ends", "it learned on gomoku")
    run = save("run", large.name, strength_json(scored(0.5)))
    assert usual_opponent(large).spec == f"{run}@exact-ends"


@pytest.mark.parametrize(
    ("strength", "able"),
    [
        (scored(0.49), False),
        (scored(0.5), True),
        (scored(0.49) | scored(1.0, "one-ply"), False),
        (scored(0.7, "one-ply"), False),
        (scored(0.8, "one-ply"), True),
        (scored(0.9, "random"), False),
        (scored(0.99, "random"), True),
        ({}, False),
    ],
    ids=str,
)
def test_a_run_weaker_than_the_search_is_not_preferred(strength: Strength, able: bool, save: Save) -> None:
    run = save("run", GOMOKU.name, strength_json(strength))
    choice = usual_opponent(GOMOKU)
    assert choice.spec == (f"{run}@exact-ends" if able else "negamax:4")
    if not able:
        assert choice.why == "no run of gomoku:9x8x4 in ./runs was measured to be as strong"


def test_mistakes_count_before_scores_and_scores_against_the_strongest_before_others() -> None:
    assert better(mistaken(0.01) | scored(0.5), mistaken(0.02) | scored(0.9))
    assert not better(mistaken(0.02) | scored(0.9), mistaken(0.01) | scored(0.5))
    assert list(OPPONENTS)[-1] == "negamax:4"
    assert better(scored(0.6) | scored(0.6, "random"), scored(0.5) | scored(0.9, "random"))
    assert better(scored(0.9, "random") | mistaken(0.5), scored(0.8, "random") | scored(0.9))
    assert better(scored(0.1), {})
    assert not better({}, scored(0.1))


def test_few_games_prove_less() -> None:
    assert better(scored(0.95, games=1000), scored(1.0, games=20))
    assert not better(scored(1.0, games=20), scored(0.95, games=1000))


def test_play_says_who_plays(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    seats: list[Any] = []
    monkeypatch.setattr("arena.text_play.run", lambda _, who, __: seats.extend(who))
    told = qzero("play", "connect4", "--text")
    assert told.code == 0
    assert told.err.startswith("you play shipped@exact-ends (raw Q: score vs negamax:4 ")
    assert told.err.count("\n") == 1
    assert "--opponent" in told.err
    assert seats[1].name == "shipped@exact-ends"
    assert qzero("play", "connect4", "--text", "--opponent", "one-ply").err == ""


def test_grade_says_which_run_it_took(qzero: Qzero, tiny_run: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_run, tmp_path / "runs" / "mine")
    told = qzero("grade", "tictactoe")
    assert (told.code, told.err) == (0, "grading runs/mine, the newest run of tictactoe\n")
    assert told.out.startswith("runs/mine, tictactoe\n")
    assert qzero("grade", "tictactoe", "runs/mine").err == ""
