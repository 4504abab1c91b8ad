"""Grades against every reply and on every state: perfect players, planted mistakes, and the command."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ, masked
from agent.presets import preset
from agent.search.negamax import NegamaxQ
from arena.strength.prove import GAMES, train_and_grade
from arena.truth.every_reply import SeatGrade, against_every_reply
from arena.truth.perfection import perfection
from arena.truth.perfection_table import Result, text_table
from arena.truth.solve import Solution, solution
from game.registry import make
from tests.conftest import Qzero

SMALL = ("tictactoe", "hex:3", "othello:4")


@pytest.fixture(scope="module", params=SMALL)
def solved(request: pytest.FixtureRequest) -> Solution[Any]:
    return solution(make(request.param))


class TruthQ:
    """The outcome of each move; in one position, if given, of another sign: the mistake is planted there alone."""

    def __init__(self, solved: Solution[Any], wrong: Any = None) -> None:
        self.game = solved.game
        self.solved = solved
        self.wrong = None if wrong is None else int(self.game.key(wrong))

    def identity(self) -> str:
        return "truth"

    def weights(self) -> dict[str, torch.Tensor]:
        return {}

    def q(self, state: Any) -> Tensor:
        q = torch.zeros(len(state), self.game.num_actions)
        for ply in torch.unique(state.ply).tolist():
            rows = (state.ply == ply).nonzero().squeeze(1)
            q[rows] = self.solved.outcomes(state[rows]).float()
        if self.wrong is not None:
            q = torch.where((self.game.key(state) == self.wrong)[:, None], -q, q)
        return masked(q, self.game, state)


def test_truth_is_perfect(solved: Solution[Any]) -> None:
    found = perfection(QPlayer("truth", TruthQ(solved)), solved)
    assert found.perfect
    assert found.mistakes == 0
    assert [seat.mistakes for seat in found.seats] == [0, 0]
    # The side that the value favours never loses; in a draw neither does.
    for seat, sign in enumerate((1, -1)):
        assert (found.seats[seat].lost == 0) == (sign * solved.value >= 0)


def test_a_player_without_preferences_meets_and_errs_everywhere(solved: Solution[Any]) -> None:
    found = perfection(QPlayer("random", ConstantQ(solved.game)), solved)
    assert not found.perfect
    assert found.mistakes == found.decisive == sum(seat.mistakes for seat in found.seats)
    assert sum(seat.met for seat in found.seats) == sum(len(state) for state in solved.states)


def test_decisive_states_of_tictactoe() -> None:
    """3,191, counted apart in tests/arena/truth/test_grading.py."""
    assert perfection(QPlayer("random", ConstantQ(make("tictactoe"))), solution(make("tictactoe"))).decisive == 3191


def test_full_search_is_perfect() -> None:
    game = make("tictactoe")
    found = perfection(QPlayer("negamax:9", NegamaxQ(game, 9)), solution(game))
    assert found.perfect
    assert found.mistakes == 0


def test_one_planted_mistake_is_counted_once_and_in_its_seat() -> None:
    """After X in the centre O must answer in a corner; the planted player takes all edges instead."""
    game, solved = make("tictactoe"), solution(make("tictactoe"))
    centre = game.step(game.initial(1), torch.tensor([4]))
    player = QPlayer("planted", TruthQ(solved, centre))
    assert against_every_reply(player, solved, 0).mistakes == 0
    second = against_every_reply(player, solved, 1)
    assert second.mistakes == 1
    assert second.lost > 0
    found = perfection(player, solved)
    assert (found.mistakes, found.perfect) == (1, False)


def test_a_mistake_that_is_never_met_leaves_it_perfect() -> None:
    """Where its own moves never lead, a player may hold a worse move for best."""
    game, solved = make("hex:3"), solution(make("hex:3"))
    # Perfect play begins in the centre; a corner gives the win away, so that nothing after it is met by the first.
    corner = game.step(game.step(game.initial(1), torch.tensor([0])), torch.tensor([2]))
    outcome = solved.outcomes(corner)
    assert int(solved.outcomes(game.initial(1))[0, 0]) == -1
    assert len(torch.unique(outcome[outcome > -2])) > 1
    found = perfection(QPlayer("planted", TruthQ(solved, corner)), solved)
    assert (found.mistakes, found.perfect) == (1, True)


def test_table_says_what_was_found() -> None:
    game = make("tictactoe")
    found = perfection(QPlayer("truth", TruthQ(solution(game))), solution(game))
    head, line = text_table([Result(found, 3, 1.25, 1000)]).splitlines()
    assert head.split() == [
        *("game", "states", "value", "player", "seconds", "moves"),
        *("met", "mistakes", "decisive", "mistakes", "perfect"),
    ]
    met = sum(seat.met for seat in found.seats)
    assert line.split() == ["tictactoe", "5,478", "draw", "truth", "1.2", "1,000", f"{met:,}", "0", "3,191", "0", "yes"]
    assert SeatGrade(**Result(found).as_dict()["seats"][0]) == found.seats[0]


def test_command_grades_models(qzero: Qzero, tiny_run: Path) -> None:
    perfect = qzero("perfect", "tictactoe", "--model", "negamax:9", "--json")
    assert perfect.code == 0
    record = json.loads(perfect.out)
    assert record["perfect"]
    assert record["results"][0]["reachable"] == 5478
    assert record["results"][0]["seconds"] is None
    weak = qzero("perfect", "--model", tiny_run)
    assert weak.code == 1
    assert "NO" in weak.out
    assert weak.err == ""


def test_command_trains_from_the_preset(qzero: Qzero, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the moves is too few to be sure of perfection, but not to learn nearly all there is to know."""
    tenth = preset("hex:3").moves // 10
    monkeypatch.setattr("arena.strength.prove.preset", functools.partial(preset, moves=tenth))
    outcome = qzero("perfect", "hex:3", "--seed", 1, "--out", "kept", "--json")
    (result,) = json.loads(outcome.out)["results"]
    assert outcome.code == (0 if result["perfect"] else 1)
    assert (result["game"], result["seed"], result["value"]) == ("hex:3", 1, 1)
    assert result["moves"] >= tenth
    assert result["mistakes"] < 0.15 * result["decisive"]
    again = qzero("perfect", "--model", tmp_path / "kept" / "hex-3-seed1", "--json")
    assert again.code == outcome.code
    (saved,) = json.loads(again.out)["results"]
    same = ("value", "seats", "decisive", "mistakes", "perfect")
    assert [saved[name] for name in same] == [result[name] for name in same]
    again = qzero("perfect", "hex:3", "--seed", 1, "--out", "kept")
    assert again.code == 2
    assert "already exists" in again.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "random"], "which game"),
        (["tictactoe", "--model", "random", "--out", "x"], "give one of them"),
        (["checkers"], "checkers"),
        (["othello"], "more than 20,000,000 reachable states"),
    ],
)
def test_wrong_use_is_one_line(arguments: list[str], said: str, qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    if arguments == ["othello"]:
        monkeypatch.setattr("arena.truth.solve.MOST_STATES", 10_000)
        said = said.replace("20,000,000", "10,000")
    outcome = qzero("perfect", *arguments)
    assert outcome.code in (1, 2)
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""


def test_a_model_of_another_game_is_refused(qzero: Qzero, tiny_run: Path) -> None:
    outcome = qzero("perfect", "hex:3", "--model", tiny_run)
    assert outcome.code == 2
    assert "none of the models plays hex:3" in outcome.err


@pytest.mark.slow
@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("seed", range(3))
def test_presets_become_perfect(name: str, seed: int, tmp_path: Path) -> None:
    (result,) = train_and_grade([name], [seed], tmp_path)
    assert result.grade.perfect
    assert result.seconds is not None
    assert result.seconds < (10 if name == "tictactoe" else 120)
