"""Matches between toy players whose every move is known."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.play.player import QPlayer
from agent.play.qfunction import ConstantQ
from arena.match.match import Games, play_match, play_pairs
from arena.match.openings import random_openings
from arena.match.score import Score
from arena.players.specs import player
from game.notation import replay
from game.play import FORFEIT, Player, sample_uniform
from game.registry import make
from tests.game.slow_rules import SlowBoard, slow_board

TICTACTOE, CONNECT4 = make("tictactoe"), make("connect4")


@dataclass
class LowestLegal:
    name: str = "lowest"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:  # noqa: ARG002 - the protocol's names
        first: Tensor = game.legal(state).to(torch.int8).argmax(1)
        return first


@dataclass
class HighestLegal:
    name: str = "highest"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:  # noqa: ARG002 - the protocol's names
        last: Tensor = game.num_actions - 1 - game.legal(state).flip(1).to(torch.int8).argmax(1)
        return last


@dataclass
class Uniform:
    name: str = "uniform"

    def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        return sample_uniform(game.legal(state), generator)


def slow_games(name: str, games: Games) -> list[tuple[SlowBoard, list[int]]]:
    """Every game again on a board of plain lists."""
    found = []
    for row in games.moves.tolist():
        actions = [action for action in row if action >= 0]
        assert row == actions + [-1] * (len(row) - len(actions)), "-1 only after the end"
        board = slow_board(name)
        for action in actions:
            assert board.legal()[action]
            board.push(action)
        found.append((board, actions))
    return found


@pytest.mark.parametrize("name", ["tictactoe", "connect4"])
def test_seats_are_swapped_and_everybody_makes_his_own_moves(name: str) -> None:
    game = make(name)
    openings = random_openings(game, 20, 2, seed=5)
    played = play_pairs(game, LowestLegal(), HighestLegal(), openings, seed=0)
    assert len(played.result) == 40
    for number, (_, actions) in enumerate(slow_games(name, played)):
        assert actions[:2] == openings.moves[number // 2].tolist()
        board = slow_board(name)
        for ply, action in enumerate(actions):
            legal = board.legal_actions()
            if ply >= 2:
                a_moves = (ply % 2 == 0) == (number % 2 == 0)
                assert action == (legal[0] if a_moves else legal[-1])
            board.push(action)


@pytest.mark.parametrize("name", ["tictactoe", "connect4"])
@pytest.mark.parametrize("opening_plies", [0, 3])
def test_recorded_moves_tell_the_results(name: str, opening_plies: int) -> None:
    game = make(name)
    played = play_pairs(game, Uniform(), LowestLegal(), random_openings(game, 30, opening_plies, 1), seed=2)
    boards = slow_games(name, played)
    for number, (board, _) in enumerate(boards):
        assert board.over
        a_sign = "XO"[number % 2]
        assert int(played.result[number]) == (0 if board.winner is None else 1 if board.winner == a_sign else -1)
    end = replay(game, [actions for _, actions in boards])
    assert end.done.all()
    assert end.ply.tolist() == [len(actions) for _, actions in boards]


@pytest.mark.parametrize(("games", "made_even"), [(1, 2), (2, 2), (7, 8), (40, 40)])
def test_scores_add_up(games: int, made_even: int) -> None:
    result = play_match(TICTACTOE, Uniform("a"), Uniform("b"), games)
    assert (result.a, result.b) == ("a", "b")
    assert result.first.games == result.second.games == made_even // 2
    assert result.total == result.first + result.second
    assert result.total.games == made_even
    assert result.total.rate == pytest.approx((result.first.rate + result.second.rate) / 2)


def test_score_by_seat_and_pairs_of_planted_games() -> None:
    result = torch.tensor([1, -1, 0, -1, 1, 1], dtype=torch.int8)
    moves = torch.tensor([[1, 2], [1, 2], [3, -1], [1, 2], [3, 1], [3, -1]], dtype=torch.int16)
    games = Games(result, moves)
    assert games.score(0) == Score(2, 1, 0)
    assert games.score(1) == Score(1, 0, 2)
    assert games.pair_scores.tolist() == [0.5, 0.25, 1.0]
    assert games.distinct == 3


@pytest.mark.parametrize("name", ["tictactoe", "connect4"])
def test_exchanging_the_players_negates_the_score(name: str) -> None:
    game = make(name)
    a = play_match(game, LowestLegal(), HighestLegal(), 60, opening_plies=3)
    b = play_match(game, HighestLegal(), LowestLegal(), 60, opening_plies=3)
    assert a.total == -b.total
    assert (a.first, a.second) == (-b.second, -b.first)
    assert a.elo.low is not None
    assert a.elo == -b.elo
    assert a.first != a.second, "a test that sees no difference of seats shows nothing"


@pytest.mark.parametrize("name", ["tictactoe", "connect4"])
def test_a_deterministic_player_is_even_with_its_twin(name: str) -> None:
    game = make(name)
    played = play_pairs(game, LowestLegal("a"), LowestLegal("b"), random_openings(game, 40, 3, 0), seed=0)
    assert played.pair_scores.tolist() == [0.5] * 40
    assert len(set(played.result.tolist())) > 1
    result = play_match(game, LowestLegal("a"), LowestLegal("b"), 80, opening_plies=3)
    assert result.total.rate == 0.5
    assert result.elo.difference == 0


@pytest.mark.parametrize("name", ["tictactoe", "connect4"])
def test_a_random_player_is_even_with_its_twin_within_chance(name: str) -> None:
    game = make(name)
    played = play_pairs(game, Uniform("a"), Uniform("b"), random_openings(game, 2000, 0, 0), seed=8)
    scores = played.pair_scores
    assert abs(float(scores.mean()) - 0.5) < 3 * float(scores.std()) / math.sqrt(len(scores))
    assert played.score(0).rate > 0.52, "whoever moves first has the better chances"


def test_distinct_games_are_counted() -> None:
    result = play_match(TICTACTOE, LowestLegal(), HighestLegal(), 100, opening_plies=0)
    assert (result.distinct_games, result.distinct_openings, result.opening_plies) == (2, 1, 0)
    result = play_match(TICTACTOE, LowestLegal(), HighestLegal(), 100, opening_plies=1)
    assert (result.distinct_games, result.distinct_openings) == (18, 9)
    varied = play_match(CONNECT4, LowestLegal(), HighestLegal(), 100)
    assert (varied.distinct_games, varied.distinct_openings) == (100, 50)


@pytest.mark.parametrize(("game", "plies", "openings"), [(TICTACTOE, 0, 1), (TICTACTOE, 1, 9), (CONNECT4, 1, 7)])
def test_few_openings_give_no_interval_however_often_they_are_played(game: Any, plies: int, openings: int) -> None:
    once, often = (play_match(game, LowestLegal(), HighestLegal(), games, plies) for games in (2 * openings, 1000))
    assert once.distinct_openings == often.distinct_openings == openings
    for elo in (once.elo, often.elo):
        assert (elo.low, elo.high, elo.superiority) == (None, None, None)
    assert once.elo.difference == pytest.approx(often.elo.difference)


def test_copies_of_games_are_no_evidence() -> None:
    """All 49 openings of two plies, once each and a hundred times each."""
    once, often = (play_match(CONNECT4, LowestLegal(), HighestLegal(), games, 2) for games in (98, 9800))
    assert once.distinct_openings == often.distinct_openings == 49
    assert often.total.wins == 100 * once.total.wins
    assert often.elo == once.elo


def test_a_match_can_be_watched() -> None:
    seen: list[tuple[int, float]] = []
    result = play_match(CONNECT4, Uniform("a"), Uniform("b"), 40, watch=lambda *told: seen.append(told))
    assert result == play_match(CONNECT4, Uniform("a"), Uniform("b"), 40)
    finished, shares = zip(*seen, strict=True)
    assert list(finished) == sorted(finished)
    assert (finished[0], finished[-1], shares[-1]) == (0, 40, 1)
    assert all(0 < share < 1 for share in shares[:-1])
    assert shares[len(shares) // 2] > 0.3, "games are seen to go on long before the first is finished"


def test_both_seats_see_the_side_to_move() -> None:
    """Each player is asked for just the positions where it is to move, unfinished ones only."""
    seen: Counter[str] = Counter()

    class Witness(Uniform):
        def act(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
            assert not state.done.any()
            assert len(torch.unique(state.ply)) == 1
            seen[self.name] += len(state)
            return super().act(game, state, generator)

    played = play_pairs(TICTACTOE, Witness("a"), Witness("b"), random_openings(TICTACTOE, 10, 0, 0), seed=1)
    lengths = (played.moves >= 0).sum(1)
    assert seen["a"] == int(((lengths[0::2] + 1) // 2).sum() + (lengths[1::2] // 2).sum())
    assert seen["a"] + seen["b"] == int(lengths.sum())


def test_same_seed_same_result() -> None:
    def match(seed: int) -> Any:
        return play_match(CONNECT4, Uniform(), QPlayer("other", ConstantQ(CONNECT4)), 60, seed=seed)

    assert match(4) == match(4)
    assert match(4) != match(5)


@pytest.mark.parametrize(
    ("name", "stronger", "weaker", "at_least"),
    [
        ("tictactoe", "negamax:2", "random", 0.75),
        ("tictactoe", "negamax:9", "one-ply", 0.6),
        ("connect4", "one-ply", "random", 0.85),
        ("connect4", "negamax:4", "one-ply", 0.6),
    ],
)
def test_looking_ahead_wins(name: str, stronger: str, weaker: str, at_least: float) -> None:
    game = make(name)
    a: Player = player(stronger, game)
    result = play_match(game, a, player(weaker, game), 100)
    assert result.total.rate > at_least
    assert result.elo.low is not None
    assert result.elo.low > 0


def test_a_player_of_another_game_is_refused() -> None:
    with pytest.raises(ValueError, match="plays connect4, not tictactoe"):
        play_match(TICTACTOE, QPlayer("x", ConstantQ(CONNECT4)), Uniform(), 2)


class GivesUp(LowestLegal):
    """Gives up in its second move of every other game."""

    def act_or_forfeit(self, game: Any, state: Any, generator: torch.Generator) -> Tensor:
        action = self.act(game, state, generator)
        if int(state.ply[0]) >= 4:
            action[::2] = FORFEIT
        return action


def test_games_that_are_given_up_are_told_apart_and_thinking_is_timed() -> None:
    played = play_pairs(CONNECT4, GivesUp(), HighestLegal(), random_openings(CONNECT4, 6, 2, 3), seed=0)
    assert played.forfeited.any()
    assert not played.forfeited.all()
    for number, row in enumerate(played.moves.tolist()):
        actions = [action for action in row if action >= 0]
        board = slow_board("connect4")
        for action in actions:
            board.push(action)
        assert board.over != bool(played.forfeited[number])
        if played.forfeited[number]:
            assert int(played.result[number]) == -1
            assert len(actions) % 2 == number % 2, "it was its turn"
    assert played.seconds.shape == (12, 2)
    assert (played.seconds > 0).all()
