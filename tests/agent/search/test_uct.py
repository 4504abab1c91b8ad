"""Tree search with random rollouts: against exact play, exact random play, the laws of its tree, and other searches."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from numba import njit

from agent.ntuple.incremental.position import copy
from agent.play.cancel import Cancelled, cancelled_by
from agent.search.negamax import NegamaxQ
from agent.search.uct.loops import UNKNOWN, Tree, _rollout, grow, new_tree
from agent.search.uct.q import EXPLORATION, RolloutsQ
from arena.match.match import play_match
from arena.players.specs import player
from game import UsageError, make, parse_moves
from game.compiled import compiled_rules, stones_of
from game.compiled.contract import arrange, new_board
from game.core import AnyGame
from tests.helpers import unfinished


def grown(game: AnyGame, state: Any, rollouts: int, nodes: int = 1 << 16) -> Tree:
    tree, stream = new_tree(nodes), np.array([5], np.uint64)
    grow(compiled_rules(game), stones_of(game, state)[0], int(state.ply), tree, rollouts, EXPLORATION, stream)
    return tree


def test_it_plays_tictactoe_as_well_as_can_be() -> None:
    game = make("tictactoe")
    state = unfinished(game, 1)
    assert len(state) > 50
    best = NegamaxQ(game, 9).q(state)
    chosen = RolloutsQ(game, 3000).q(state).argmax(1)
    assert torch.equal(best.gather(1, chosen[:, None]).squeeze(1).sign(), best.amax(1).sign())


def test_what_it_proves_is_so() -> None:
    game, proven = make("tictactoe"), 0
    state = unfinished(game, 2)
    exact = NegamaxQ(game, 9).q(state)
    for row in range(len(state)):
        tree = grown(game, state[row], 60)
        for child in range(tree.first[0], tree.first[0] + tree.count[0]):
            if tree.proven[child] != UNKNOWN:
                assert np.sign(float(exact[row, tree.action[child]])) == tree.proven[child]
                proven += 1
    assert proven > 100


@pytest.mark.parametrize("name", ["gomoku:5x5x4", "othello:4"])
def test_visits_and_results_add_up(name: str) -> None:
    game = make(name)
    tree = grown(game, game.initial(1), 2000)
    assert tree.proven[0] == UNKNOWN
    assert tree.visits[0] == 2000
    inner = [node for node in range(int(tree.used[0])) if tree.visits[node] and tree.count[node]]
    assert len(inner) > 50
    for node in inner:
        children = slice(tree.first[node], tree.first[node] + tree.count[node])
        if tree.proven[node] == UNKNOWN:
            own = 0 if node == 0 else 1  # the first visit was a rollout from here
            assert tree.visits[children].sum() == tree.visits[node] - own
            assert abs(tree.total[children].sum() + tree.total[node]) <= own
    assert len(set(tree.action[tree.first[0] : tree.first[0] + tree.count[0]])) == tree.count[0]


def test_a_full_table_grows_no_more_but_goes_on() -> None:
    game = make("gomoku:5x5x4")
    tree = grown(game, game.initial(1), 500, nodes=60)
    assert tree.used[0] == 1 + 25 + 24
    assert tree.visits[0] == 500


@njit(nogil=True)
def _results(rules, stones_at, ply, count, seed):
    found, board = np.empty(count, np.float32), new_board(rules)
    actions, stream = np.empty(rules.actions, np.int16), np.array([seed], np.uint64)
    cells, stones = np.empty(rules.changes, np.int16), np.empty(rules.changes, np.int8)
    for i in range(count):
        copy(stones_at, board.stones)
        arrange(rules, board, ply)
        found[i] = _rollout(rules, board, ply, actions, cells, stones, stream)
    return found


def late(game: AnyGame) -> Any:
    """A position with a few moves to come."""
    state = unfinished(game, 3)
    return state[int((state.ply == 8).nonzero()[0])]


@pytest.mark.parametrize(("name", "moves"), [("gomoku:3x3x3", "b2 a1 c3 a2"), ("othello:4", None)])
def test_rollouts_are_uniformly_random_games(name: str, moves: str | None) -> None:
    game = make(name)
    state = late(game) if moves is None else parse_moves(game, moves).state

    @cache
    def expected(path: tuple[int, ...]) -> float:
        """Of random play, for whoever moved last."""
        here = state
        for action in path:
            here = game.step(here, torch.tensor([action]))
        if bool(here.done):
            return float(here.reward)
        legal = game.legal(here)[0].nonzero().squeeze(1).tolist()
        return -sum(expected((*path, action)) for action in legal) / len(legal)

    found = _results(compiled_rules(game), stones_of(game, state)[0], int(state.ply), 20_000, np.uint64(3))
    tolerance = 4 * float(found.std()) / len(found) ** 0.5 + 1e-6
    assert float(found.mean()) == pytest.approx(expected(()), abs=tolerance)


def test_each_position_has_its_own_q_whatever_the_batch_and_the_threads() -> None:
    game = make("gomoku:5x5x4")
    search, state = RolloutsQ(game, 300), unfinished(game, 4, games=1)
    q = search.q(state)
    assert torch.equal(q > -torch.inf, game.legal(state))
    assert q[q > -torch.inf].abs().max() <= 1
    for row in range(len(state)):
        assert torch.equal(search.q(state[row]), q[row, None])


def test_the_move_visited_most_is_played() -> None:
    game = make("gomoku:5x5x4")
    state = game.initial(1)
    q = RolloutsQ(game, 501).q(state)[0]
    assert (q == q.max()).sum() == 1
    assert RolloutsQ(game, 1).q(state)[0].gt(-1).sum() <= 1


def test_a_finished_game_has_no_moves() -> None:
    game = make("tictactoe")
    state = parse_moves(game, "a1a2b1b2c1").state
    assert bool((RolloutsQ(game, 10).q(state) == -torch.inf).all())


def test_it_can_be_called_off_while_it_thinks() -> None:
    game, asked = make("hex:5"), iter(range(100))
    with cancelled_by(lambda: next(asked) > 2), pytest.raises(Cancelled):
        RolloutsQ(game, 1_000_000).q(game.initial(1))


def test_games_without_compiled_rules_are_refused() -> None:
    with pytest.raises(UsageError, match="compiled rules, which hex:5\\+swap does not have"):
        player("mcts:10", make("hex:5+swap"))


@pytest.mark.parametrize(("name", "other"), [("hex:5", "random"), ("breakthrough:4x5", "random")])
def test_it_beats_players_that_look_less_far(name: str, other: str) -> None:
    game = make(name)
    played = play_match(game, player("mcts:400", game), player(other, game), 20, seed=1)
    assert played.total.rate >= 0.9
