"""What a best-first search found is still known when the position below comes on the board."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from agent.search.bestfirst.engine import BestFirst
from agent.search.bestfirst.reuse import adopt
from agent.search.bestfirst.root import dig, think
from agent.search.bestfirst.tree import Rule, Tree, new_scratch, new_tree
from agent.search.budget import Budget
from arena.truth.solve import solve
from game.compiled import stones_of
from tests.agent.search.test_bestfirst import guessing
from tests.helpers import unfinished


def grown(leaf: Any, state: Any, nodes: int, room: int = 1 << 16) -> Tree:
    """The tree of one position after so many nodes."""
    tree, actions = new_tree(nodes + room, 40 * nodes + room), leaf.game.num_actions
    think(
        leaf.arguments(), tree, Rule(), new_scratch(actions, np.zeros(1, np.uint8)), stones_of(leaf.game, state),
        state.ply.numpy(), nodes, 0, np.zeros((1, actions), np.float32), np.zeros((1, 64), np.int16),
        np.zeros((1, 4), np.int64),
    )  # fmt: skip
    return tree


def moves_of(tree: Tree, node: int) -> dict[int, Any]:
    at = tree.node[node]
    return {int(move["action"]): move for move in tree.edge[at["first"] : at["first"] + at["moves"]]}


def same_below(old: Tree, node: int, new: Tree, other: int) -> int:
    """Compare all that is known below two nodes: how many nodes there are."""
    fields = ["moves", "opened", "visits", "rest"]
    assert old.node[node][fields] == new.node[other][fields]
    before, after, count = moves_of(old, node), moves_of(new, other), 1
    assert list(before) == list(after)
    for action, move in before.items():
        mine = after[action]
        known = ["value", "prior", "total", "times", "low", "high"]
        assert move[known] == mine[known]
        assert (move["child"] < 0) == (mine["child"] < 0)
        if move["child"] >= 0:
            count += same_below(old, int(move["child"]), new, int(mine["child"]))
    return count


def reply_below(leaf: Any, state: Any, tree: Tree) -> tuple[Any, int]:
    """The position after the two plies that were looked into most, and its node."""
    node = 0
    for _ in range(2):
        move = max(moves_of(tree, node).values(), key=lambda move: move["times"])
        state, node = leaf.game.step(state, torch.tensor([int(move["action"])])), int(move["child"])
    return state, node


@pytest.mark.parametrize("name", ["othello:6", "hex:4"])
def test_a_new_tree_takes_over_all_that_is_below(name: str) -> None:
    leaf = guessing(name, 0.05)
    state = unfinished(leaf.game, seed=4, games=1)[2]
    old = grown(leaf, state, 3000)
    below, node = reply_below(leaf, state, old)
    new = grown(leaf, below, 1)
    known = adopt(old, node, new)
    assert known > 50
    assert new.used[0] == 1 + known
    counted, before = 0, moves_of(old, node)
    for action, mine in moves_of(new, 0).items():
        move = before.get(action)
        if move is None or not move["times"]:
            assert (mine["times"], mine["child"]) == (0, -1)
            continue
        assert move[["times", "total"]] == mine[["times", "total"]]
        if move["child"] >= 0:
            counted += same_below(old, int(move["child"]), new, int(mine["child"]))
    assert counted == known


def test_what_the_new_tree_knows_better_stays() -> None:
    leaf = guessing("othello:6", 0.05)
    state = unfinished(leaf.game, seed=4, games=1)[2]
    old = grown(leaf, state, 300)
    below, node = reply_below(leaf, state, old)
    new, lone = grown(leaf, below, 600), grown(leaf, below, 600)
    adopt(old, node, new)
    most = max(moves_of(lone, 0), key=lambda action: moves_of(lone, 0)[action]["times"])
    assert moves_of(lone, 0)[most]["times"] > old.node[node]["visits"]
    same_below(lone, int(moves_of(lone, 0)[most]["child"]), new, int(moves_of(new, 0)[most]["child"]))


def test_proofs_of_both_trees_hold() -> None:
    leaf = guessing("othello:6", 0.05)
    state = unfinished(leaf.game, seed=4, games=1)[2]
    old = grown(leaf, state, 300)
    below, node = reply_below(leaf, state, old)
    new = grown(leaf, below, 1)
    first, second = list(moves_of(new, 0))[:2]
    known = moves_of(old, node)
    known[first]["low"] = known[first]["high"] = -1
    moves_of(new, 0)[second]["low"] = 0
    adopt(old, node, new)
    moves = moves_of(new, 0)
    assert moves[first][["low", "high", "value"]].tolist() == (-1, -1, -1.0)
    assert moves[second]["low"] == 0 <= moves[second]["value"]


def test_a_tree_without_room_takes_what_fits() -> None:
    leaf = guessing("othello:6", 0.05)
    state = unfinished(leaf.game, seed=4, games=1)[2]
    old = grown(leaf, state, 3000)
    below, node = reply_below(leaf, state, old)
    for spare, room in ((2, 20), (3, 40)):  # nodes, or moves, are what is short
        new = grown(leaf, below, 1)
        new.used[2:] = new.used[0] + room, new.used[1] + room * spare
        assert 1 <= adopt(old, node, new) <= room
        assert new.used[0] <= new.used[2]
        assert new.used[1] <= new.used[3]
        used = new.edge[: new.used[1]]
        assert used["child"].max() < new.used[0], "every move leads to a node of this tree"


def test_the_position_is_found_two_plies_below_and_not_elsewhere() -> None:
    leaf, budget = guessing("othello:6", 0.05), Budget(seconds=0.2)
    search, game = BestFirst(leaf), leaf.game
    state = unfinished(game, seed=4, games=1)[2]
    found = search.search(state, budget)[0]
    after = [state]
    for action in found.line[:3]:
        after.append(game.step(after[-1], torch.tensor([action])))
    tree = search._memory._kept
    assert tree is not None
    assert search._memory.recall(game, state) == (tree.tree, 0)
    assert search._memory.recall(game, state) is None, "whoever recalls it has it alone"
    for position, there in ((after[1], True), (after[2], True), (after[3], False), (game.initial(1), False)):
        search._memory.keep(*tree)
        assert (search._memory.recall(game, position) is not None) == there
    node = 0
    for action in found.line[:2]:
        node = int(moves_of(tree.tree, node)[action]["child"])
    search._memory.keep(*tree)
    known = search._memory.recall(game, after[2])
    assert known is not None
    assert known[1] == node
    search._memory.keep(*tree)
    visits = int(tree.tree.node[node]["visits"])
    assert search.search(after[2], Budget(seconds=1e-9))[0].nodes >= visits // 2, "what was known counts"


def test_what_is_proven_with_an_older_tree_is_true() -> None:
    leaf = guessing("othello:4")
    game, truth = leaf.game, solve(leaf.game)
    keys = zip(game.key(truth.state).tolist(), truth.state.ply.tolist(), strict=True)
    outcome = dict(zip(keys, truth.outcome.tolist(), strict=True))

    def proofs(tree: Tree, node: int, state: Any) -> int:
        """Compare all outcomes that are certain with the truth: how many there are."""
        count, true = 0, outcome[int(game.key(state)), int(state.ply)]
        for action, move in moves_of(tree, node).items():
            if move["low"] == move["high"]:
                assert true[action] == move["low"] == move["value"]
                count += 1
            if move["child"] >= 0:
                count += proofs(tree, int(move["child"]), game.step(state, torch.tensor([action])))
        return count

    found = 0
    for row in unfinished(game, seed=4, games=20):
        old = grown(leaf, row, 40)
        if max(moves_of(old, 0).values(), key=lambda move: move["times"])["child"] < 0:
            continue
        below, node = reply_below(leaf, row, old)
        if node < 0:
            continue
        new, scratch = grown(leaf, below, 2), new_scratch(game.num_actions, np.zeros(1, np.uint8))
        adopt(old, node, new)
        scratch.count[1] = 1 << 30
        edges = np.flatnonzero(new.edge["high"][: new.node[0]["moves"]] > new.edge["low"][: new.node[0]["moves"]])
        stones = stones_of(game, below)[0]
        dig(leaf.arguments(), new, Rule(), scratch, stones, int(below.ply), edges, 10)
        found += proofs(new, 0, below)
    assert found > 100


def test_nodes_do_not_remember() -> None:
    leaf = guessing("othello:6", 0.05)
    state = unfinished(leaf.game, seed=4, games=1)[2]
    search = BestFirst(leaf)
    search.search(state, Budget(seconds=0.1))
    known = search.search(state, Budget(nodes=200))[0]
    assert known.as_dict() == BestFirst(leaf).search(state, Budget(nodes=200))[0].as_dict()
    assert search._memory._kept is not None, "nor do they forget"
