"""GTP 2: what our engine answers, and games over it are those that are played without it."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import pytest
import torch
from torch import Tensor

from agent.play.player import QPlayer
from arena.engines import gtp_engine
from arena.engines.gtp_server import GtpServer
from arena.engines.outside import EnginePlayer, engine_player
from arena.engines.vertices import parse_vertex, turns, vertex
from arena.match.match import Games, play_pairs
from arena.match.openings import random_openings
from arena.players.specs import player
from game import Game, make
from game.errors import NotationError, QzeroError, UsageError
from game.notation import parse_moves
from tests.conftest import Qzero


class Decided:
    """A player without equal moves: Q is a hash of the position and the move."""

    def __init__(self, game: Game[Any], salt: int = 0) -> None:
        self.game = game
        self._salt = salt

    def q(self, state: Any) -> Tensor:
        key = (self.game.key(state) + self._salt)[:, None] % 100_003 + 1
        mixed = key * (torch.arange(self.game.num_actions) * 7919 + 17)
        return torch.where(self.game.legal(state), (mixed % 100_003).float() / 100_003, -torch.inf)

    def identity(self) -> str:
        return "decided"

    def weights(self) -> dict[str, Tensor]:
        return {}


def decided(game: Game[Any]) -> QPlayer:
    return QPlayer("decided", Decided(game))


class Wire:
    """Stands in for a program: the server in this process. What was sent is kept."""

    sent: list[str]

    def __init__(self, server: GtpServer) -> None:
        self.sent = []
        self._server = server
        self._lines: list[str] = []

    def write(self, text: str, _: float) -> None:
        self.sent.append(text.strip())
        answer = self._server.answer(text)
        assert answer is not None
        self._lines += answer.removesuffix("\n").split("\n")

    def line(self, deadline: float, seconds: float) -> str:
        assert deadline > seconds
        return self._lines.pop(0)

    def failed(self, what: str) -> QzeroError:
        return QzeroError(what)

    def end(self) -> None:
        pass


def server(name: str) -> GtpServer:
    return GtpServer(make(name), decided)


def said(name: str, *lines: str) -> list[str]:
    """The answers to these lines, without the empty lines that end them."""
    one = server(name)
    answers = [one.answer(line) for line in lines]
    assert all(answer is None or answer.endswith("\n\n") for answer in answers)
    return [answer.removesuffix("\n\n") for answer in answers if answer is not None]


def games(name: str, a: Any, b: Any, pairs: int = 2) -> Games:
    game = make(name)
    return play_pairs(game, a, b, random_openings(game, pairs, None, 5), 0)


@pytest.mark.parametrize(
    "name", ["othello:4", "othello:6", "hex:5", "hex:4+swap", "gomoku:7x7x5", "breakthrough:5x6", "connect4"]
)
def test_games_over_gtp_are_those_without(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wires = []

    def wired(_: str) -> Wire:
        wires.append(Wire(server(name)))
        return wires[-1]

    monkeypatch.setattr(gtp_engine, "Program", wired)
    game = make(name)
    own, over, other = decided(game), engine_player('gtp:"x"', game), QPlayer("other", Decided(game, 99))
    direct, told = games(name, own, other), games(name, over, other)
    assert torch.equal(direct.result, told.result)
    assert torch.equal(direct.moves, told.moves)
    assert len(wires) == 1
    assert sum(line.startswith("genmove") for line in wires[0].sent) > 10


def test_a_game_that_goes_on_is_told_move_by_move(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Wire(server("hex:3"))
    monkeypatch.setattr(gtp_engine, "Program", lambda _: wire)
    game = make("hex:3")
    engine = gtp_engine.GtpEngine("x", game, 5)
    del wire.sent[:]
    start = game.initial(1)
    first = engine.answer([], start)
    reply = (first + 1) % 9
    state = parse_moves(game, game.move_name(first, start) + game.move_name(reply, start)).state
    engine.answer([first, reply], state)
    name = vertex(game, reply, start)
    assert wire.sent == ["clear_board", "genmove black", f"play white {name}", "genmove black"]


def test_what_it_answers() -> None:
    assert said("hex:3", "protocol_version", "12 name", "known_command play", "known_command fly") == [
        "= 2",
        "=12 qzero decided",
        "= true",
        "= false",
    ]
    assert said("hex:3", "", "  # a remark", "play black b2 # the middle", "7 play\twhite\tB2\r") == [
        "=",
        "?7 illegal move",
    ]
    assert said("hex:3", "fly", "boardsize x", "boardsize 99", "undo", "play green a1", "play b", "genmove") == [
        "? unknown command",
        "? boardsize not an integer",
        "? unacceptable size",
        "? cannot undo",
        "? 'green' is not a colour: expected black or white",
        "? invalid color or coordinate: expected a colour and a move",
        "? invalid color: expected a colour",
    ]
    assert said("hex:3", "play w a1")[0].startswith("? illegal move")


def test_every_command_it_lists_is_known() -> None:
    one = server("hex:3")
    listed = (one.answer("list_commands") or "")[2:].split()
    assert {"boardsize", "clear_board", "komi", "play", "genmove", "undo", "showboard", "final_score"} <= set(listed)
    for name in listed:
        assert one.answer(f"known_command {name}") == "= true\n\n"


def test_a_game_by_hand() -> None:
    """Black joins top and bottom of hex:3; then the game is over, is scored, and one move is taken back."""
    lines = [
        "boardsize 3",
        *(f"play {colour} {cell}" for colour, cell in zip("bwbwb", ["b1", "a1", "b2", "a2", "b3"], strict=True)),
    ]
    answers = said("hex:3", *lines, "final_score", "genmove w", "undo", "final_score", "showboard")
    assert answers[:6] == ["="] * 6
    assert answers[6:10] == ["= B+", "? the game is over", "=", "? cannot score: the game is not over"]
    assert "1 O X ." in answers[10]


def test_another_board_has_another_player() -> None:
    one = server("hex:3")
    assert one.answer("boardsize 5 5") == "=\n\n"
    assert one.answer("play b e5") == "=\n\n"

    def small_only(game: Game[Any]) -> QPlayer:
        if game.name != "hex:3":
            raise UsageError("no")
        return decided(game)

    fixed = GtpServer(make("hex:3"), small_only)
    fixed.answer("play b a1")
    assert fixed.answer("boardsize 5") == "? unacceptable size\n\n"
    assert fixed.answer("play b b1") == "? illegal move: it is the turn of white\n\n"  # the board is as it was


def passed() -> tuple[list[str], str]:
    """Commands that lead to a forced pass in othello:4, and who must pass."""
    game = make("othello:4")
    generator = torch.Generator().manual_seed(0)
    state = game.initial(1)
    lines: list[str] = []
    while True:
        action = int(game.legal(state)[0].float().multinomial(1, generator=generator))
        colour = "bw"[int(state.ply) % 2]
        if game.move_name(action, state) == "pass":
            return lines, colour
        lines.append(f"play {colour} {vertex(game, action, state)}")
        state = game.step(state, torch.tensor([action]))
        if bool(state.done):
            state, lines = game.initial(1), []


def test_a_pass_of_othello_need_not_be_sent() -> None:
    lines, colour = passed()
    other = "wb"["bw".index(colour)]
    quiet, told, asked = server("othello:4"), server("othello:4"), server("othello:4")
    for line in lines:
        assert {one.answer(line) for one in (quiet, told, asked)} == {"=\n\n"}
    assert told.answer(f"play {colour} pass") == "=\n\n"
    assert asked.answer(f"genmove {colour}") == "= pass\n\n"
    moves = {one.answer(f"genmove {other}") for one in (quiet, told, asked)}
    assert len(moves) == 1
    assert moves.pop() not in (None, "= pass\n\n")
    board = quiet.answer("showboard")
    assert told.answer("showboard") == board
    for one in (quiet, told, asked):
        assert one.answer("undo") == "=\n\n"
    assert quiet.answer(f"play {other} pass") != "=\n\n"  # the pass was taken back with the move


def test_engines_that_take_no_pass_are_not_sent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """As GRhino, for which passes go without saying."""

    class NoPass(Wire):
        def write(self, text: str, seconds: float) -> None:
            if text.split()[-1] == "pass":
                self.sent.append("pass")
                self._lines += ["? syntax error", ""]
            else:
                super().write(text, seconds)

    wire = NoPass(server("othello:4"))
    monkeypatch.setattr(gtp_engine, "Program", lambda _: wire)
    game = make("othello:4")
    over = engine_player('gtp:"x"', game)
    other = QPlayer("other", Decided(game, 99))
    direct, told = (games("othello:4", one, other, pairs=10) for one in (decided(game), over))
    assert torch.equal(direct.moves, told.moves)
    assert wire.sent.count("pass") == 1


def test_controllers_of_othello_wait_for_two_passes() -> None:
    one = server("othello:4")
    for colour in itertools.cycle("bw"):
        answer = one.answer(f"genmove {colour}")
        if not (one.answer("final_score") or "").startswith("?"):
            break
    assert answer not in (None, "= pass\n\n")
    assert one.answer("genmove b") == "= pass\n\n"
    assert one.answer("play w pass") == "=\n\n"
    rows = [line for line in (one.answer("showboard") or "").splitlines() if line[:1].isdigit()]
    black, white = ("".join(rows).count(stone) for stone in "XO")
    winner = "B" if black > white else "W"
    expected = "0" if black == white else f"{winner}+{abs(black - white)}"
    assert (one.answer("final_score") or "").split() == ["=", expected]


@pytest.mark.parametrize("name", ["gomoku", "hex:12+swap", "othello", "breakthrough:5x6", "connect4"])
def test_names_of_moves_can_be_read_back(name: str) -> None:
    game = make(name)
    for state in turns(game):
        legal = game.legal(state)[0].nonzero().flatten().tolist()
        for action in legal:
            text = vertex(game, action, state)
            assert parse_vertex(game, text.upper(), state) == parse_vertex(game, text.lower(), state) == action


def test_names_are_those_of_other_programs() -> None:
    gomoku, breakthrough, (white, _) = make("gomoku"), make("breakthrough"), turns(make("breakthrough"))
    start = gomoku.initial(1)
    assert vertex(gomoku, gomoku.parse_move("h8", start), start) == "H8"
    assert vertex(gomoku, gomoku.parse_move("i8", start), start) == "J8"  # Go's letters lack I
    assert vertex(gomoku, gomoku.parse_move("o1", start), start) == "P1"
    large = make("gomoku:20x20x5")
    corner = large.parse_move("t20", large.initial(1))
    assert vertex(large, corner, large.initial(1)) == "U20"
    assert parse_vertex(large, "U20", large.initial(1)) == corner
    with pytest.raises(NotationError):
        parse_vertex(gomoku, "i8", start)
    assert {parse_vertex(breakthrough, text, white) for text in ("a2b3", "a2-b3", "a2xb3", "A2B3")} == {
        breakthrough.parse_move("a2-b3", white)
    }


def test_the_command_speaks_gtp(qzero: Qzero) -> None:
    """The shipped player in a process of its own plays as it plays here, from its first move to its last."""
    game = make("hex:4")
    command = f'gtp:"{sys.executable} -m arena.console engine hex:4 shipped --no-clock"'
    shipped, over = player("shipped", game), engine_player(command, game)
    assert isinstance(over, EnginePlayer)
    direct, told = (games("hex:4", one, shipped, pairs=2) for one in (shipped, over))
    assert torch.equal(direct.moves, told.moves)
    assert over.engine is not None
    over.engine.end()
    outcome = qzero("engine", "hex:4", "nobody")
    assert outcome.code == 2
    assert "no player is called 'nobody'" in outcome.err
