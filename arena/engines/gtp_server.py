"""A player of ours as an engine that speaks GTP 2 on standard input and output.

The protocol: G. Farnebäck, "Specification of the Go Text Protocol, version 2, draft 2" (2002),
https://www.lysator.liu.se/~gunnar/gtp/gtp2-spec-draft2/gtp2-spec.html.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from typing import Any

import torch

from arena.engines.clock import Clock, moves_left, timed, warm_up
from arena.engines.vertices import COLOURS, family, parse_vertex, seat_of, vertex
from game.core import AnyGame
from game.errors import IllegalMoveError, NotationError, QzeroError
from game.notation import forced_pass
from game.play import History, Player, tell
from game.registry import make

Handler = Callable[[Sequence[str]], str]


class Refusal(Exception):
    """The answer to a command that cannot be carried out, without its question mark."""


class GtpServer:
    """One game at a time against whoever sends the commands.

    player: makes a player for a board; raises QzeroError if there is none.
    """

    def __init__(self, game: AnyGame, player: Callable[[AnyGame], Player], seed: int = 0) -> None:
        self.game = game
        self.player = player(game)
        self._player_for = player
        self._generator = torch.Generator().manual_seed(seed)
        self._history: History[Any] = History(game)
        self._allowed = Clock()  # each side's time for a game
        self._clocks = [Clock(), Clock()]
        self._pushed: list[int] = []  # moves of the history that each command made, for undo
        self.finished = False
        self._commands: dict[str, Handler] = {
            "protocol_version": lambda _: "2",
            "name": lambda _: f"qzero {self.player.name}",
            "version": lambda _: metadata.version("qzero"),
            "known_command": lambda words: str(words[:1] != [] and words[0] in self._commands).lower(),
            "list_commands": lambda _: "\n".join(self._commands),
            "quit": self._quit,
            "boardsize": self._boardsize,
            "clear_board": self._clear_board,
            "komi": lambda _: "",  # for controllers that always send it
            "time_settings": self._time_settings,
            "time_left": self._time_left,
            "play": self._play,
            "genmove": lambda words: self._genmove(words, True),
            "reg_genmove": lambda words: self._genmove(words, False),
            "undo": self._undo,
            "showboard": lambda _: "\n" + self.game.render(self._history.state),
            "final_score": self._final_score,
            "list_games": lambda _: family(self.game).capitalize(),
            "set_game": self._set_game,
        }

    def run(self, lines: Iterable[str], write: Callable[[str], None]) -> None:
        """Answer every line until `quit` or the end; `write` takes each answer whole."""
        for line in lines:
            if (answer := self.answer(line)) is not None:
                write(answer)
            if self.finished:
                return

    def answer(self, line: str) -> str | None:
        """The answer to one line, with the empty line that ends it; None for a line without a command."""
        words = re.sub(r"[^\S\n]", " ", line.partition("#")[0])
        match = re.fullmatch(r"\s*(\d+\b)?\s*(.*?)\s*", "".join(c for c in words if c >= " "))
        assert match is not None
        number, command = match[1] or "", match[2].split()
        if not command:
            return f"?{number} no command\n\n" if number else None
        handler = self._commands.get(command[0])
        try:
            if handler is None:
                raise Refusal("unknown command")
            return f"={number} {handler(command[1:])}".rstrip(" ") + "\n\n"
        except (Refusal, QzeroError) as error:
            return f"?{number} {' '.join(str(error).split())}\n\n"

    def _quit(self, _: Sequence[str]) -> str:
        self.finished = True
        return ""

    def _set_game(self, words: Sequence[str]) -> str:
        if [word.lower() for word in words] != [family(self.game)]:
            raise Refusal(f"only {family(self.game)} is played here")
        return self._clear_board([])

    def _boardsize(self, words: Sequence[str]) -> str:
        """A square board by one number, else columns and rows; a new board needs a player that can play it."""
        if not 1 <= len(words) <= 2 or not all(re.fullmatch("[0-9]{1,2}", word) for word in words):
            raise Refusal("boardsize not an integer")
        columns, rows = int(words[0]), int(words[-1])
        _, height, width = self.game.observation_shape
        if (columns, rows) != (width, height):
            try:
                game = make(_resized(self.game, columns, rows))
                player = self._player_for(game)
            except QzeroError:
                raise Refusal("unacceptable size") from None
            self.game, self.player = game, player
        return self._clear_board([])

    def _clear_board(self, _: Sequence[str]) -> str:
        self._history = History(self.game)
        self._pushed = []
        self._clocks = [dataclasses.replace(self._allowed) for _ in COLOURS]
        warm_up(self.player, self._allowed)
        return ""

    def _time_settings(self, words: Sequence[str]) -> str:
        """Main time, period, and moves to make in it, in seconds; a period for no moves is no limit (GTP 2, 4.2)."""
        main, period, moves = _numbers(words, 3)
        if period > 0 and moves < 1:
            self._allowed = Clock()
        else:
            self._allowed = Clock(main, period if period > 0 else None, max(int(moves), 1))
        self._clocks = [dataclasses.replace(self._allowed) for _ in COLOURS]
        warm_up(self.player, self._allowed)
        return ""

    def _time_left(self, words: Sequence[str]) -> str:
        """A colour, what it has left, and for how many moves; 0 moves: it is main time."""
        seat = seat_of(words[0]) if words else None
        if seat is None:
            raise Refusal("syntax error: expected a colour, seconds and moves")
        left, moves = _numbers(words[1:], 2)
        allowed = self._allowed
        self._clocks[seat] = Clock(0.0, left, int(moves)) if moves >= 1 else Clock(left, allowed.period, allowed.moves)
        warm_up(self.player, self._clocks[seat])
        return ""

    def _turn_of(self, colour: str) -> bool:
        """Make it the turn of this colour, by a pass of the other that nobody needs to send; whether it was one."""
        seat = seat_of(colour)
        if seat is None:
            raise Refusal(f"{colour!r} is not a colour: expected black or white")
        if seat == self._history.seat_to_move or self._history.done:
            return False
        if (forced := forced_pass(self.game, self._history.state)) is None:
            raise Refusal(f"illegal move: it is the turn of {COLOURS[1 - seat]}")
        self._history.push(forced)
        return True

    def _play(self, words: Sequence[str]) -> str:
        if len(words) != 2:
            raise Refusal("invalid color or coordinate: expected a colour and a move")
        history = self._history
        before = len(history.actions)
        try:
            self._turn_of(words[0])
            if not self._passes_at_the_end(words[1]):
                history.push(parse_vertex(self.game, words[1], history.state))
        except NotationError as error:
            self._take_back(before)
            raise Refusal(f"invalid color or coordinate: {error}") from None
        except (IllegalMoveError, Refusal) as error:
            self._take_back(before)
            raise Refusal("illegal move" if isinstance(error, IllegalMoveError) else str(error)) from None
        self._pushed.append(len(history.actions) - before)
        return ""

    def _genmove(self, words: Sequence[str], plays: bool) -> str:
        if len(words) != 1:
            raise Refusal("invalid color: expected a colour")
        history = self._history
        before = len(history.actions)
        self._turn_of(words[0])
        if self._passes_at_the_end("pass"):
            name = "pass"
        elif history.done:
            raise Refusal("the game is over")
        else:
            state = history.state
            tell(self.player, state, torch.tensor([history.actions], dtype=torch.int64))
            clock = self._clocks[history.seat_to_move]
            seconds = clock.for_move(moves_left(self.game, state))
            action, spent = timed(self.player, seconds, self.game, state, self._generator)
            clock.spend(spent)
            name = vertex(self.game, action, state)
            history.push(action)
        if plays:
            self._pushed.append(len(history.actions) - before)
        else:
            self._take_back(before)
        return name

    def _passes_at_the_end(self, name: str) -> bool:
        """Controllers of Othello wait for two passes, which are no moves of ours once the game is over."""
        return self._history.done and family(self.game) == "othello" and name.lower() == "pass"

    def _undo(self, _: Sequence[str]) -> str:
        if not self._pushed:
            raise Refusal("cannot undo")
        self._take_back(len(self._history.actions) - self._pushed.pop())
        return ""

    def _take_back(self, plies: int) -> None:
        while len(self._history.actions) > plies:
            self._history.undo()

    def _final_score(self, _: Sequence[str]) -> str:
        """B+ or W+ with the lead in stones where they count, as in Go; 0 for a draw."""
        if not self._history.done:
            raise Refusal("cannot score: the game is not over")
        winner = self._history.winner
        if winner is None:
            return "0"
        lead = ""
        if family(self.game) == "othello":
            own, other = (int(stones.sum()) for stones in self.game.observe(self._history.state)[0])
            lead = str(abs(own - other))
        return f"{'BW'[winner]}+{lead}"


def _numbers(words: Sequence[str], count: int) -> list[float]:
    if len(words) != count or not all(re.fullmatch(r"[0-9]{1,9}(\.[0-9]{0,9})?", word) for word in words):
        raise Refusal(f"syntax error: expected {count} numbers")
    return [float(word) for word in words]


def _resized(game: AnyGame, columns: int, rows: int) -> str:
    """The name of the same game on another board, which may not exist."""
    match family(game):
        case "gomoku":
            length = re.search(r"x(\d+)$", game.name)
            return f"gomoku:{columns}x{rows}x{length[1] if length else 5}"
        case "breakthrough":
            return f"breakthrough:{columns}x{rows}"
        case "hex" if columns == rows:
            return f"hex:{columns}{'+swap' if game.name.endswith('+swap') else ''}"
        case "othello" if columns == rows:
            return f"othello:{columns}"
    return f"{family(game)}:{columns}x{rows}"
