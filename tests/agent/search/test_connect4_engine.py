"""The engine of Connect Four: alpha-beta against a plain search, and what it promises about Q."""

from __future__ import annotations

import math
import threading
import time
from typing import Any

import pytest
import torch

from agent.ntuple.q import NTupleQ
from agent.ntuple.tuples import draw_cells
from agent.play.cancel import Cancelled, cancelled_by
from agent.play.qfunction import ConstantQ
from agent.search.budget import Budget
from agent.search.connect4 import pvs
from agent.search.connect4.allowance import Allowance
from agent.search.connect4.book import book
from agent.search.connect4.engine import Connect4Engine
from agent.search.connect4.leaf import leaf_of
from agent.search.connect4.proving import ProvingEngine
from agent.search.connect4.root import roots_of
from agent.search.connect4.search import Memory, Search
from agent.search.engines import engine_for
from agent.search.found import HIGHEST, Found
from tests.agent.search.connect4_by_hand import GAME, after, boards, moves, score, unfinished


def some_q(seed: int = 0, size: float = 0.3, threats: bool = False) -> NTupleQ:
    """n-tuples with random rows: values that mean nothing but differ."""
    q = NTupleQ(GAME, draw_cells(GAME, 12, 5, seed), threats=threats)
    return q.with_table(torch.randn(q.tuples.size, generator=torch.Generator().manual_seed(seed)) * size)


def plain(q: NTupleQ, state: Any, depth: int) -> float:
    """As `pvs` says it searches, without windows, tables and order: estimates before the tanh, wins as pvs.WIN."""
    ply, own = int(state.ply), moves(state)
    if ply == 42:
        return 0.0
    then = {move: after(state, move) for move in own}
    if any(int(each.reward) == 1 for each in then.values()):
        return pvs.WIN - (ply + 1)
    safe = [m for m in own if bool(then[m].done) or not boards(then[m]).can_win()]
    if not safe:
        return ply + 2 - pvs.WIN
    if len(safe) == 1:
        return -plain(q, then[safe[0]], depth)
    if depth == 0:
        return max(math.atanh(float(q.q(state)[0, move])) * pvs.UNIT for move in safe)
    return max(-plain(q, then[move], depth - 1) for move in safe)


@pytest.mark.parametrize("threats", [False, True])
@pytest.mark.parametrize(("ply", "depths"), [(3, (1, 2)), (14, (1, 2)), (22, (1, 2, 3)), (33, (1, 3, 6))])
def test_alpha_beta_finds_what_a_plain_search_finds(ply: int, depths: tuple[int, ...], threats: bool) -> None:
    q, checked = some_q(size=0.1 if threats else 0.3, threats=threats), 0
    for state in unfinished(ply, 2 if ply < 20 else 5, seed=ply):
        search = Search(
            roots_of(state, q.q(state))[0], Memory().tables(Budget(nodes=1000)), Allowance(Budget(nodes=10**6))
        )
        for depth in depths:
            for move in (m for m in search.root.moves if m.outcome is None):
                value = search._value(move, depth, leaf_of(q), -pvs.INFINITE, pvs.INFINITE)
                assert value is not None
                assert value == pytest.approx(-plain(q, after(state, move.column), depth - 1), abs=20)
                checked += 1
    assert checked >= 12


def test_stopping_at_every_node_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, states = Connect4Engine(some_q()), unfinished(8, 2, seed=3)
    before = [one.as_dict() for state in states for one in engine.search(state, Budget(nodes=300))]
    monkeypatch.setattr("agent.search.connect4.search._VALUE_CHUNK", 1)
    monkeypatch.setattr("agent.search.connect4.search._CHUNK", 1)
    assert [one.as_dict() for state in states for one in engine.search(state, Budget(nodes=300))] == before


def test_one_node_is_the_leaf_itself() -> None:
    q, state = some_q(), unfinished(9, 1, seed=0)[0]
    assert engine_for(q).search(state, Budget(nodes=1))[0].q.equal(q.q(state)[0])


@pytest.mark.parametrize("nodes", [2, 4, 16, 64, 256, 3000])
def test_what_is_found_within_nodes_depends_on_the_position_alone(nodes: int) -> None:
    engine, states = Connect4Engine(some_q()), [unfinished(ply, 1, seed=ply)[0] for ply in (0, 5, 12, 19, 30, 38)]
    together = engine.search(type(states[0]).cat(states), Budget(nodes=nodes))
    for state, one in reversed(list(zip(states, together, strict=True))):
        again = Connect4Engine(some_q()).search(state, Budget(nodes=nodes))[0]
        assert again.q.equal(one.q)
        assert again.as_dict() == one.as_dict()
        assert one.nodes <= nodes
        assert one.line[0] == int(one.q.argmax())


@pytest.mark.parametrize("ply", range(8))
def test_before_the_last_page_of_the_book_all_outcomes_are_known(ply: int) -> None:
    for state in unfinished(ply, 3, seed=ply):
        found = Connect4Engine(some_q()).search(state, Budget(nodes=2))[0]
        assert found.proven
        outcomes = [-outcome_of(after(state, move)) for move in moves(state)]
        assert found.value == max(outcomes)
        assert outcomes[moves(state).index(found.line[0])] == max(outcomes)
        assert ProvingEngine(ConstantQ(GAME)).search(state, Budget(nodes=2))[0].value == max(outcomes)


def outcome_of(state: Any) -> int:
    """For the side to move, by the book."""
    return -int(state.reward) if bool(state.done) else book().outcome(*boards(state))


@pytest.mark.parametrize("outcome", [1, 0, -1])
def test_on_the_last_page_the_move_that_is_left_has_the_outcome(outcome: int) -> None:
    """The book knows the position, not its moves; that the others fail is as good as a proof of the last."""
    states = unfinished(8, 200, seed=1)
    state = next(s for s in states if outcome_of(s) == outcome and len(moves(s)) > 2 and not boards(s).can_win())
    root = roots_of(state, torch.zeros(1, 7), book())[0]
    if outcome == -1:
        assert root.outcome_question() is None
        assert root.proven == -1
        return
    assert root.proven is None
    left = next(move for move in root.moves if move.outcome is None)
    for move in root.moves:
        if move is not left:
            move.learn_score(outcome, 1 - outcome)  # its own score is less than `outcome`
    assert root.outcome_question() is None
    assert root.proven == outcome
    assert root.best() is left


def engines() -> list[Connect4Engine | ProvingEngine]:
    return [Connect4Engine(some_q()), ProvingEngine(ConstantQ(GAME))]


@pytest.mark.parametrize("engine", engines())
@pytest.mark.parametrize("budget", [Budget(nodes=100_000), Budget(seconds=60)])
def test_late_positions_are_played_perfectly(engine: Connect4Engine | ProvingEngine, budget: Budget) -> None:
    outcomes = set()
    for state in [each for ply in (34, 36, 38, 40, 41) for each in unfinished(ply, 3, seed=ply)]:
        found = engine.search(state, budget)[0]
        assert found.proven
        true = score(state)
        outcomes.add(outcome := (true > 0) - (true < 0))
        assert found.value == outcome
        _is_exact(found, state, true)
    assert outcomes == {-1, 0, 1}


def _is_exact(found: Found, state: Any, true: int) -> None:
    """Each Q is exact, or known to be no better; and the best is the fastest win or the longest resistance."""
    best = int(found.q.argmax())
    for move in range(7):
        q = float(found.q[move])
        if move not in moves(state):
            assert q == -math.inf
            continue
        then = after(state, move)
        its = int(then.reward) * (44 - int(then.ply)) // 2 if bool(then.done) else -score(then)
        if abs(q) == 1:
            assert q == (its > 0) - (its < 0)
        if move == best:
            assert its == true or true == 0
    if true < 0:
        assert float(found.q[best]) == -HIGHEST
    if true > 0:
        assert (found.q == 1).sum() == 1


def test_seconds_are_kept_and_a_search_can_be_called_off() -> None:
    engine = Connect4Engine(some_q())
    engine.search(GAME.initial(1), Budget(nodes=100))  # compiles
    found = engine.search(unfinished(9, 1, seed=0)[0], Budget(seconds=0.01))[0]
    assert not found.proven
    called_off = threading.Event()
    threading.Timer(0.05, called_off.set).start()
    with cancelled_by(called_off.is_set), pytest.raises(Cancelled):
        engine.search(GAME.initial(1), Budget(seconds=60))


def test_the_engine_is_chosen_by_the_leaf() -> None:
    assert isinstance(engine_for(some_q()), Connect4Engine)
    assert isinstance(engine_for(ConstantQ(GAME)), ProvingEngine)


def test_a_share_is_part_of_what_is_left() -> None:
    whole = Allowance(Budget(nodes=100, seconds=1000))
    whole.take(50)
    part = whole.share(0.6)
    assert part.nodes == 50
    assert whole.share(0.2).nodes == 20
    assert part.end is not None
    assert part.end - time.monotonic() < 601
