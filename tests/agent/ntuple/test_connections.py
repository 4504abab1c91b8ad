"""Connections of Hex: two-distances, rows and values against slow references that know nothing of groups or views."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from numba import njit

from agent.learn.experience import Experience
from agent.ntuple.connection.hex_map import RING, hex_map
from agent.ntuple.connection.layout import (
    CONNECTIONS,
    COUNTS,
    DETOURS,
    FEW_DETOURS,
    LEADS,
    LONGEST,
    NECKS,
    READS,
    SIZES,
    turned_half,
)
from agent.ntuple.connection.loops import read_actions
from agent.ntuple.connection.two_distance import FAR, read_groups, two_distances
from agent.ntuple.incremental import lessons, loops
from agent.ntuple.incremental.learner import IncrementalLearner
from agent.ntuple.incremental.q import IncrementalQ
from agent.ntuple.squash import squash
from agent.ntuple.threads import Workers
from agent.play.policy import Policy
from agent.presets import preset
from game import UsageError, make
from game.compiled import compiled_rules, stones_of
from game.compiled.atomic import new_counters
from game.compiled.contract import arrange, new_board
from tests.helpers import unfinished

Board = list[list[int]]


_new_board: Any = new_board  # compiled code finds what these are overloaded with
_arrange: Any = arrange


def _read(rules: Any, stones: Any, group: Any, chain: Any, touches: Any) -> None:
    board = _new_board(rules)
    board.stones[:] = stones
    _arrange(rules, board, 0)
    read_groups(board, group, chain, touches)


_groups: Any = njit(_read)


def compiled_groups(size: int, stones: npt.NDArray[np.int8]) -> tuple[Any, Any, Any]:
    cells = size * size
    found = np.zeros(cells, np.uint16), np.zeros(cells, np.uint16), np.zeros(cells, np.uint8)
    _groups(compiled_rules(make(f"hex:{size}")), stones, *found)
    return found


def compiled_distances(size: int, stones: npt.NDArray[np.int8], side: int, edge: int) -> npt.NDArray[np.int16]:
    cells = size * size
    distance, room = np.zeros(cells, np.int16), np.zeros((6, cells), np.uint16)
    around = np.append(stones, np.int8(3))
    two_distances(*hex_map(size), around, side, edge, *compiled_groups(size, stones), distance, room)
    return distance


def neighbours(size: int, cell: int) -> list[int]:
    row, column = divmod(cell, size)
    places = [(row + down, column + right) for down, right in RING]
    return [r * size + c for r, c in places if 0 <= r < size and 0 <= c < size]


def filled(size: int, stones: npt.NDArray[np.int8], start: int) -> set[int]:
    """The group of a stone, by flooding."""
    found, todo = {start}, [start]
    while todo:
        for near in neighbours(size, todo.pop()):
            if stones[near] == stones[start] and near not in found:
                found.add(near)
                todo.append(near)
    return found


def edges_of(size: int, side: int, cells: set[int]) -> int:
    along = [cell // size if side == 0 else cell % size for cell in cells]
    return (0 in along) + 2 * (size - 1 in along)


def slow_distances(size: int, stones: npt.NDArray[np.int8], side: int, edge: int) -> list[int]:
    """One more than the second-least of all neighbours', over and over until nothing changes."""
    ways: dict[int, set[int]] = {}
    distance = [FAR] * (size * size)
    for cell in range(size * size):
        if stones[cell]:
            continue
        ways[cell] = set()
        beside = edges_of(size, side, {cell}) & edge
        for near in neighbours(size, cell):
            if stones[near] == 0:
                ways[cell].add(near)
            elif stones[near] == side + 1:
                group = filled(size, stones, near)
                touched = edges_of(size, side, group)
                beside |= touched & edge
                if touched == 0:
                    ways[cell] |= {c for stone in group for c in neighbours(size, stone) if stones[c] == 0}
        ways[cell].discard(cell)
        if beside:
            distance[cell] = 1
    while True:
        before = list(distance)
        for cell, others in ways.items():
            if before[cell] != 1 and len(others) > 1:
                distance[cell] = min(FAR, 1 + sorted(before[other] for other in others)[1])
        if distance == before:
            return distance


def positions(size: int, count: int) -> list[tuple[npt.NDArray[np.int8], int]]:
    """Stones and ply of unfinished positions of random games."""
    game = make(f"hex:{size}")
    state = unfinished(game, 3, count)
    some = torch.randperm(len(state), generator=torch.Generator().manual_seed(1))[:count]
    state = state[some]
    return [(stones, int(ply)) for stones, ply in zip(stones_of(game, state), state.ply, strict=True)]


@pytest.mark.parametrize("size", [3, 5, 6])
def test_groups_touch_the_edges_that_flooding_finds_and_their_rings_hold_all_their_stones(size: int) -> None:
    for stones, _ in positions(size, 40):
        group, chain, touches = compiled_groups(size, stones)
        for cell in np.flatnonzero(stones).tolist():
            flooded = filled(size, stones, cell)
            assert touches[cell] == edges_of(size, stones[cell] - 1, flooded)
            assert {int(group[stone]) for stone in flooded} == {int(group[cell])}
            ring, at = {cell}, int(chain[cell])
            while at != cell:
                ring.add(at)
                at = int(chain[at])
            assert ring == flooded


@pytest.mark.parametrize("size", [3, 5, 6])
def test_two_distances_are_one_more_than_the_second_nearest_neighbour(size: int) -> None:
    for stones, ply in positions(size, 40):
        for side in range(2):
            for edge in (1, 2):
                found = compiled_distances(size, stones, side, edge).tolist()
                assert found == slow_distances(size, stones, side, edge), (stones.reshape(size, size), ply, side, edge)


def test_a_bridge_to_the_edge_is_as_good_as_the_edge() -> None:
    # A stone of the first player on the second row of an empty board: two cells lead from it to the top.
    stones = np.zeros(25, np.int8)
    stones[5 + 2] = 1
    distance = compiled_distances(5, stones, 0, 1)
    assert distance[2] == distance[3] == 1
    assert distance[10 + 1] == distance[10 + 2] == 2  # through the stone; on an empty board the third row is at 3
    assert compiled_distances(5, np.zeros(25, np.int8), 0, 1)[10 + 2] == 3


def slow_rows(size: int, stones: npt.NDArray[np.int8], ply: int, cell: int) -> list[int]:
    """The rows that a move to `cell` reads, from nothing but stones: the second player's board is turned first."""
    side = ply & 1
    if side:
        cell = cell % size * size + cell // size
        stones = np.array([(0, 2, 1)[s] for s in stones.reshape(size, size).T.flatten()], np.int8)
    # Now the mover's stones are 1, and join top and bottom.
    row, column = divmod(cell, size)
    digits = []
    for down, right in (*RING, (-2, 1), (-1, 2), (1, 1), (2, -1), (1, -2), (-1, -1)):
        r, c = row + down, column + right
        if not 0 <= r < size:
            digits.append(1)
        else:
            digits.append(int(stones[r * size + c]) if 0 <= c < size else 2)
    window = sum(digit * 3**k for k, digit in enumerate(digits))
    ring = window % 3**6
    detour, neck, shortest, on = [], [], [], []
    for player in range(2):
        first, second = (slow_distances(size, stones, player, edge) for edge in (1, 2))
        length = {c: first[c] + second[c] for c in range(size * size) if stones[c] == 0}
        best = min(length.values())
        ways = [c for c in length if length[c] == best]
        detour.append(min(length[cell] - best, DETOURS - 1))
        shared = sum(first[c] == first[cell] for c in ways)
        neck.append(min(shared, NECKS) - 1 if cell in ways else NECKS - 1)
        shortest.append(min(best - 2, LONGEST - 1))
        on.append(min(len(ways) if len(ways) < 4 else 3 + len(ways) // 4, COUNTS - 1))
    lead = min(max(shortest[0] - shortest[1] + 2, 0), LEADS - 1)
    few = [min(d, FEW_DETOURS - 1) for d in detour]
    rows = [
        (window,),
        (few[0], few[1], lead, ring),
        (detour[0], detour[1], shortest[0], shortest[1]),
        (detour[0], detour[1], on[0], on[1], lead),
        (shortest[0], shortest[1], on[0], on[1]),
        (detour[0], detour[1], neck[0], neck[1], lead),
    ]
    shapes = [
        (3**12,),
        (FEW_DETOURS, FEW_DETOURS, LEADS, 3**6),
        (DETOURS, DETOURS, LONGEST, LONGEST),
        (DETOURS, DETOURS, COUNTS, COUNTS, LEADS),
        (LONGEST, LONGEST, COUNTS, COUNTS),
        (DETOURS, DETOURS, NECKS, NECKS, LEADS),
    ]
    bases = np.concatenate(([0], np.cumsum(SIZES)[:-1]))
    return [int(b + np.ravel_multi_index(r, s)) for b, r, s in zip(bases, rows, shapes, strict=True)]


def learned(size: int, stages: int = 1) -> IncrementalQ:
    """A Q with random rows, each of its own."""
    q = IncrementalQ(make(f"hex:{size}"), CONNECTIONS, stages)
    q.table.normal_(0, 0.1, generator=torch.Generator().manual_seed(4))
    return q


@pytest.mark.parametrize(("size", "stages"), [(3, 1), (5, 1), (5, 3)])
def test_values_are_those_of_rows_found_from_the_stones_alone(size: int, stages: int) -> None:
    q = learned(size, stages)
    game, least = q.game, turned_half()
    state = unfinished(game, 5)
    state = state[torch.randperm(len(state), generator=torch.Generator().manual_seed(2))[:25]]
    values = q.q(state)
    children, legal = game.children(state)
    over = children.done.view(legal.shape)
    rows, stage_of = q.features.rows, q.features.layout.stage_of
    for b, stones in enumerate(stones_of(game, state)):
        offset = stage_of[np.count_nonzero(stones) + 1] * rows
        for cell in range(size * size):
            if not legal[b, cell]:
                assert values[b, cell] == -torch.inf
            elif over[b, cell]:
                assert values[b, cell] == 1
            else:
                read = slow_rows(size, stones, int(state.ply[b]), cell)
                total = sum(float(q.table[offset + least[row]]) for row in read)
                assert float(values[b, cell]) == pytest.approx(squash(total), abs=1e-5)


def test_a_board_turned_by_half_reads_the_same_rows() -> None:
    q = learned(5)
    state = unfinished(q.game, 6)
    symmetry = q.game.symmetries[1]
    values, ply = q.q(state), state.ply.numpy()
    found = np.full((len(state), 25), -np.inf, np.float32)
    stones = stones_of(q.game, state)[:, symmetry.cells.numpy()].copy()
    loops.values(*q.arguments(), stones, ply, found)
    assert torch.equal(torch.from_numpy(found), values[:, symmetry.cells])


def test_self_play_sees_the_values_of_the_positions_it_goes_through() -> None:
    q = learned(5)
    rules, layout, table = q.arguments()
    games = 6
    shape = (games, rules.plies)
    action, length = np.zeros(shape, np.int16), np.zeros(games, np.int64)
    best, played, mean = (np.zeros(shape, np.float32) for _ in range(3))
    exploratory, forced = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    noted = np.zeros((*shape, READS), np.int32)
    loops.play(
        new_counters(), rules, layout, table, 0, games, np.uint64(7), 0.2, True, 0.05, 3, False,
        action, best, played, mean, exploratory, forced, noted, length, np.zeros(games, np.float32),
    )  # fmt: skip
    for g in range(games):
        state = q.game.initial(1)
        row = np.empty(rules.plies * READS, np.int32)
        error, ends = np.zeros(rules.plies, np.float32), np.zeros(rules.plies, np.int64)
        moves = action[g, : length[g]]
        count = read_actions(rules, layout, q.table.numpy(), moves, np.zeros(length[g], np.float32), row, error, ends)
        assert count == READS * (length[g] - 1)
        assert row[:count].tolist() == noted[g, : length[g] - 1].flatten().tolist()
        for t, move in enumerate(moves):
            values = q.q(state)[0]
            assert best[g, t] == values.max()
            assert played[g, t] == values[move]
            if t < length[g] - 1:
                assert -error[t] == pytest.approx(float(values[move]), abs=1e-6)
            state = q.game.step(state, torch.tensor([int(move)]))
        assert bool(state.done)


def test_learning_moves_the_rows_of_a_game_towards_its_targets() -> None:
    q = IncrementalQ(make("hex:4"), CONNECTIONS)
    rules, layout, _ = q.arguments()
    action = np.array([0, 1, 4, 5, 8, 9, 12], np.int16)  # the first player walks down its column
    target = np.array([0.5, -0.5, 0.5, -0.5, 0.5, -0.5, 1], np.float32)
    tc, met = np.zeros((q.features.size, 2), np.float32), np.zeros((q.features.size, 3), np.float32)
    first = np.array([0, len(action)], np.int64)
    losses = []
    for _ in range(30):
        with Workers(1) as workers:
            games = lessons.Lessons(rules, layout, first, action, target, np.empty((len(action), 0), np.int32))
            error = lessons.learn(games, 1, 0.5, q.table.numpy(), tc, met, workers)
        losses.append(np.square(error[:-1]).mean())
        assert error[-1] == 0
        assert not met.any()
    assert losses[0] == pytest.approx(0.25)
    assert losses[-1] < 0.02
    rows = {row for t in range(6) for row in slow_rows(4, played(action[:t]), t, int(action[t]))}
    assert set(torch.nonzero(q.table).flatten().tolist()) <= set(turned_half()[sorted(rows)].tolist())


@pytest.mark.parametrize("stages", [1, 3])
def test_rows_that_self_play_notes_are_those_that_learning_finds(stages: int) -> None:
    found = []
    for noted in (True, False):
        config = preset("hex:4", q="ntuple", features=CONNECTIONS, stages=stages, games=40, threads=2, seed=3)
        learner = IncrementalLearner(make("hex:4"), config)
        learner.q.table[:] = 0.1 * torch.randn(len(learner.q.table), generator=torch.Generator().manual_seed(5))
        games = learner.self_play(Policy(0.1, 0.05), 40, 2, torch.Generator().manual_seed(6))
        assert games.rows is not None
        assert games.rows.shape == (len(games), READS)
        target = torch.rand(len(games), generator=torch.Generator().manual_seed(7)) * 2 - 1
        rows = games.rows if noted else None
        experience = Experience(None, games.action, target, games.game, rows)
        learner.learn(experience, 0.0, torch.Generator().manual_seed(8))
        found.append((learner.q.table, learner.memory.tc))
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)


def played(action: npt.NDArray[np.int16]) -> npt.NDArray[np.int8]:
    stones = np.zeros(16, np.int8)
    for t, cell in enumerate(action):
        stones[cell] = t % 2 + 1
    return stones


@pytest.mark.parametrize("name", ["gomoku:5x5x4", "othello:4"])
def test_games_without_edges_to_connect_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no edges to connect"):
        IncrementalQ(make(name), CONNECTIONS)
