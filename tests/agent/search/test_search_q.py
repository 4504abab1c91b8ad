"""Search over any Q-function: what it proves is true, its budget is kept, and positions do not influence each other."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from agent.play.cancel import Cancelled, cancelled_by
from agent.play.qfunction import ConstantQ, QFunction, masked
from agent.search.budget import Budget
from agent.search.exact_ply import ExactPlyQ
from agent.search.negamax import NegamaxQ
from agent.search.search_q import SearchQ
from arena.truth.grading import ILLEGAL
from arena.truth.solve import solve
from game import Game, make
from game.errors import UsageError
from game.notation import parse_moves
from tests.helpers import unfinished

TICTACTOE = make("tictactoe")


class Believed:
    """Any numbers, some as sure as can be: the same for the same position. Counts the positions it was asked about."""

    def __init__(self, game: Game[Any]) -> None:
        self.game = game
        self.asked = 0

    def q(self, state: Any) -> Tensor:
        self.asked += len(state)
        action = torch.arange(self.game.num_actions, device=state.ply.device)
        mixed = (self.game.key(state)[:, None] * 1_000_003 + action * 7919) % 2003
        return masked((mixed.float() / 1001 - 1).clamp(-1, 1).round(decimals=1), self.game, state)

    def identity(self) -> str:
        return "believed"

    def weights(self) -> dict[str, Tensor]:
        return {}


def proven_are_true(game: Game[Any], nodes: int, positions: int = 150) -> int:
    """Check all that a search with `Believed` claims to know against the solved game; how many positions it proved."""
    truth = solve(game)
    rows = torch.randperm(len(truth), generator=torch.Generator().manual_seed(1))[:positions]
    state, outcome = truth.state[rows], truth.outcome[rows].float()
    search = SearchQ(Believed(game), Budget(nodes=nodes))
    best = outcome.amax(1)
    proven = 0
    for row, found in enumerate(search.engine.search(state, search.budget)):
        legal = outcome[row] != ILLEGAL
        assert torch.equal(found.q > -torch.inf, legal)
        certain = legal & (found.q.abs() == 1)  # an estimate may be 0 as well
        assert torch.equal(found.q[certain], outcome[row][certain])
        if found.proven:
            proven += 1
            assert found.value == best[row]
            assert outcome[row][found.line[0]] == best[row]
            assert int(found.q.argmax()) == found.line[0]
        assert found.nodes <= nodes
    return proven


@pytest.mark.parametrize("name", ["tictactoe", "hex:3", "gomoku:3x4x3"])
def test_what_is_proven_is_true(name: str) -> None:
    game = make(name)
    assert proven_are_true(game, 30) > 10
    assert proven_are_true(game, 4000, positions=8) == 8


def test_one_node_is_the_bare_q() -> None:
    game = make("othello:4")
    leaf, state = Believed(game), unfinished(game, seed=3)
    assert torch.equal(SearchQ(leaf, Budget(nodes=1)).q(state), leaf.q(state))


def test_the_budget_is_kept() -> None:
    leaf = Believed(TICTACTOE)
    found = SearchQ(leaf, Budget(nodes=25)).look(TICTACTOE.initial(1))
    assert found.nodes == leaf.asked == 25


def test_positions_do_not_influence_each_other() -> None:
    game = make("hex:4")
    state, search = unfinished(game, seed=2), SearchQ(Believed(game), Budget(nodes=20))
    together = search.q(state)
    assert torch.equal(together, torch.cat([search.q(state[row]) for row in range(len(state))]))
    assert torch.equal(together, search.q(state))


def test_a_forced_win_is_seen_by_a_leaf_that_knows_nothing() -> None:
    game = make("connect4")
    # Two stones side by side on an empty bottom row: a third with both ends open cannot be stopped.
    found = SearchQ(ConstantQ(game), Budget(nodes=3000)).look(parse_moves(game, "33447777").state)
    assert (found.value, found.proven) == (1, True)
    assert game.move_name(found.line[0], game.initial(1)) in "25"
    assert not SearchQ(ConstantQ(game), Budget(nodes=5)).look(parse_moves(game, "33447777").state).proven


def test_look_remembers_the_last_batch() -> None:
    leaf, state = Believed(TICTACTOE), unfinished(TICTACTOE, seed=4, games=6)
    search = SearchQ(leaf, Budget(nodes=10))
    q = search.q(state)
    asked = leaf.asked
    assert torch.equal(search.look(state[1]).q, q[1])
    assert leaf.asked == asked
    with pytest.raises(ValueError, match="one unfinished position"):
        search.look(state)


def test_finished_positions_have_no_moves() -> None:
    state = parse_moves(TICTACTOE, "a1b1a2b2a3").state
    assert bool(state.done)
    assert bool((SearchQ(ConstantQ(TICTACTOE), Budget(nodes=5)).q(state) == -torch.inf).all())


def test_identity_tells_leaf_and_budget() -> None:
    leaf = ConstantQ(TICTACTOE)
    searches = [SearchQ(leaf, budget) for budget in (Budget(5), Budget(6), Budget(5, 1.0), Budget(seconds=1.0))]
    searches.append(SearchQ(Believed(TICTACTOE), Budget(5)))
    assert len({search.identity() for search in searches}) == len(searches)
    assert SearchQ(ConstantQ(TICTACTOE), Budget(5)).identity() == searches[0].identity()


@pytest.mark.parametrize(
    ("leaf", "message"),
    [
        (SearchQ(ConstantQ(TICTACTOE), Budget(5)), "a search over a search"),
        (NegamaxQ(TICTACTOE, 4), "negamax is a search of its own depth"),
        (ExactPlyQ(ConstantQ(TICTACTOE)), "a search sees by itself how the game ends"),
    ],
)
def test_what_no_search_builds_on(leaf: QFunction, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        SearchQ(leaf, Budget(5))


@pytest.mark.parametrize(
    ("nodes", "seconds", "message"),
    [
        (None, None, "no budget: give nodes, seconds or both"),
        (0, None, "0 nodes: expected 1 to 1,000,000,000"),
        (None, 0.0, "0 seconds"),
        (None, float("nan"), "nan seconds"),
        (None, 1e9, "at most 3600"),
    ],
)
def test_budgets_that_are_none(nodes: int | None, seconds: float | None, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Budget(nodes, seconds)


def test_a_cancelled_search_stops_at_the_next_batch() -> None:
    leaf = Believed(TICTACTOE)
    search = SearchQ(leaf, Budget(nodes=1000))
    with cancelled_by(lambda: leaf.asked >= 7), pytest.raises(Cancelled):
        search.q(TICTACTOE.initial(1))
    assert 7 <= leaf.asked <= 1 + 9 * 15  # 15 nodes under each of nine moves


def test_a_leaf_that_fails_is_heard() -> None:
    class Failing(Believed):
        def q(self, state: Any) -> Tensor:
            if self.asked > 3:
                raise RuntimeError("no more")
            return super().q(state)

    with pytest.raises(RuntimeError, match="no more"):
        SearchQ(Failing(TICTACTOE), Budget(nodes=10)).q(TICTACTOE.initial(1))
