"""The solver of Connect Four against a plain search and against another solver."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent.search.connect4 import solver
from agent.search.connect4.board import canonical, key_of, mirrored, threats
from agent.search.connect4.root import Position
from agent.search.connect4.table import LEAST, MOST, NEAR, bounds, store
from arena.truth.bitbully import Solver, available
from arena.truth.perfect_play import PerfectQ
from tests.agent.search.connect4_by_hand import GAME, after, boards, moves, position, score, unfinished


def answered(found: Position, bound: int, table: Any, step: int = 1 << 40) -> tuple[int, int]:
    """The solver's value and nodes, in steps of so many."""
    stack = solver.new_stack()
    solver.ask(stack, *found, bound)
    while stack.at[solver.DEPTH] >= 0:
        solver.advance(table, *stack, stack.at[solver.NODES] + step)
    return int(stack.at[solver.VALUE]), int(stack.at[solver.NODES])


def exact(state: Any, table: Any) -> int:
    """The score of a position where nobody wins at once, by halving what it may be."""
    low, high = -21, 21
    while low < high:
        middle = (low + high + 1) // 2
        value, _ = answered(boards(state), middle, table)
        low, high = (max(low, value), high) if value >= middle else (low, min(high, value))
        assert low <= high
    return low


def test_scores_are_those_of_a_plain_search() -> None:
    table, seen = np.zeros(1 << 12, np.uint64), set()
    for state in [each for ply in range(34, 41) for each in unfinished(ply, 6, seed=ply)]:
        if not boards(state).can_win():
            seen.add(found := exact(state, table))
            assert found == score(state), GAME.render(state)
    assert min(seen) < 0 < max(seen)
    assert 0 in seen


@pytest.mark.skipif(not available(), reason="bitbully is not installed")
def test_scores_are_those_of_another_solver() -> None:
    table = np.zeros(1 << 18, np.uint64)
    for state in [each for ply in (14, 17, 20, 23) for each in unfinished(ply, 4, seed=ply)]:
        own, opp = (plane.tolist() for plane in GAME.observe(state)[0].int())
        first, second = (own, opp) if int(state.ply) % 2 == 0 else (opp, own)
        grid = [[a + 2 * b for a, b in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)]
        scores = Solver().scores([grid])[0]
        for move in moves(state):
            then = after(state, move)
            if not bool(then.done) and not boards(then).can_win():
                assert -exact(then, table) == scores[move], GAME.render(state)


@pytest.mark.slow
@pytest.mark.skipif(not available(), reason="bitbully is not installed")
def test_a_thousand_outcomes_are_those_of_another_solver() -> None:
    table, states = np.zeros(1 << 22, np.uint64), [each for ply in range(12, 32) for each in unfinished(ply, 50, ply)]
    perfect = PerfectQ(GAME).q(type(states[0]).cat(states)).amax(1).sign().int().tolist()
    found = []
    for state in states:
        if boards(state).can_win():
            found.append(1)
            continue
        wins, _ = answered(boards(state), 1, table)
        found.append(1 if wins >= 1 else 0 if answered(boards(state), 0, table)[0] >= 0 else -1)
    assert found == perfect
    assert min(found.count(outcome) for outcome in (-1, 0, 1)) > 10


def test_a_search_that_stops_at_every_node_finds_the_same() -> None:
    for state in unfinished(22, 5, seed=1):
        if not boards(state).can_win():
            at_once = answered(boards(state), 1, np.zeros(1 << 12, np.uint64))
            assert answered(boards(state), 1, np.zeros(1 << 12, np.uint64), step=1) == at_once


def test_two_threats_at_once_win_and_are_seen_without_search() -> None:
    """44 and 55 below: a third stone at 3 or 6 has two open ends. The win comes with the fourth stone, of 21."""
    value, nodes = answered(boards(position("4455")), 18, np.zeros(1 << 12, np.uint64))
    assert (value, nodes) == (18, 1)


def test_threats_are_the_cells_that_complete_a_line() -> None:
    found = boards(position("44556"))  # stones at 4, 5 and 6 of the one who has moved
    cells = int(threats(np.uint64(found.own ^ found.mask), np.uint64(found.mask)))
    assert cells == 1 << 7 * 2 | 1 << 7 * 6


def test_mirror_images_share_a_key_early_in_the_game() -> None:
    for left, right in (("1123", "7765"), ("4", "4"), ("2347", "6541")):
        one, other = (boards(position(line)) for line in (left, right))
        keys = [int(key_of(np.uint64(each.own), np.uint64(each.mask))) for each in (one, other)]
        assert int(mirrored(np.uint64(keys[0]))) == keys[1]
        assert int(canonical(np.uint64(keys[0]), one.ply)) == min(keys) == int(canonical(np.uint64(keys[1]), one.ply))
        assert int(canonical(np.uint64(max(keys)), 30)) == max(keys)


@pytest.mark.parametrize("entries", [1 << 10, NEAR, 2 * NEAR])
@pytest.mark.parametrize("deep", [False, True])
def test_the_table_gives_what_was_stored_or_nothing(entries: int, deep: bool) -> None:
    table = np.zeros(entries, np.uint64)
    chance = np.random.default_rng(0)
    stored = {}
    for key in chance.integers(1, 1 << 49, 4 * entries if entries < NEAR else 3000, dtype=np.uint64):
        low, high = int(chance.integers(-21, 22)), int(chance.integers(-21, 22))
        store(table, key, deep, low, high, int(chance.integers(0, 10_000)))
        stored[key] = low, high
        assert bounds(table, key, deep) == (low, high)  # the newest is always there
    found = [key for key in stored if bounds(table, key, deep) != (LEAST, MOST)]
    assert all(bounds(table, key, deep) == stored[key] for key in found)
    assert len(found) > min(entries, len(stored)) / 2
