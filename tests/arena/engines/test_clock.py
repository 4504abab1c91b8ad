"""Our engines by the clock of whoever drives them: how long each move may take, and that it is kept to."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.search.search_q import SearchQ
from arena.engines.clock import Clock, OnClock, timed
from arena.engines.gtp_server import GtpServer
from arena.engines.piskvork_server import PiskvorkServer
from arena.players import specs
from arena.players.by_clock import engine_of
from arena.players.specs import player
from game import make
from game.core import AnyGame
from game.notation import parse_moves

BOARD = make("gomoku:9x9x5")


@pytest.fixture
def thought(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """The seconds that each move was given; none of them is used."""
    found: list[float | None] = []

    def told(who: OnClock, seconds: float | None, game: AnyGame, state: Any, generator: torch.Generator) -> Tensor:
        found.append(seconds)
        return who.act(game, state, generator)

    monkeypatch.setattr(OnClock, "act_within", told)
    return found


@pytest.fixture
def warmed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The boards whose players were made ready to search."""
    found: list[str] = []
    monkeypatch.setattr(OnClock, "warm_up", lambda who: found.append(who._search.game.name))
    return found


def shipped(game: AnyGame) -> OnClock:
    found = engine_of("shipped", game, True)
    assert isinstance(found, OnClock)
    return found


@contextmanager
def half_a_minute_a_move(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every move takes 26 s."""
    ticks = itertools.count(0.0, 26.0)
    with monkeypatch.context() as patched:
        patched.setattr(time, "monotonic", lambda: next(ticks))
        yield


@pytest.mark.parametrize(
    ("clock", "moves", "seconds"),
    [
        (Clock(), 10, None),
        (Clock(main=11.0), 10, 11 / 11 - 0.05),
        (Clock(main=11.0), 1, 11 / 2 - 0.05),  # never all of it, even for the last move
        (Clock(main=26.0), 200, 26 / 26 - 0.05),  # 25 moves of ours are planned for at most
        (Clock(period=10.0), 30, 9 - 0.05),
        (Clock(0.0, period=30.0, moves=10), 30, 2.7 - 0.05),
        (Clock(11.0, period=10.0), 10, 1 + 4.5 - 0.05),  # half of a period beside a share of the main time
        (Clock(main=0.0), 10, 0.0),
        (Clock(period=0.0), 10, 0.0),
        (Clock(main=0.5), 10, 0.0),  # a share of 45 ms, and answering takes more
        (Clock(main=1e9), 10, 3600.0),
    ],
)
def test_seconds_for_a_move(clock: Clock, moves: int, seconds: float | None) -> None:
    assert clock.for_move(moves) == (None if seconds is None else pytest.approx(seconds))


def test_a_game_never_takes_more_than_its_time() -> None:
    for total in (5.0, 600.0):
        clock, used = Clock(main=total), 0.0
        for left in range(60, 0, -1):
            seconds = clock.for_move(left)
            assert seconds is not None
            used += seconds + 0.04
            clock.spend(seconds + 0.04)
        assert total / 2 < used < total


def test_players_are_ready_before_time_is_running(warmed: list[str]) -> None:
    gtp = GtpServer(BOARD, shipped)
    for command in ("clear_board", "time_settings 0 5 0", "boardsize 9"):
        gtp.answer(command)
    assert warmed == []  # without a clock nothing is compiled
    gtp.answer("time_settings 0 5 1")
    assert warmed == [BOARD.name]
    gtp.answer("boardsize 13")  # another player
    assert warmed[-1] == "gomoku:13x13x5"
    gtp = GtpServer(BOARD, shipped)
    gtp.answer("time_left black 60 0")
    assert len(warmed) == 3
    piskvork = PiskvorkServer(BOARD, shipped)
    for line in ("START 9", "INFO rule 0"):
        piskvork.answer(line)
    assert len(warmed) == 3
    piskvork.answer("INFO timeout_turn 5000")
    piskvork.answer("START 20")
    assert warmed[3:] == [BOARD.name, "gomoku:20x20x5"]


def test_gtp_gives_each_move_its_time(thought: list[float | None]) -> None:
    server = GtpServer(BOARD, shipped)
    assert server.answer("genmove black") is not None
    assert thought == [None]  # no clock, no search
    for command, expected in (
        ("time_settings 52 0 0", 52 / 26 - 0.05),
        ("time_settings 0 10 2", 4.5 - 0.05),
        ("time_settings 26 10 1", 1 + 4.5 - 0.05),
        ("time_settings 0 10 0", None),  # a period for no moves: no limit
        ("time_settings 0 0 0", 0.0),
    ):
        assert server.answer(command) == "=\n\n"
        server.answer("clear_board")
        server.answer("genmove black")
        assert thought[-1] == (None if expected is None else pytest.approx(expected))


def test_gtp_counts_each_sides_time_unless_it_is_told(
    thought: list[float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = GtpServer(BOARD, shipped)
    server.answer("time_settings 52 20 4")
    with half_a_minute_a_move(monkeypatch):
        server.answer("genmove black")
        server.answer("genmove white")
        server.answer("genmove black")
    first, other, second = thought
    assert first == other == pytest.approx(52 / 26 + 4.5 / 2 - 0.05)
    assert second == pytest.approx(26 / 26 + 4.5 / 2 - 0.05)
    server.answer("time_left white 13 0")
    server.answer("genmove white")
    assert thought[-1] == pytest.approx(13 / 26 + 4.5 / 2 - 0.05)
    server.answer("time_left black 12 3")
    server.answer("genmove black")
    assert thought[-1] == pytest.approx(0.9 * 4 - 0.05)
    server.answer("clear_board")  # a new game
    server.answer("genmove black")
    assert thought[-1] == pytest.approx(first)


@pytest.mark.parametrize("command", ["time_settings", "time_settings 1 2", "time_settings 1 x 1", "time_left black"])
def test_gtp_refuses_a_time_that_is_none(command: str) -> None:
    answer = GtpServer(BOARD, lambda game: player("random", game)).answer(command)
    assert answer is not None
    assert answer.startswith("? syntax error")


def test_gomocups_limits_both_hold(thought: list[float | None]) -> None:
    server = PiskvorkServer(BOARD, shipped)

    def move(*lines: str) -> float | None:
        for line in (*lines, "RESTART"):
            assert not str(server.answer(line)).startswith("ERROR")
        server.answer("BEGIN")
        return thought[-1]

    assert move("START 9") is None
    assert move("INFO timeout_turn 2000") == pytest.approx(1.8 - 0.05)
    assert move("INFO timeout_match 26000") == pytest.approx(1.0 - 0.05)
    server.answer("INFO time_left 2600")
    server.answer("TURN 0,0")
    assert thought[-1] == pytest.approx(2.6 / 26 - 0.05)
    assert move("INFO timeout_turn 0") == 0.0  # as fast as possible
    assert move("INFO timeout_turn 2000", "INFO timeout_match 0") == pytest.approx(1.8 - 0.05)
    server.answer("INFO time_left 2147483647")  # what managers say where there is no limit
    server.answer("TURN 0,0")
    assert thought[-1] == pytest.approx(1.8 - 0.05)


def test_gomocups_time_for_a_game_runs_out_and_begins_anew(
    thought: list[float | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = PiskvorkServer(BOARD, shipped)
    for line in ("START 9", "INFO timeout_match 52000"):
        server.answer(line)
    with half_a_minute_a_move(monkeypatch):
        server.answer("BEGIN")
        server.answer("TURN 0,0")
        server.answer("RESTART")
        server.answer("BEGIN")
    assert thought == [pytest.approx(52 / 26 - 0.05), pytest.approx(26 / 26 - 0.05), pytest.approx(52 / 26 - 0.05)]


def test_who_goes_by_the_clock() -> None:
    for spec in ("random", "negamax:2", "shipped@nodes=5", "shipped@temperature=0.1"):
        assert not isinstance(engine_of(spec, BOARD, True), OnClock)
    assert not isinstance(engine_of("level:10", make("hex"), True), OnClock)
    with specs.shipped("gomoku") as file:  # of another board
        assert isinstance(engine_of(str(file), BOARD, True), OnClock)
        assert not isinstance(engine_of(f"{file}@nodes=5", BOARD, True), OnClock)
        assert not specs.is_checkpoint(f'gtp:"{Path(file)}"')
    assert not isinstance(engine_of("shipped", BOARD, False), OnClock)


def test_bare_q_without_a_clock_and_a_search_of_just_so_long_with_one(monkeypatch: pytest.MonkeyPatch) -> None:
    who, bare, chance = shipped(BOARD), player("shipped", BOARD), torch.Generator().manual_seed(1)
    state = parse_moves(BOARD, "e5a1f5a9g5i1").state  # three of five, open at both ends: a search proves the win
    who.warm_up()
    asked: list[float | None] = []
    search = SearchQ.q

    def seen(self: SearchQ, state: Any) -> Tensor:
        asked.append(self.budget.seconds)
        return search(self, state)

    monkeypatch.setattr(SearchQ, "q", seen)
    for seconds in (None, 0.0):
        action, _ = timed(who, seconds, BOARD, state, chance)
        assert action == int(bare.act(BOARD, state, chance))
    assert asked == []
    action, _ = timed(who, 2.0, BOARD, state, chance)
    assert asked == [2.0]
    assert float(who._search.look(state).q[action]) == 1.0
