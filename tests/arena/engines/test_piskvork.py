"""Gomocup's protocol: what our engine answers, and games over it are those that are played without it."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from agent.play.player import QPlayer
from arena.engines import piskvork_engine
from arena.engines.outside import engine_player
from arena.engines.piskvork import cell_of, coordinates
from arena.engines.piskvork_engine import PiskvorkEngine
from arena.engines.piskvork_server import PiskvorkServer
from arena.match.match import play_pairs
from arena.match.openings import random_openings
from arena.players.specs import player
from game import make
from game.errors import QzeroError, UsageError
from game.play import History
from tests.arena.engines.test_gtp import Decided, decided
from tests.conftest import Qzero

BOARD = make("gomoku:7x7x5")


class Wire:
    """Stands in for a program: the server in this process. What was sent is kept."""

    def __init__(self, server: PiskvorkServer) -> None:
        self.sent: list[str] = []
        self._server = server
        self._lines: list[str] = []

    def write(self, text: str, _: float) -> None:
        for line in text.splitlines():
            self.sent.append(line)
            if (answer := self._server.answer(line)) is not None:
                self._lines += ["DEBUG thinking", answer]

    def line(self, deadline: float, seconds: float) -> str:
        assert deadline > seconds
        return self._lines.pop(0)

    def failed(self, what: str) -> QzeroError:
        return QzeroError(what)

    def end(self) -> None:
        pass


def said(*lines: str) -> list[str | None]:
    one = PiskvorkServer(BOARD, decided)
    return [one.answer(line) for line in lines]


def test_games_over_it_are_those_without(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(PiskvorkServer(BOARD, decided))
    monkeypatch.setattr(piskvork_engine, "Program", lambda _: wire)
    other, openings = QPlayer("other", Decided(BOARD, 99)), random_openings(BOARD, 3, 1, 5)
    over = engine_player('piskvork:"x"', BOARD)
    direct, told = (play_pairs(BOARD, one, other, openings, 0) for one in (decided(BOARD), over))
    assert torch.equal(direct.result, told.result)
    assert torch.equal(direct.moves, told.moves)
    assert {line.split()[0] for line in wire.sent} >= {"START", "ABOUT", "INFO", "BOARD", "DONE"}


def test_a_game_that_goes_on_is_told_by_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(PiskvorkServer(BOARD, decided))
    monkeypatch.setattr(piskvork_engine, "Program", lambda _: wire)
    engine = PiskvorkEngine("x", BOARD, 5)
    del wire.sent[:]
    start = BOARD.initial(1)
    first = engine.answer([], start)
    reply = 48 if first != 48 else 47
    state = start
    for move in (first, reply):
        state = BOARD.step(state, torch.tensor([move]))
    second = engine.answer([first, reply], state)
    assert wire.sent == ["BEGIN", f"TURN {coordinates(BOARD, reply)}"]
    del wire.sent[:]
    state = BOARD.step(start, torch.tensor([reply]))
    engine.answer([reply], state)  # another game
    assert wire.sent[0] == "START 7"
    assert wire.sent[-3:] == ["BOARD", f"{coordinates(BOARD, reply)},2", "DONE"]
    assert second not in (first, reply)


def test_what_it_answers() -> None:
    about, *rest = said(
        "ABOUT", "BEGIN", "START 7", "START 100", "START", "FLY 1", "", "INFO timeout_turn 5", "INFO rule 1"
    )
    assert about is not None
    assert about.startswith('name="qzero decided", version="')
    assert rest == [
        "ERROR START with a size from 5 comes first",
        "OK",
        "ERROR unsupported size or other error: no game is called 'gomoku:100x100x5': expected columns x rows x stones "
        "in a line, up to 20: gomoku:9x9x5",
        "ERROR expected the size of the board, such as START 15",
        "UNKNOWN command FLY",
        None,
        None,
        "MESSAGE rule 1 is not played here, only 0: five or more in a row win",
    ]


def test_a_board_is_told_stone_by_stone() -> None:
    answers = said("START 7", "BOARD", "0,0,2", "1,1,1", "2,2,2", "DONE", "TAKEBACK 6,6")
    assert answers[:5] == ["OK", None, None, None, None]
    move = cell_of(BOARD, answers[5] or "")
    assert move is not None
    assert coordinates(BOARD, move) not in ("0,0", "1,1", "2,2")
    one = PiskvorkServer(BOARD, decided)
    for line in ("START 7", "BOARD", "0,0,2", "1,1,1", "2,2,2", "DONE"):
        one.answer(line)
    assert one.answer(f"TURN {coordinates(BOARD, move)}") == (
        f"ERROR {BOARD.move_name(move, BOARD.initial(1))} is not legal here: "
        + (one.answer(f"TURN {coordinates(BOARD, move)}") or "").partition("here: ")[2]
    )
    assert one.answer(f"TAKEBACK {coordinates(BOARD, move)}") == "OK"
    assert one.answer("TAKEBACK 5,5") == "ERROR TAKEBACK is for the last move"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["7,0,1"], "ERROR '7,0' is no cell: expected x,y from 0,0 to 6,6"),
        (["0,0,3"], "ERROR expected x,y,1 or x,y,2 or DONE"),
        (["0,0,1", "DONE"], "ERROR 1 own and 0 other stones: it is not our turn"),
        (["0,0,1", "0,0,2", "DONE"], "ERROR a7 is not legal here"),
    ],
)
def test_a_board_that_cannot_be(lines: list[str], words: str) -> None:
    answer = said("START 7", "BOARD", *lines)[-1]
    assert answer is not None
    assert answer.startswith(words)
    assert said("START 7", "BOARD", *lines, "ABOUT")[-1] != answer  # it takes commands again


def test_oblong_boards_and_another_size() -> None:
    one = PiskvorkServer(BOARD, decided)
    assert one.answer("RECTSTART 9, 5") == "OK"
    assert one.game.name == "gomoku:9x5x5"
    assert one.answer("TURN 8,4") not in (None, "")
    assert one.answer("RESTART") == "OK"
    assert one.answer("END") is None
    assert one.finished


@pytest.mark.parametrize("name", ["hex:5", "gomoku:9x9x4", "gomoku:4x9x5"])
def test_other_games_are_refused(name: str, qzero: Qzero) -> None:
    with pytest.raises(UsageError):
        PiskvorkServer(make(name), decided)
    outcome = qzero("engine", name, "random", "--protocol", "piskvork")
    assert outcome.code == 2
    assert "Gomocup's protocol is for five in a row: gomoku, or gomoku:9x9x5" in outcome.err


@pytest.mark.parametrize("answer", ["ERROR no", "UNKNOWN", "9,9", "rubbish", "0,0"])
def test_what_goes_wrong_is_told(
    answer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Bad(Wire):
        def write(self, text: str, seconds: float) -> None:
            if text.startswith(("BOARD", "TURN", "BEGIN")):
                self._lines += ["MESSAGE oh", answer]
            else:
                super().write(text, seconds)

        def failed(self, what: str) -> QzeroError:
            from arena.engines.process import EngineFailure

            return EngineFailure(what)

    monkeypatch.setattr(piskvork_engine, "Program", lambda _: Bad(PiskvorkServer(BOARD, decided)))
    corner: Any = type(
        "Corner", (), {"name": "corner", "act": lambda _, game, state, __: game.legal(state).int().argmax(1)}
    )()
    over = engine_player('piskvork:"x"', BOARD)
    played = play_pairs(BOARD, over, corner, random_openings(BOARD, 1, 0, 0), 0)
    assert played.result[1] == -1  # it is to move when the corner is taken
    assert f"{over.name} forfeits a game of gomoku:7x7x5" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # of its own
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_real_client_plays_against_the_command(tmp_path: Path) -> None:
    """PyGomo, a client library for Gomocup's engines: it is answered as the player itself answers here."""
    pygomo = pytest.importorskip("pygomo", reason="pygomo-lib is not installed")
    command = tmp_path / "brain"
    ours = "engine gomoku:7x7x5 negamax:2 --protocol piskvork --seed 3"
    command.write_text(f"#!/bin/sh\nexec {sys.executable} -m arena.console {ours}\n")
    command.chmod(0o755)
    history, here, generator = History(BOARD), player("negamax:2", BOARD), torch.Generator().manual_seed(3)
    with pygomo.EngineClient(str(command)) as client:
        assert client.start(7, timeout=60)
        assert "qzero negamax:2" in (client.about(timeout=60) or "")
        while not history.done:
            if history.seat_to_move == 0:
                legal = BOARD.legal(history.state)[0].nonzero().flatten().tolist()
                history.push(legal[len(history.actions) * 13 % len(legal)])
                continue
            column, row = (int(x) for x in coordinates(BOARD, history.actions[-1]).split(","))
            answer = client.turn((column, row), timeout=60)
            assert answer is not None
            action = int(here.act(BOARD, history.state, generator))
            assert answer.move.to_numeric() == coordinates(BOARD, action)
            history.push(action)
    assert history.winner == 1
    gc.collect()
