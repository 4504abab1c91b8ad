"""The opening book against published counts, the rules, the search's own solver and another one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agent.search.connect4 import book as books
from agent.search.connect4 import solver
from agent.search.connect4.board import playable, threats
from agent.search.connect4.root import Position
from arena.truth.bitbully import available
from arena.truth.book.make import grids_of
from tests.agent.search.connect4_by_hand import GAME, after, boards, moves, position


def last_outcomes() -> Any:
    return books.book().outcomes[-1]


def test_the_outcomes_after_eight_stones_are_those_that_have_been_published() -> None:
    """J. Tromp (1995), UCI Machine Learning Repository, "Connect-4": of the 67,557 positions, mirror images once, where
    nobody has won and the next move is not forced, the first player wins 44,473, loses 16,635 and draws 6,449."""
    level = books.levels()[-1]
    free = []
    for own, mask in zip(level.own, level.mask, strict=True):
        ends = np.uint64(threats(own, mask)) | np.uint64(threats(own ^ mask, mask))
        free.append(not np.uint64(playable(mask)) & ends)
    assert np.bincount(last_outcomes()[free] + 1).tolist() == [16_635, 6_449, 44_473]


def test_the_first_moves() -> None:
    """Of the first player only the middle wins (V. Allis, 1988); beside it is a draw, and further out a loss; so the
    reply to them loses, draws or wins."""
    replies = [books.book().outcome(*boards(position(move))) for move in "1234567"]
    assert replies == [1, 1, 0, -1, 0, 1, 1]
    assert books.book().outcome(*boards(GAME.initial(1))) == 1


def test_a_position_is_worth_its_best_move() -> None:
    """Also where a move wins at once, and where a column is full."""
    met = {"wins at once": 0, "full": 0}
    for ply, level in enumerate(books.levels(books.PLIES - 1)):
        for own, mask in list(zip(level.own.tolist(), level.mask.tolist(), strict=True))[:: 1 if ply < 4 else 37]:
            check_worth(Position(own, mask, ply), met)
    for full in (position("111111"), *(position("111111" + move) for move in "234567")):
        check_worth(boards(full), met)
    assert met["wins at once"] > 20
    assert met["full"] >= 7


def check_worth(of: Position, met: dict[str, int]) -> None:
    children = [of.after(column) for column in of.columns()]
    met["full"] += len(children) < 7
    met["wins at once"] += of.can_win()
    best = max(1 if child.lost() else -books.book().outcome(*child) for child in children)
    assert books.book().outcome(*of) == best


def test_the_positions_are_those_that_the_rules_reach() -> None:
    """Up to four stones, and each once with its mirror image."""
    states, plies = {tuple(boards(GAME.initial(1))): GAME.initial(1)}, books.levels(4)
    for level in plies:
        known = {(own, mask) for own, mask in zip(level.own.tolist(), level.mask.tolist(), strict=True)}
        images = {(mirrored(own), mirrored(mask)) for own, mask in known}
        assert known | images == {found[:2] for found in states}
        assert all(image not in known or image == board for board, image in ((b, image_of(b)) for b in known))
        states = {
            tuple(boards(then)): then
            for state in states.values()
            for then in (after(state, move) for move in moves(state))
            if not bool(then.done)
        }


def mirrored(bits: int) -> int:
    return sum((bits >> 7 * column & 127) << 7 * (6 - column) for column in range(7))


def image_of(board: tuple[int, int]) -> tuple[int, int]:
    return mirrored(board[0]), mirrored(board[1])


def test_the_solver_of_the_search_proves_the_same() -> None:
    """Of positions that it proves soon."""
    level, table, proven = books.levels()[-1], np.zeros(1 << 20, np.uint64), set()
    for at in np.random.default_rng(0).choice(len(level.key), 60, replace=False):
        found = outcome(Position(int(level.own[at]), int(level.mask[at]), books.PLIES), table, most=400_000)
        if found is not None:
            proven.add(found)
            assert found == last_outcomes()[at]
    assert proven >= {-1, 1}


def outcome(of: Position, table: Any, most: int) -> int | None:
    """None if that takes more nodes than `most`."""
    if of.can_win():
        return 1
    stack = solver.new_stack()
    for bound in (1, 0):
        solver.ask(stack, *of, bound)
        solver.advance(table, *stack, most)
        if stack.at[solver.DEPTH] >= 0:
            return None
        if stack.at[solver.VALUE] >= bound:
            return bound
    return -1


@pytest.mark.skipif(not available(), reason="bitbully is not installed")
def test_another_solver_finds_the_same() -> None:
    from arena.truth.bitbully import FULL, Solver

    for ply in (3, 6, 8):
        level = books.levels(ply)[-1]
        some = np.random.default_rng(ply).choice(len(level.key), 20)
        chosen = books.Level(*(each[some] for each in level))
        for own, mask, of in zip(chosen.own, chosen.mask, Solver().scores(grids_of(chosen, ply)), strict=True):
            best = max(score for score in of if score != FULL)
            assert books.book().outcome(int(own), int(mask), ply) == (best > 0) - (best < 0)


def test_outcomes_are_packed_and_a_book_of_another_size_is_refused() -> None:
    some = np.array([1, 0, -1, -1, 0, 1, 1], np.int8)
    assert len(books.packed(some)) == 2
    assert books.unpacked(books.packed(some), 7).tolist() == some.tolist()
    with pytest.raises(ValueError, match="7 outcomes, expected 91,295"):
        books.Book(some)
