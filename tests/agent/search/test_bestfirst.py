"""Best-first search with n-tuples: the truth where it says so, and the estimates of a slow tree in Python."""

from __future__ import annotations

import math
import threading
import time
from typing import Any

import numpy as np
import pytest
import torch

from agent.ntuple.incremental.q import IncrementalQ
from agent.play.cancel import Cancelled, cancelled_by
from agent.search.bestfirst import engine, grow
from agent.search.bestfirst.root import consider, dig, left_in, phases_of, tell
from agent.search.bestfirst.tree import UNKNOWN, Rule, Scratch, Tree, new_scratch, new_tree
from agent.search.budget import Budget
from agent.search.found import HIGHEST, Found
from agent.search.search_q import SearchQ
from arena.truth.grading import ILLEGAL
from arena.truth.solve import solve
from game import make
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
    return engine.BestFirst(leaf).search(state, Budget(nodes=nodes))


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


class SlowTree:
    """The same tree in the fewest words, without threats and solvers."""

    def __init__(self, leaf: IncrementalQ, state: Any, rule: Rule, nodes: list[int] | None = None) -> None:
        self.leaf, self.rule, self.whole = leaf, rule, nodes is None
        self.nodes = [0] if nodes is None else nodes
        self.nodes[0] += 1
        q = leaf.q(state)[0].double()
        self.moves: list[int] = (q > -torch.inf).nonzero().flatten().tolist()
        self.own = {move: float(q[move]) for move in self.moves}
        top = max(self.own.values())
        share = {move: math.exp((own - top) / rule.temperature) for move, own in self.own.items()}
        self.prior = {move: one / sum(share.values()) for move, one in share.items()}
        self.total = {move: rule.own * own for move, own in self.own.items()}
        self.times, self.child = dict.fromkeys(self.moves, 0), dict.fromkeys(self.moves)
        after = leaf.game.step(type(state).cat([state] * len(self.moves)), torch.tensor(self.moves))
        ends = zip(self.moves, after.done.tolist(), after.reward.tolist(), strict=True)
        self.known = {move: float(reward) if done else None for move, done, reward in ends}
        self.after = {move: after[row : row + 1] for row, move in enumerate(self.moves)}

    def value(self, move: int) -> float:
        known = self.known[move]
        if known is not None:
            return known
        return self.total[move] / (self.times[move] + self.rule.own) if self.times[move] else self.own[move]

    def outcome(self) -> float | None:
        """What is proven of the position."""
        known = [known for known in self.known.values() if known is not None]
        if 1 in known:
            return 1.0
        return None if len(known) < len(self.moves) else max(known)

    def go_down(self, move: int) -> float:
        """Add a node below a move: what was found, for whoever makes it."""
        below = self.child[move]
        if below is None:
            below = self.child[move] = SlowTree(self.leaf, self.after[move], self.rule, self.nodes)
            found = -max(below.value(move) for move in below.moves)
        else:
            found = -below.go_down(below.next())
        outcome = below.outcome()
        if outcome is not None:
            self.known[move] = found = -outcome
        self.total[move] += found
        self.times[move] += 1
        return found

    def next(self) -> int:
        """The move of the highest upper bound. Moves far behind are listed, which takes a node, when nothing else is as
        good as they seem."""
        listed = [move for move in self.moves if self.whole or self.known[move] is not None or self.near(move)]
        open_moves = [move for move in listed if self.known[move] is None]
        factor = self.rule.exploration * math.sqrt(sum(self.times.values()) + 1)
        bound = {move: self.value(move) + self.prior[move] * factor / (self.times[move] + 1) for move in open_moves}
        best = max(open_moves, key=lambda move: bound[move], default=None)
        behind = max((own for move, own in self.own.items() if move not in listed), default=-math.inf)
        if all(self.times[move] for move in open_moves) and (best is None or behind > bound[best]):
            self.whole = True
            self.nodes[0] += 1
            return self.next()
        assert best is not None
        return best

    def near(self, move: int) -> bool:
        return max(self.own.values()) - self.own[move] <= grow._NEAR * self.rule.temperature


SHARP = Rule(considered=1, temperature=0.02, exploration=0.3)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("othello:6", Rule(considered=1)),
        ("othello:6", SHARP),
        pytest.param("breakthrough:6x6", Rule(considered=1), marks=pytest.mark.slow),
    ],
)
def test_a_tree_is_that_of_slow_python(name: str, rule: Rule) -> None:
    """One move of the root is considered, so that all goes through it: the mean of what is found below is the same."""
    leaf = guessing(name, 0.02)
    state = unfinished(leaf.game, seed=7, games=4)
    state = state[(state.ply >= 1) & (state.ply <= 12)][::2]
    compared = listings = 0
    for row, found in enumerate(engine.BestFirst(leaf, rule).search(state, Budget(nodes=60))):
        assert found.nodes <= 60
        if found.proven or found.nodes < 60:
            continue
        slow = SlowTree(leaf, state[row], rule)
        move, passes = max(slow.moves, key=lambda move: slow.own[move]), 0
        if slow.known[move] is not None:
            continue
        while slow.nodes[0] < 60:
            value = slow.value(move)
            slow.go_down(move)
            passes += 1
        if slow.nodes[0] == 60:
            value = slow.value(move)  # else the last node was taken by listing moves, and the way down was in vain
        assert float(found.q[move]) == pytest.approx(value, abs=1e-5)
        compared += 1
        listings += 59 - passes
    assert compared > 10
    assert listings > 10 or rule != SHARP


def test_moves_that_were_left_out_are_listed_when_they_are_asked_for() -> None:
    """With priors as sharp as these, nodes begin with one move or two."""
    leaf = guessing("othello:4")
    truth = solve(leaf.game)
    some = torch.randperm(len(truth), generator=torch.Generator().manual_seed(3))[:150]
    sharp = engine.BestFirst(leaf, Rule(temperature=0.001))
    for found, true in zip(sharp.search(truth.state[some], Budget(nodes=100_000)), truth.outcome[some], strict=True):
        assert found.proven
        assert found.value == true.max() == true[found.line[0]]


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


def test_a_tree_without_room_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_MOST_MOVES", 200)
    leaf = guessing("othello:6")
    state = unfinished(leaf.game, seed=1, games=2)[:8]
    for found, row in zip(searched(leaf, state, 10**5), range(8), strict=True):
        assert found.nodes < 200
        assert torch.equal(found.q > -torch.inf, leaf.game.legal(state[row])[0])


def test_threads_below_different_moves_prove_the_truth() -> None:
    leaf, threads = guessing("othello:4"), torch.get_num_threads()
    truth = solve(leaf.game)
    some = torch.randperm(len(truth), generator=torch.Generator().manual_seed(2))[:150]
    torch.set_num_threads(4)
    try:
        together = engine.BestFirst(leaf).search(truth.state[some], Budget(seconds=60))
    finally:
        torch.set_num_threads(threads)
    for found, true in zip(together, truth.outcome[some], strict=True):
        assert found.proven
        assert found.value == true.max() == true[found.line[0]]


def test_threads_have_room_of_their_own() -> None:
    parts = [used.tolist() for used in engine._shared(np.array([5, 40, 105, 1040], np.int64), 3)]
    assert parts == [[5, 40, 38, 373], [38, 373, 71, 706], [71, 706, 105, 1040]]


def test_seconds_are_used_up_by_all_threads() -> None:
    leaf, threads = guessing("othello:6"), torch.get_num_threads()
    state = unfinished(leaf.game, seed=1, games=2)[2:3]
    torch.set_num_threads(2)
    try:
        search = engine.BestFirst(leaf)
        search.search(leaf.game.initial(1), Budget(nodes=2))
        begun = time.monotonic()
        found = search.search(state, Budget(seconds=0.4))[0]
        took = time.monotonic() - begun
    finally:
        torch.set_num_threads(threads)
    assert 0.39 <= took < 10
    assert found.nodes > 2 * engine._FIRST_NODES
    assert (found.q == found.q.max()).sum() == 1
    assert int(found.q.argmax()) == found.line[0]
    assert len(found.line) > 2


def test_no_time_is_spent_where_there_is_nothing_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine._Batch, "_ends", lambda _: 0)
    leaf = guessing("othello:6")
    state = unfinished(leaf.game, seed=11, games=2000)
    state = state[(leaf.game.legal(state).sum(1) == 1) & (state.ply <= 17)][:1]
    found = engine.BestFirst(leaf).search(state, Budget(seconds=0.7))[0]
    assert not found.proven, "or it would end anyway"
    assert found.nodes <= engine._FIRST_NODES


def test_what_a_solver_looks_at_counts_as_nodes() -> None:
    leaf = guessing("othello:6")
    state = unfinished(leaf.game, seed=12, games=40)
    state = state[(state.ply == 20) & (leaf.game.legal(state).sum(1) > 3)][:4]
    for found in searched(leaf, state, 2000):
        assert found.proven
        assert 4 < found.nodes < 2000


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
    search = engine.BestFirst(leaf)
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
    search = engine.BestFirst(leaf)
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


def planted(moves: list[tuple[float, int, int, int]]) -> tuple[Tree, Scratch]:
    """A root all of whose moves were looked into: value, low, high, visits; their actions are their numbers."""
    tree, scratch = new_tree(4, 2 * len(moves)), new_scratch(len(moves), np.zeros(1, np.uint8))
    tree.node[0] = (0, len(moves), len(moves), 1, -np.inf)
    for k, (value, low, high, times) in enumerate(moves):
        tree.edge[k] = (value, 0.5, 0, UNKNOWN, times, k, low, high)
        scratch.given[k], scratch.kept[k] = value, low < high
    scratch.count[1] = 100
    return tree, scratch


@pytest.mark.parametrize(
    ("moves", "best", "proven"),
    [
        ([(0.9, -1, 1, 50), (0.4, -1, 1, 50)], 0, False),
        ([(0.9, -1, 0, 90), (0.0, 0, 0, 5)], 1, True),  # what seems good is no better than a draw, and may be lost
        ([(0.9, -1, 1, 90), (0.0, 0, 0, 5)], 0, False),
        ([(-0.2, -1, 1, 90), (0.0, 0, 0, 5)], 1, False),
        ([(0.9, -1, 1, 90), (1.0, 1, 1, 1)], 1, True),
        ([(-1.0, -1, -1, 5), (-1.0, -1, -1, 40)], 1, True),  # the longest defence
        ([(-1.0, -1, -1, 40), (-0.9, -1, 1, 2)], 1, False),
    ],
)
def test_the_move_to_play(moves: list[tuple[float, int, int, int]], best: int, proven: bool) -> None:
    tree, scratch = planted(moves)
    q, line, told = np.zeros(len(moves), np.float32), np.zeros(64, np.int16), np.zeros(4, np.int64)
    tell(tree, Rule(), scratch, q, line, told)
    assert (line[0], told[2]) == (best, proven)
    assert q.argmax() == best
    assert sum(q == q.max()) == 1


@pytest.mark.parametrize(
    ("replies", "reply"),
    [
        ([(0.9, -1, 1, 1), (0.2, -1, 1, 50)], 1),  # much looked into, not just promising
        ([(0.0, 0, 0, 2), (-0.5, -1, 0, 50)], 0),  # the draw that is sure
        ([(-1.0, -1, -1, 2), (-1.0, -1, -1, 9)], 1),  # the longest defence
        ([(0.4, -1, 1, 50), (1.0, 1, 1, 1)], 1),
    ],
)
def test_the_line_goes_on_with_the_best_reply(replies: list[tuple[float, int, int, int]], reply: int) -> None:
    tree, scratch = planted([(0.5, -1, 1, 60), (0.1, -1, 1, 3)])
    tree.node[1] = (2, 2, 2, 60, -np.inf)
    for k, (value, low, high, times) in enumerate(replies):
        tree.edge[2 + k] = (value, 0.5, 0, UNKNOWN, times, k, low, high)
    tree.edge[0]["child"] = 1
    line, told = np.zeros(64, np.int16), np.zeros(4, np.int64)
    tell(tree, Rule(), scratch, np.zeros(2, np.float32), line, told)
    assert line[: told[3]].tolist() == [0, reply]


def test_moves_that_are_considered() -> None:
    """The best, of those whose outcome is open and may be better than what is sure."""
    moves = [(0.9, -1, 0, 9), (0.5, -1, 1, 9), (0.0, 0, 0, 3), (0.1, -1, 1, 9), (-1.0, -1, -1, 9), (0.3, -1, 1, 9)]
    tree, scratch = planted(moves)
    assert consider(tree, Rule(), scratch, 2) == 2
    assert np.flatnonzero(scratch.kept).tolist() == [1, 5]
    tree.edge["high"][[1, 5]] = tree.edge["low"][[1, 5]] = -1
    assert consider(tree, Rule(), scratch, 2) == 1, "where none that was considered is open, the others are"
    assert np.flatnonzero(scratch.kept).tolist() == [3]
    assert [left_in(phase, 8) for phase in range(phases_of(8))] == [8, 4, 2]
    assert [left_in(phase, 5) for phase in range(phases_of(5))] == [5, 2, 2]


def test_threads_go_down_different_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    leaf, threads = guessing("othello:6"), torch.get_num_threads()
    seen: list[tuple[list[int], list[int]]] = []
    added: list[tuple[int, int]] = []
    state = unfinished(leaf.game, seed=1, games=2)[2:3]
    search = engine.BestFirst(leaf)
    search.search(state, Budget(nodes=2))

    def noted(*given: Any) -> None:
        _, tree, _, scratch, _, _, edges, nodes = given
        before = int(scratch.count[0])
        seen.append((tree.used.tolist(), edges.tolist()))
        dig(*given)
        added.append((int(scratch.count[0]) - before, nodes * len(edges)))

    monkeypatch.setattr(engine, "dig", noted)
    torch.set_num_threads(2)
    try:
        search.search(state, Budget(seconds=0.2))
    finally:
        torch.set_num_threads(threads)
    assert len(seen) > 4
    for (one, mine), (other, theirs) in zip(seen[::2], seen[1::2], strict=False):
        assert not set(mine) & set(theirs), "a move below which two threads would be"
        assert one[0] >= other[2] or other[0] >= one[2], "room that both would take"
    assert any(nodes >= asked > 2 * Rule().at_once for nodes, asked in added)


def test_what_is_no_number_is_told() -> None:
    """And no move is made of it that there is not."""
    leaf = guessing("othello:4")
    leaf.table[:] = torch.nan
    leaf.changed()
    state = unfinished(leaf.game, seed=3, games=3)
    q = SearchQ(leaf, Budget(nodes=30)).q(state)
    assert torch.equal(q > -torch.inf, leaf.q(state) > -torch.inf)
    assert torch.equal(q.isnan(), leaf.q(state).isnan())
    assert bool(q.isnan().any())


@pytest.mark.parametrize(
    ("raw", "q"), [(math.nan, -HIGHEST), (1e30, HIGHEST), (-1e30, -HIGHEST), (0.5, math.tanh(0.5))]
)
def test_estimates_are_numbers_that_no_outcome_has(raw: float, q: float) -> None:
    """Loops compare them: of what is no number none would be chosen, and the move that is none be made."""
    assert grow.estimate(raw) == np.float32(q)


def test_each_game_has_its_rule() -> None:
    assert engine.BestFirst(guessing("breakthrough:4x4")).rule.temperature == 0.15
    assert engine.BestFirst(guessing("othello:4")).rule == Rule()
