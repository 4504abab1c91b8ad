"""What moves cost, against the truth of tic-tac-toe and values set by hand; and chances."""

from __future__ import annotations

import pytest

import game
from arena.truth.oracle import Asked, Solved, oracle_of
from arena.view.analysis.chances import Chances, Outlook, proven
from arena.view.analysis.insight import Insight
from arena.view.analysis.timeline import Timeline, timeline
from game.notation import parse_moves

RULES = game.make("tictactoe")
PLAIN = Chances(9)


def told(ply: int, q: dict[int, float], truth: dict[int, int] | None = None, looks: int = 2) -> Insight:
    ranked = dict(sorted(q.items(), key=lambda pair: -pair[1]))
    return Insight(ply, ranked, (next(iter(ranked)),), 1, 1, False, looks, truth or {})


def solved(moves: str) -> Timeline:
    history, oracle = parse_moves(RULES, moves), Solved(RULES)
    known = [
        None if bool(state.done) else told(int(state.ply), dict.fromkeys(truth, 0.0), truth)
        for state in history.states
        for truth in ([{}] if bool(state.done) else [oracle.outcomes(state)])
    ]
    return timeline(history.states, history.actions, known.__getitem__, PLAIN)


def test_mistakes_of_a_solved_game() -> None:
    """a1 draws. b1?? loses to b2 (or a3...); c3?? lets it go; b2 forces b3; the rest is forced: a draw."""
    found = solved("a1b1c3b2b3a3c1c2a2")
    assert [point.truth for point in found.points] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert [move.mark for move in found.moves] == ["", "??", "??", "", "", "", "", "", ""]
    assert [move.cost for move in found.moves[:4]] == [0, 1, 1, 0]
    assert found.moves[1].points == 0.5  # from a draw to a loss
    assert all(move.exact for move in found.moves)
    assert found.tally(0) == (0, 1, 0.5 / 5)
    assert found.tally(1) == (0, 1, 0.5 / 4)


def test_next_mistake_goes_round() -> None:
    found = solved("a1b1c3b2")
    assert [found.next_mistake(shown) for shown in (-1, 0, 1, 2, 3)] == [1, 1, 2, 1, 1]
    assert solved("b2a1").next_mistake(0) is None


def test_a_win_that_is_missed_and_the_end() -> None:
    """X a1 b1 against O a2 b2: c1 wins at once; a3 instead lets O win by c2."""
    found = solved("a1a2b1b2a3c2")
    assert found.points[4].truth == 1
    assert found.moves[4].mark == "??"
    assert found.moves[4].points == 1  # from a win to a loss
    assert found.points[-1].outlook == Outlook(0, 0, 1)  # O has won


def test_costs_by_search_where_nothing_is_solved() -> None:
    """The move was valued 0.1 by the leaf, but -0.3 by the search of what it led to, which counts."""
    history = parse_moves(RULES, "a1b2")
    a1, b2 = history.actions
    known = [told(0, {a1: 0.1, b2: 0.5}), told(1, {b2: 0.3, 1: 0.0}), None]
    found = timeline(history.states, history.actions, known.__getitem__, PLAIN)
    assert found.moves[0].cost == pytest.approx(0.8)
    assert found.moves[0].points == pytest.approx(0.4)  # chances (1 + v) / 2: 0.75 against 0.35
    assert found.moves[0].best == b2
    assert found.moves[0].mark == "??"
    assert found.moves[1].cost == 0
    assert [point.value for point in found.points] == [0.5, -0.3, None]


def test_what_is_searched_less_does_not_count() -> None:
    history = parse_moves(RULES, "a1")
    (a1,) = history.actions
    known = [told(0, {a1: 0.1, 4: 0.5}, looks=3), told(1, {4: 0.9}, looks=1)]
    assert timeline(history.states, [a1], known.__getitem__, PLAIN).moves[0].cost == pytest.approx(0.4)


def test_unknown_positions_leave_gaps() -> None:
    history = parse_moves(RULES, "a1b2")
    found = timeline(history.states, history.actions, lambda _: None, PLAIN)
    assert all(point.value is None for point in found.points)
    assert all(move.cost is None and not move.mark for move in found.moves)
    assert found.tally(0) == (0, 0, None)


def test_chances_add_up_and_turn() -> None:
    model = Chances(42, slope=0.2, slope_t=0.5, bias=0.1, bias_t=-0.3, width=-1.0, width_t=1.5)
    for value in (-1.0, -0.4, 0.0, 0.7, 1.0):
        for ply in (0, 20, 41):
            outlook = model.of(value, ply)
            assert sum(outlook) == pytest.approx(1)
            assert all(0 <= chance <= 1 for chance in outlook)
            assert outlook.turned() == (outlook.loss, outlook.draw, outlook.win)
    assert model.of(0.5, 10).win < model.of(0.6, 10).win
    assert Chances(42).of(0.5, 10) == pytest.approx((0.75, 0, 0.25))
    assert proven(0) == (0, 1, 0)


def test_who_knows_the_truth() -> None:
    assert isinstance(oracle_of(RULES), Solved)
    assert oracle_of(game.make("hex")) is None


def test_connect_four_is_known_by_the_solver() -> None:
    """After 4 4 4 4 4 of the centre column: the position of J. Tromp and V. Allis, c4 is the only ... by bitbully."""
    pytest.importorskip("bitbully")
    rules = game.make("connect4")
    oracle = oracle_of(rules)
    assert isinstance(oracle, Asked)
    try:
        start = oracle.outcomes(rules.initial(1))
    finally:
        oracle.close()
    # V. Allis, "A knowledge-based approach of Connect-Four" (1988): the centre wins, next to it draws, the rest loses.
    assert list(start.values()) == [-1, -1, 0, 1, 0, -1, -1]
