"""Alpha-beta with n-tuples: equal to the truth where it says so, and to a plain search where it estimates."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
import torch
from numba import njit

from agent.ntuple.incremental.q import IncrementalQ
from agent.ntuple.incremental.seats import stones_of
from agent.play.cancel import Cancelled, cancelled_by
from agent.search.alphabeta import engine
from agent.search.alphabeta.boards import key_of
from agent.search.alphabeta.memory import EXACT, recall, remember, remembered
from agent.search.alphabeta.root import think
from agent.search.budget import Budget
from agent.search.found import Found
from agent.search.search_q import SearchQ
from arena.truth.grading import ILLEGAL
from arena.truth.solve import solve
from game import make
from game.compiled.contract import arrange, new_board
from tests.helpers import unfinished

FEATURES = {"hex": "connections", "gomoku": "lines:3", "breakthrough": "windows:2x2", "othello": "windows:2x2"}
# Each is compiled once more: two that have all there is, and the others among the slow tests.
SMALL = (
    "hex:3",
    "othello:4",
    *(pytest.param(name, marks=pytest.mark.slow) for name in ("gomoku:3x4x3", "breakthrough:4x4")),
)


def guessing(name: str, size: float = 0.25) -> IncrementalQ:
    """n-tuples with random tables, with rows of this size."""
    game = make(name)
    q = IncrementalQ(game, FEATURES[name.partition(":")[0]])
    q.table = torch.randn(q.features.size, generator=torch.Generator().manual_seed(5)) * size
    q.changed()
    return q


def searched(leaf: IncrementalQ, state: Any, nodes: int) -> list[Found]:
    return engine.AlphaBeta(leaf).search(state, Budget(nodes=nodes))


def negamax(leaf: IncrementalQ, state: Any, depth: int) -> float:
    """The value of one position by a search of all moves, without cutting any."""
    game, q = leaf.game, leaf.q(state)[0]
    if depth == 1:
        return float(q.max())
    found = []
    for action in (q > -torch.inf).nonzero().flatten().tolist():
        after = game.step(state, torch.tensor([action]))
        found.append(float(q[action]) if bool(after.done) else -negamax(leaf, after, depth - 1))
    return max(found)


@pytest.mark.parametrize("name", SMALL)
def test_what_is_proven_is_true(name: str) -> None:
    leaf = guessing(name)
    truth = solve(leaf.game)
    rows = torch.randperm(len(truth), generator=torch.Generator().manual_seed(1))
    for nodes, some in ((20, rows[:4000]), (100_000, rows[:300])):
        state, outcome = truth.state[some], truth.outcome[some].float()
        result = searched(leaf, state, nodes)
        proven = 0
        for found, true in zip(result, outcome, strict=True):
            assert torch.equal(found.q > -torch.inf, true != ILLEGAL)
            certain = found.q.abs() == 1
            assert torch.equal(found.q[certain], true[certain])
            assert found.nodes <= nodes
            if found.proven:
                proven += 1
                assert found.value == true.max() == true[found.line[0]]
                assert found.q[found.line[0]] == found.q.max()
        assert proven > 100 if nodes == 20 else proven == len(some)


@pytest.mark.parametrize("name", [pytest.param("breakthrough:4x4", marks=pytest.mark.slow), "othello:6"])
@pytest.mark.parametrize("depth", [2, 3])
def test_the_value_is_that_of_a_plain_search(name: str, depth: int) -> None:
    """Where moves differ so little that none is looked at less deeply than others."""
    leaf = guessing(name, 0.001)
    state = unfinished(leaf.game, seed=7, games=8)
    state = state[state.ply <= 8]
    compared = 0
    for row, found in enumerate(engine.AlphaBeta(leaf, furthest=depth).search(state, Budget(nodes=10**6))):
        if not found.proven:
            assert found.depth == depth
            assert found.value == pytest.approx(negamax(leaf, state[row], depth), abs=2e-5)
            compared += 1
    assert compared > 10


@pytest.mark.parametrize("name", SMALL)
def test_one_node_is_the_bare_q(name: str) -> None:
    leaf = guessing(name)
    state = unfinished(leaf.game, seed=3)
    assert torch.equal(SearchQ(leaf, Budget(nodes=1)).q(state), leaf.q(state))


@pytest.mark.parametrize("name", SMALL)
def test_positions_do_not_influence_each_other(name: str) -> None:
    leaf = guessing(name)
    state = unfinished(leaf.game, seed=2, games=6)
    search = SearchQ(leaf, Budget(nodes=60))
    together = search.q(state)
    assert torch.equal(together, torch.cat([search.q(state[row]) for row in range(len(state))]))
    assert torch.equal(together, SearchQ(guessing(name), Budget(nodes=60)).q(state))


def test_a_table_of_two_places_proves_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FEWEST_ENTRIES", 2)
    monkeypatch.setattr(engine, "_MOST_ENTRIES", 2)
    leaf = guessing("hex:3")
    truth = solve(leaf.game)
    for row, found in enumerate(searched(leaf, truth.state[-40:], 10**6)):
        assert found.proven
        assert found.value == truth.outcome[-40:][row].max()


@pytest.mark.parametrize("entries", [16, 1 << 12])
def test_threads_that_remember_in_one_table_prove_the_truth(entries: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_FEWEST_ENTRIES", entries)
    monkeypatch.setattr(engine, "_MOST_ENTRIES", entries)
    leaf, threads = guessing("othello:4"), torch.get_num_threads()
    truth = solve(leaf.game)
    some = torch.randperm(len(truth), generator=torch.Generator().manual_seed(2))[:150]
    alone = searched(leaf, truth.state[some], 10**6)
    torch.set_num_threads(4)
    try:
        together = engine.AlphaBeta(leaf).search(truth.state[some], Budget(seconds=60))
    finally:
        torch.set_num_threads(threads)
    for found, true in zip(together, truth.outcome[some], strict=True):
        assert found.proven
        assert found.value == true.max() == true[found.line[0]]
    assert sum(found.nodes for found in together) > sum(one.nodes for one in alone), "others have helped"


def test_moves_that_another_thread_is_at_are_searched_all_the_same() -> None:
    """All replies are marked as such, by a thread that never comes to an end."""
    leaf, left = guessing("othello:4"), 0
    truth = solve(leaf.game)
    some = torch.randperm(len(truth), generator=torch.Generator().manual_seed(4))[:60]
    for row in some.tolist():
        state, true = truth.state[row : row + 1], truth.outcome[row]
        batch = engine._Batch(
            engine.AlphaBeta(leaf), stones_of(leaf.game, state), state.ply.numpy(), Budget(seconds=60)
        )
        room = batch._room(1 << 12)
        busy, keys = np.zeros(1 << 12, np.int64), [key_after_all(leaf, room, state, (a, b)) for a, b in replies(state)]
        for key in keys:
            busy[key & (len(busy) - 1)] = key
        think(
            *batch.arguments, room._replace(busy=busy), batch.stones, batch.ply, 1 << 40, 64, 0, False, False,
            batch.q, batch.line, batch.told,
        )  # fmt: skip
        assert batch.found(0).proven
        assert batch.found(0).value == true.max()
        left += len(keys)
    assert left > 100


def replies(state: Any) -> list[tuple[int, int]]:
    game, found = make("othello:4"), []
    for action in game.legal(state)[0].nonzero().flatten().tolist():
        after = game.step(state, torch.tensor([action]))
        if not bool(after.done):
            found += [(action, reply) for reply in game.legal(after)[0].nonzero().flatten().tolist()]
    return found


def key_after_all(leaf: IncrementalQ, room: Any, state: Any, actions: tuple[int, ...]) -> int:
    for action in actions:
        state = leaf.game.step(state, torch.tensor([action]))
    return int(_key_at(leaf.arguments()[0], room, stones_of(leaf.game, state)[0], np.int64(int(state.ply))))


@njit
def _key_at(rules, room, stones, ply):  # type: ignore[no-untyped-def] # compiled
    board = new_board(rules)  # type: ignore[no-untyped-call] # compiled
    board.stones[:] = stones
    arrange(rules, board, ply)  # type: ignore[no-untyped-call] # compiled
    return key_of(room, board, ply)


def test_halves_of_two_entries_are_no_entry() -> None:
    table = np.zeros((4, 2), np.int64)
    for key, score in ((5, 100), (9, -7)):
        remember(table, np.int64(key), score, 3, 2, EXACT, -1, 1)
    assert [remembered(recall(table, np.int64(key)))[0] for key in (5, 9)] == [100, -7]
    place = int(np.flatnonzero((table[:, 0] ^ table[:, 1]) == 5)[0])
    other = int(np.flatnonzero((table[:, 0] ^ table[:, 1]) == 9)[0])
    table[place, 1] = table[other, 1]
    assert recall(table, np.int64(5)) == 0
    assert recall(table, np.int64(13)) == 0
    assert remembered(recall(table, np.int64(9)))[0] == -7


def test_a_lost_position_is_held_as_long_as_possible() -> None:
    """Of moves that all lose, the one found out last is above the others."""
    leaf = guessing("othello:4")
    truth = solve(leaf.game)
    lost = truth.state[(truth.outcome.amax(1) == -1) & ((truth.outcome == -1).sum(1) > 1)][:20]
    for found in searched(leaf, lost, 10**6):
        assert (found.proven, found.value) == (True, -1)
        assert int((found.q == found.q.max()).sum()) == 1
        assert int(found.q.argmax()) == found.line[0]


def test_a_cancelled_search_values_no_more_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled before it could begin, each thread values the position it was given and ends."""
    leaf = guessing("othello:4")
    search = engine.AlphaBeta(leaf)
    search.search(leaf.game.initial(1), Budget(nodes=1))
    batches: list[Any] = []
    begin = engine._Batch.__init__

    def noted(self: Any, *given: Any) -> None:
        begin(self, *given)
        batches.append(self)

    monkeypatch.setattr(engine._Batch, "__init__", noted)
    looks = iter([False])
    with cancelled_by(lambda: next(looks, True)), pytest.raises(Cancelled):
        search.search(unfinished(leaf.game, seed=1), Budget(seconds=3600.0))
    # Of a search without an end nothing but the first position was begun; its nodes are told when it was stopped.
    assert np.count_nonzero(batches[0].told[:, 1]) == 1


def test_seconds_and_nodes_together_end_with_what_comes_first() -> None:
    leaf = guessing("othello:4")
    state = unfinished(leaf.game, seed=5, games=2)[:6]
    search = SearchQ(leaf, Budget(nodes=7, seconds=3600.0))
    assert all(1 <= found.nodes <= 7 for found in search.engine.search(state, search.budget))
    short = SearchQ(leaf, Budget(seconds=1e-9))
    assert torch.equal(short.q(state) > -torch.inf, leaf.game.legal(state))


def test_an_error_in_one_thread_is_told_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    leaf = guessing("hex:3")
    search = engine.AlphaBeta(leaf)
    state = leaf.game.initial(1)
    search.search(state, Budget(nodes=1))

    def fail(*_: Any) -> None:
        raise MemoryError("none left")

    monkeypatch.setattr(engine, "think", fail)
    many = type(state).cat([state] * 100)
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            search.search(many, Budget(nodes=2))
        except MemoryError as error:
            raised.append(error)

    asking = threading.Thread(target=ask, daemon=True)  # which does not outlive the tests if it hangs
    asking.start()
    asking.join(30)
    assert not asking.is_alive()
    assert [str(error) for error in raised] == ["none left"]
