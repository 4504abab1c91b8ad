"""The judge that training calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.network.net import Architecture, build
from agent.network.network_q import NetworkQ
from agent.ntuple.q import NTupleQ
from agent.ntuple.tuples import draw_cells
from agent.play.qfunction import ConstantQ, QFunction
from agent.run.gate import Verdict
from agent.run.strength import Evidence
from agent.search.negamax import NegamaxQ
from arena.match.match import play_match
from arena.players.fixed import OPPONENTS
from arena.players.specs import player
from arena.training.judge import FEWEST_GAMES, FINAL_GAMES, GAMES, GATE_GAMES, StrengthJudge, evidence_of
from game.errors import UsageError
from game.registry import make
from tests.conftest import Qzero

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")
SCORES = {f"score vs {name}" for name in OPPONENTS}


def test_what_is_measured() -> None:
    assert tuple(OPPONENTS) == ("random", "one-ply", "negamax:4")
    tictactoe = StrengthJudge(TICTACTOE)(ConstantQ(TICTACTOE), False)
    assert set(tictactoe) == SCORES | {"mistakes on all states"}
    connect4 = StrengthJudge(CONNECT4)(ConstantQ(CONNECT4), False)
    assert set(connect4) == SCORES | {"mistakes on random", "mistakes on noisy"}
    for strength in (tictactoe, connect4):
        assert all(0 <= found.value <= 1 for found in strength.values())
        assert 0.4 < strength["score vs random"].value < 0.6
        assert strength["score vs one-ply"].value < 0.35


def test_perfect_play_is_recognised() -> None:
    strength = StrengthJudge(TICTACTOE)(NegamaxQ(TICTACTOE, 9), False)
    assert strength["mistakes on all states"] == Evidence.of_positions(0, 3191, exact=True)
    assert strength["score vs random"].value > 0.85
    assert strength["score vs negamax:4"].value > 0.5


def test_every_score_says_what_games_it_rests_on() -> None:
    strength = StrengthJudge(CONNECT4)(ConstantQ(CONNECT4), False)
    for name in OPPONENTS:
        found = strength[f"score vs {name}"]
        wins, draws, losses = (count or 0 for count in (found.wins, found.draws, found.losses))
        assert wins + draws + losses == found.games == GAMES
        assert found.value == pytest.approx((wins + draws / 2) / GAMES)
        assert found.distinct == GAMES
    assert strength["mistakes on random"].positions == 2519
    assert not strength["mistakes on random"].exact


def test_games_that_repeat_are_no_evidence() -> None:
    """The openings of tic-tac-toe run out: of 100,000 games most are repetitions."""
    result = play_match(TICTACTOE, player("random", TICTACTOE), player("one-ply", TICTACTOE), 100_000)
    found = evidence_of(result)
    assert found.games == 100_000
    assert found.distinct is not None
    assert found.distinct <= min(result.distinct_games, 2 * 9 * 8 * 7)


def test_half_of_the_states_is_not_all_of_them() -> None:
    watching = StrengthJudge(TICTACTOE, watched=True)(ConstantQ(TICTACTOE), False)
    found = watching["mistakes on all states, odd half"]
    assert not found.exact
    assert found.interval is not None


def test_same_seed_same_strength() -> None:
    q = NetworkQ(TICTACTOE, build(TICTACTOE, Architecture("mlp", 1, 8), 3))
    judge = StrengthJudge(TICTACTOE, seed=2)
    first = judge(q, False)
    assert judge(q, False) == first
    assert StrengthJudge(TICTACTOE, seed=2)(q, False) == first
    assert StrengthJudge(TICTACTOE, seed=3)(q, False) != first


def test_opponents_that_would_take_minutes_play_fewer_games_or_none() -> None:
    judges = {name: StrengthJudge(make(name)) for name in ("connect4", "hex:5", "hex:7", "gomoku")}
    played = {name: [opponent.name for opponent in judge.opponents] for name, judge in judges.items()}
    assert played["connect4"] == played["hex:5"] == list(OPPONENTS)
    assert played["hex:7"] == ["random", "one-ply"]
    assert judges["connect4"].games("negamax:4", True) == FINAL_GAMES
    # About 14.4 legal moves and 21.6 plies: 14.4^4 * 10.8 = 460,000 positions a game.
    assert judges["hex:5"].games("negamax:4", True) == pytest.approx(100e6 / 460e3, rel=0.1)
    assert judges["gomoku"].games("one-ply", True) < judges["hex:7"].games("one-ply", True) == FINAL_GAMES


@pytest.mark.parametrize(("final", "games"), [(False, GAMES), (True, FINAL_GAMES)])
def test_the_end_is_measured_more_closely(final: bool, games: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def recorded(game: Any, a: Any, b: Any, count: int, seed: int, device: torch.device) -> Any:
        asked.append((b.name, count))
        assert device == torch.device("cpu")
        return play_match(game, a, b, 2, seed=seed)

    monkeypatch.setattr("arena.training.judge.play_match", recorded)
    StrengthJudge(TICTACTOE)(ConstantQ(TICTACTOE), final)
    assert asked == [(name, games) for name in OPPONENTS]
    assert FINAL_GAMES > GAMES


def test_a_learner_that_would_take_minutes_plays_fewer_games() -> None:
    """A game of Gomoku by 70 patterns of 8 cells in 8 images reads some billion rows; one of Connect Four few."""
    for name, fewer in (("gomoku", True), ("connect4", False)):
        game = make(name)
        judge, q = StrengthJudge(game), NTupleQ(game, draw_cells(game, 70, 8, 0))
        asked, usual = judge.games("random", False, q), judge.games("random", False)
        assert usual == GAMES
        assert FEWEST_GAMES <= asked < usual if fewer else asked == usual


def test_how_many_games_a_slow_learner_plays() -> None:
    """Random games of Gomoku last about 115 plies, with 168 legal moves on average."""
    game = make("gomoku")
    q = NTupleQ(game, draw_cells(game, 70, 8, 0))
    expected = 10e9 / (70 * 8 * 8 * 168 * 115 / 2)
    assert StrengthJudge(game).games("random", True, q) == pytest.approx(expected, rel=0.15)


def test_a_model_passes_the_gate_if_games_show_that_it_is_stronger() -> None:
    judge = StrengthJudge(TICTACTOE, seed=1)
    weak, strong = ConstantQ(TICTACTOE), NegamaxQ(TICTACTOE, 3)
    passed = judge.stronger(strong, weak, 10)
    assert passed.passed
    assert 20 < passed.games < GATE_GAMES
    assert passed.score is not None
    assert passed.score > 0.7
    assert judge.stronger(strong, weak, 10) == passed
    assert judge.stronger(strong, weak, 11) != passed
    assert not judge.stronger(weak, strong, 10).passed
    assert sum(judge.stronger(weak, weak, number).passed for number in range(4)) < 2


def test_a_run_keeps_the_best_that_passed(qzero: Qzero, monkeypatch: pytest.MonkeyPatch) -> None:
    given = iter([Verdict(False, 40, 0.5), Verdict(True, 60, 0.7), Verdict(False, 40, 0.4)])
    met: list[tuple[str, str]] = []

    def stronger(_: object, q: QFunction, best: QFunction, number: int) -> Verdict:
        del number
        met.append((q.identity(), best.identity()))
        return next(given)

    monkeypatch.setattr(StrengthJudge, "stronger", stronger)
    tiny = ("--q", "network", "--width", 8, "--depth", 1, "--games", 16, "--moves", 600, "--threads", 1)
    run = ("train", "tictactoe", "--gate", "--evaluations", 3, "--run", "r", *tiny)
    assert qzero(*run).code == 0
    lines = [json.loads(line) for line in Path("r/metrics.jsonl").read_text().splitlines()]
    told = [(line["gate"]["passed"], line["gate"]["games"]) for line in lines if "gate" in line]
    assert told == [(True, 0), (False, 40), (True, 60), (False, 40)]
    first, second, third = met
    assert first[1] == second[1] != third[1] == second[0], "whom the new one meets is whoever passed last"
    best = player("r@best", TICTACTOE)
    assert best.name == "r/best.safetensors"
    assert best.q_function.identity() == second[0]
    assert player("r@best@epsilon=0.5", TICTACTOE).policy.epsilon == 0.5
    info = json.loads(qzero("info", "r/best.safetensors", "--json").out)
    assert info["moves"] == [line["moves"] for line in lines if "gate" in line][2]
    Path("r/best.safetensors").unlink()
    with pytest.raises(UsageError, match=r"r@best: there is no r/best\.safetensors; train with --gate"):
        player("r@best", TICTACTOE)
    refused = qzero("train", "tictactoe", "--gate", "--evaluations", 0, *tiny)
    assert (refused.code, "--gate needs measurements on the way" in refused.err) == (2, True)
