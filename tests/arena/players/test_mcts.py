"""OpenSpiel's search as a player: it stands where we stand, plays its own moves, and the same ones every time."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
import torch

from agent.search.exact_ply import ExactPlyQ
from arena.match.match import play_match
from arena.players.montecarlo import openspiel
from arena.players.montecarlo.lone_position import moves_to
from arena.players.montecarlo.mcts import MctsQ
from arena.players.montecarlo.openspiel import Search, search_all, search_one, spiel_name
from arena.players.specs import player
from game import Game, make
from game.errors import UsageError
from game.notation import parse_moves, replay
from game.play import tell
from tests.conftest import Qzero
from tests.helpers import moves_of_games

pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel is not installed")

STANDING = ("tictactoe", "connect4", "hex:4", "hex:4+swap", "gomoku:5x4x4", "gomoku:8x8x5")
MOVING = ("othello", "breakthrough", "breakthrough:5x6")


def positions(game: Game[Any], seed: int = 0, games: int = 6) -> tuple[Any, torch.Tensor]:
    """Unfinished positions of random games, from the start to the end, and the moves behind each."""
    paths = [moves[:plies] for moves in moves_of_games(game, seed, games) for plies in range(0, len(moves), 3)]
    state = type(game.initial(1)).cat([replay(game, [path]) for path in paths])
    moves = torch.full((len(paths), game.max_plies), -1)
    for row, path in enumerate(paths):
        moves[row, : len(path)] = torch.tensor(path, dtype=torch.int64)
    return state, moves


@pytest.mark.parametrize("name", STANDING + MOVING)
def test_it_searches_the_position_that_it_is_asked_about(name: str) -> None:
    """What OpenSpiel values are our legal moves and no others, and it tries all of them."""
    game = make(name)
    search = MctsQ(game, 2 * game.num_actions)
    state, moves = positions(game, games=3 if game.num_actions > 40 else 6)
    search.follow(state, moves)
    q = search.q(state)
    assert torch.equal(q > -torch.inf, game.legal(state))
    assert q.max() <= 1
    assert (q > -torch.inf).sum() > 100
    best, second = q.topk(2, 1).values.unbind(1)
    assert (best > second).all()  # or -inf, where there is one move only


@pytest.mark.parametrize("name", [*STANDING, "hex:11+swap", "gomoku"])
def test_moves_are_found_for_a_position_alone(name: str) -> None:
    game = make(name)
    state, _ = positions(game, seed=1, games=1 if game.num_actions > 100 else 3)
    for row in range(len(state)):
        made_up = moves_to(game, state[row])
        assert made_up is not None
        after = replay(game, [made_up])
        assert not after.done
        assert torch.equal(game.key(after), game.key(state[row]))


def test_told_or_not_it_thinks_the_same() -> None:
    game = make("connect4")
    state, moves = positions(game, seed=2)
    alone, told = MctsQ(game, 60), MctsQ(game, 60)
    told.follow(state, moves)
    assert torch.equal(alone.q(state), told.q(state))
    assert torch.equal(alone.q(state.__class__.cat([state[5], state[2]])), alone.q(state)[[5, 2]])


@pytest.mark.parametrize("name", MOVING)
def test_where_stones_move_it_must_be_told(name: str) -> None:
    game = make(name)
    state = replay(game, [moves_of_games(game, 0, 1)[0][:4]])
    with pytest.raises(UsageError, match=r"mcts:50@openspiel follows a game of .* from its first move on"):
        MctsQ(game, 50).q(state)


def test_it_takes_a_win_and_stops_one() -> None:
    game = make("connect4")
    search = player("mcts:300@openspiel", game)
    assert search.best(parse_moves(game, "112233").state).nonzero()[:, 1].tolist() == [3]
    assert search.best(parse_moves(game, "11223").state).nonzero()[:, 1].tolist() == [3]
    assert float(search.q_function.q(parse_moves(game, "112233").state)[0, 3]) == 1


def test_its_move_is_that_of_openspiels_own_bot() -> None:
    """Also where another move has the higher mean, by fewer rollouts."""
    game, other = make("connect4"), 0
    state, moves = positions(game, seed=3)
    for row in range(len(state)):
        search = Search("connect_four", tuple(move for move in moves[row].tolist() if move >= 0), 40, 7)
        theirs = pyspiel.load_game("connect_four").new_initial_state()
        for action in search.actions:
            theirs.apply_action(action)
        evaluator = pyspiel.RandomRolloutEvaluator(1, 7)
        bot = pyspiel.MCTSBot(theirs.get_game(), evaluator, openspiel.EXPLORATION, 40, 1000, True, 7, False)
        found = search_one(search)
        assert found.best == bot.step(theirs)
        other += found.values[found.best] < max(found.values.values())
        q = torch.full((7,), -torch.inf)
        MctsQ(game, 40)._write(q, found, int(state.ply[row]) % 2)
        assert int(q.argmax()) == found.best
    assert other > 0


def test_other_processes_find_the_same() -> None:
    searches = [Search("othello", (19,) * (row % 2), 1500, row) for row in range(6)]
    assert sum(search.rollouts for search in searches) > openspiel._ALONE
    assert search_all(searches) == [search_one(search) for search in searches]


def test_same_seed_same_games_and_options_behind_it() -> None:
    game = make("breakthrough:4x6")
    search = player("mcts:30@openspiel", game)
    exact = player("mcts:30@openspiel@exact-ends", game)
    assert isinstance(exact.q_function, ExactPlyQ)
    assert (search.name, exact.name) == ("mcts:30@openspiel", "mcts:30@openspiel@exact-ends")
    assert len({search.identity, exact.identity, player("mcts:31@openspiel", game).identity}) == 3
    assert search.identity == player("mcts:30@openspiel", game).identity
    results = [play_match(game, exact, search, 10, seed=4) for _ in range(2)]
    assert results[0] == results[1]


def test_it_plays_in_a_tournament_and_is_graded_and_in_the_terminal(
    qzero: Qzero, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = "mcts:50@openspiel"
    table = qzero("tournament", search, "random", "--game", "breakthrough:4x6", "--games", 4)
    assert (table.code, search in table.out) == (0, True), table.err
    assert qzero("grade", "tictactoe", search).code == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("d3\nvalues\nquit\n"))
    played = qzero("play", "othello", "--opponent", search, "--text")
    assert played.code == 0
    assert f"{search} plays" in played.out
    assert f"Q of your moves as {search} sees them" in played.out
    refused = qzero("match", search, "random", "--game", "othello:6")
    assert (refused.code, refused.err) == (
        2,
        "qzero: OpenSpiel has no othello:6 by the same rules: mcts cannot play it\n",
    )


@pytest.mark.parametrize("spec", ["mcts", "mcts:0", "mcts:0@openspiel", "mcts:x@openspiel", "mcts:9999999@openspiel"])
def test_what_is_no_such_player(spec: str) -> None:
    with pytest.raises(UsageError, match=r"expected mcts:N or mcts:N@openspiel"):
        player(spec, make("connect4"))


def test_without_openspiel_it_names_the_extra(monkeypatch: pytest.MonkeyPatch, qzero: Qzero) -> None:
    monkeypatch.setitem(sys.modules, "pyspiel", None)
    refused = qzero("match", "mcts:10@openspiel", "random")
    assert refused.code == 2
    assert refused.err == "qzero: players of OpenSpiel need the extra 'bench': pip install 'qzero[bench]'\n"


def test_boards_that_openspiel_has_and_those_it_lacks() -> None:
    known = {name: spiel_name(name) for name in (*STANDING, *MOVING, "hex", "gomoku")}
    for name, theirs in known.items():
        assert pyspiel.load_game(theirs).num_distinct_actions() >= make(name).num_actions
    assert [spiel_name(name) for name in ("othello:6", "breakthrough:4x4", "misere")] == [None] * 3


def test_players_that_do_not_follow_are_told_nothing() -> None:
    tell(player("random", make("connect4")), make("connect4").initial(1), torch.empty(1, 0))
