"""Trees of networks: what grows by hand, with tensors and in compiled loops, alone and beside others, and again."""

from __future__ import annotations

import time
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.network.net import Architecture, build
from agent.network.network_q import AfterstateNetworkQ
from agent.play.qfunction import ConstantQ, masked
from agent.search.budget import Budget
from agent.search.found import HIGHEST
from agent.search.tree import engine
from agent.search.tree.engine import TreeSearch
from agent.search.tree.forest import Forest
from agent.search.tree.leaf import valued
from agent.search.tree.lessons import lessons_of
from agent.search.tree.reuse import Memory
from agent.search.tree.rule import Rule
from game import Game, make
from game.notation import parse_moves
from tests.agent.search.test_search_q import Believed
from tests.helpers import unfinished
from tests.simulated_gpu import any_gpu

TICTACTOE = make("tictactoe")


class ByPly(ConstantQ):
    """Q of a move by how many stones lie on the board: the same in each position."""

    def __init__(self, game: Game[Any], rows: dict[int, list[float]]) -> None:
        super().__init__(game)
        self.rows = rows

    def q(self, state: Any) -> Tensor:
        q = torch.tensor([self.rows[ply] for ply in state.ply.tolist()])
        return masked(q, self.game, state)


def forest_of(search: TreeSearch, state: Any, nodes: int) -> Forest:
    (roots,) = search.grown(state, nodes)
    return roots.forest


def test_a_tree_by_hand() -> None:
    """a3 b3 c3 / a2 b2 c2 / a1 b1 c1 are the actions 0 to 8. The first move is worth what the best reply leaves."""
    rows = {0: [0.5, 0.4, 0.3, *[-0.9] * 6], 1: [0.1, 0.2, 0.6, *[-0.9] * 6], 2: [-0.7, 0.0, 0.2, *[-0.9] * 6]}
    search = TreeSearch(ByPly(TICTACTOE, rows), Rule(considered=2))

    def grown(nodes: int) -> tuple[list[float], list[int]]:
        """What the first two moves are worth, and the principal variation."""
        forest = forest_of(search, TICTACTOE.initial(1), nodes)
        (found,) = search.search(TICTACTOE.initial(1), Budget(nodes=nodes))
        assert found.nodes == nodes
        assert float(found.q.max()) == float(found.q[found.line[0]])
        return [round(value, 3) for value in forest.value[0, :2].tolist()], list(found.line)

    # Action 0 leaves a reply 2 that is worth 0.6 to the other side. No second move was considered.
    assert grown(2) == ([-0.6, 0.4], [0, 2])
    # Action 1 leaves one as good. Of equals, the one that was believed to be better.
    assert grown(3) == ([-0.6, -0.6], [0, 2])
    # After 0 and 2 the best move, 1, is worth 0; so the reply 1 is the best there, worth 0.2.
    assert grown(4) == ([-0.2, -0.6], [0, 1])
    # After 1 and 2 the best move, 0, is worth -0.7.
    assert grown(5) == ([-0.2, -0.7], [0, 1])
    # After 0 and 1 the best move, 2, is worth 0.2: the reply 2 is better, and worth 0.
    assert grown(6) == ([0.0, -0.7], [0, 2, 1])


def test_half_of_the_moves_go_on_after_each_share_of_the_nodes() -> None:
    game = make("hex:5")
    forest = forest_of(TreeSearch(ConstantQ(game)), game.initial(1), 25)
    # 24 nodes in three shares of 8: under 8 moves one each, under 4 two, under 2 four.
    assert sorted(forest.visits[0].tolist())[-9:] == [0, 1, 1, 1, 1, 3, 3, 7, 7]


@pytest.mark.parametrize("name", ["tictactoe", "othello:4", "hex:4", "breakthrough:4x4", "gomoku:4x4x3"])
@pytest.mark.parametrize("nodes", [20, 300])
def test_tensors_and_compiled_loops_find_the_same(name: str, nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    game = make(name)
    state, search = unfinished(game, seed=5)[:20], TreeSearch(Believed(game))
    compiled = search.search(state, Budget(nodes=nodes))
    monkeypatch.setattr(engine, "CompiledForest", Forest)
    for one, other in zip(compiled, search.search(state, Budget(nodes=nodes)), strict=True):
        assert torch.equal(one.q, other.q)
        assert one.as_dict() == other.as_dict()


@pytest.mark.parametrize("nodes", [3, 200])
def test_a_position_alone_is_its_row_among_many(nodes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    game = make("othello:4")
    state, search = unfinished(game, seed=6)[:7], TreeSearch(Believed(game))
    many = search.search(state, Budget(nodes=nodes))
    monkeypatch.setattr(engine, "MOST_MOVES", 3 * nodes * game.num_actions)  # three trees side by side
    few = search.search(state, Budget(nodes=nodes))
    for row, (one, other) in enumerate(zip(many, few, strict=True)):
        (alone,) = search.search(state[row], Budget(nodes=nodes))
        assert torch.equal(one.q, alone.q)
        assert torch.equal(other.q, alone.q)
        assert one.as_dict() == alone.as_dict() == other.as_dict()


def test_it_stays_on_the_device_of_the_positions() -> None:
    """Several nodes under a move at a time, too."""
    game = make("gomoku:3x4x3")
    state, search = unfinished(game, seed=7)[:2], TreeSearch(Believed(game), Rule(share=10))
    here = search.search(state, Budget(nodes=40))
    with any_gpu() as gpu:
        there = search.search(state.to(gpu), Budget(nodes=40))
        assert all(found.q.device.type == "cuda" for found in there)
        for one, other in zip(here, there, strict=True):
            assert torch.equal(one.q, other.q.cpu())
            assert one.as_dict() == other.as_dict()


def test_memory_is_fixed_and_a_full_tree_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "MOST_MOVES", 9 * 40)
    search = TreeSearch(Believed(TICTACTOE))
    (found,) = search.search(TICTACTOE.initial(1), Budget(nodes=10**9))
    assert found.nodes == search.largest() == 40
    monkeypatch.setattr(engine, "MOST_MOVES", 1)
    assert search.search(TICTACTOE.initial(1), Budget(nodes=10**9))[0].nodes == 2


def test_values_are_minimax_and_exact_where_proven() -> None:
    """Of each move that leads to a node: minus the best there, or its outcome."""
    game = make("gomoku:3x4x3")
    forest = forest_of(TreeSearch(Believed(game)), unfinished(game, seed=8)[:4], 120)
    lessons = lessons_of(forest)
    assert len(lessons.action) == int(forest.used.sum()) - 4
    rows = [tree * forest.nodes + node for tree, used in enumerate(forest.used.tolist()) for node in range(1, used)]
    assert forest.state[torch.tensor(rows)].equal(game.step(lessons.state, lessons.action))
    for row, target in zip(rows, lessons.target.tolist(), strict=True):
        low, high = int(forest.low[row].max()), int(forest.high[row].max())
        best = min(max(float(forest.value[row].max()), -HIGHEST), HIGHEST)
        assert target == (-low if low == high else -best)


@torch.inference_mode()
def test_with_seconds_the_tree_of_the_last_move_goes_on() -> None:
    game = make("hex:5")
    search, state, budget = TreeSearch(Believed(game)), game.initial(1), Budget(nodes=300, seconds=600)
    (first,) = search.search(state, budget)
    assert first.nodes == 300
    after = parse_moves(game, "".join(_names(game, first.line[:1]))).state
    memory: Memory = search._memory
    forest = memory.recall(game, after)
    assert forest is not None
    kept = int(forest.used)
    assert 1 < kept < first.nodes
    assert forest.state[0:1].equal(after)
    assert int(forest.depth[0]) == 1
    _holds_together(forest)
    memory.keep(forest)
    assert search.search(after, budget)[0].nodes == 300
    assert int(memory.recall(game, after).used) == 300  # type: ignore[union-attr] # it is known
    assert memory.recall(game, state) is None  # the start is in no tree below


def test_nodes_alone_do_not_remember() -> None:
    game = make("hex:4")
    search, state = TreeSearch(Believed(game)), game.initial(1)
    before = search.search(state, Budget(nodes=50))[0]
    search.search(state, Budget(nodes=100, seconds=600))
    assert search.search(state, Budget(nodes=50))[0].as_dict() == before.as_dict()


def test_afterstates_are_valued_once() -> None:
    game = make("othello:4")
    leaf = AfterstateNetworkQ(game, build(game, Architecture(width=16, head="afterstate"), seed=1))
    state = unfinished(game, seed=9)
    found = valued(leaf, state)
    torch.testing.assert_close(found.q, leaf.q(state))
    assert torch.equal(found.over | game.legal(state), torch.ones_like(found.over))


def test_it_ends_on_time() -> None:
    """Not how fast it is: whether the clock is looked at."""
    search = TreeSearch(ConstantQ(make("gomoku")))
    began = time.monotonic()
    search.search(search.game.initial(1), Budget(nodes=10**9, seconds=0.01))
    assert time.monotonic() - began < 60  # all nodes would take longer than any machine needs for this


def _names(game: Game[Any], line: tuple[int, ...]) -> list[str]:
    return [game.move_name(move, game.initial(1)) for move in line]


def _holds_together(forest: Forest) -> None:
    """Children and the edges that lead to them name each other, and values are those of what is below."""
    used, actions = int(forest.used), forest.game.num_actions
    for row in range(1, used):
        edge = int(forest.inlet[row])
        parent = edge // actions
        assert int(forest.child.view(-1)[edge]) == row
        assert parent < row
        assert int(forest.depth[row]) == int(forest.depth[parent]) + 1
        assert float(forest.value.view(-1)[edge]) == pytest.approx(-float(forest.value[row].max()), abs=1e-6)
    assert int((forest.child[:used] >= 0).sum()) == used - 1
