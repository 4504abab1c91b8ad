"""An outside engine that speaks GTP 2, asked for moves."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from arena.engines.process import EngineFailure, Program, Resigned
from arena.engines.vertices import COLOURS, family, parse_vertex, turns, vertex
from game.core import AnyGame
from game.errors import NotationError, UsageError

_START = 30.0  # seconds for everything before the first game: engines may load large files


class GtpEngine:
    """One running engine. It is told only what it does not know yet; for another game its board is cleared.

    Raises UsageError for a program that does not start, or does not play this game on this board.
    """

    def __init__(self, command: str, game: AnyGame, seconds: float) -> None:
        self.game = game
        self.seconds = seconds
        self.program = Program(command)
        self._moves: list[int] | None = None  # what is on its board
        self._turns = turns(game)
        self._takes_passes = True
        try:
            self._known = frozenset(self._ask("list_commands", _START).split())
            self.name = " ".join(self._ask(word, _START) for word in ("name", "version") if word in self._known)
            self._choose_game()
        except EngineFailure as failure:
            self.end()
            raise UsageError(f"{command!r} is no GTP engine for {game.name}: it {failure}") from None
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End the program and its children."""
        self.program.end()

    def answer(self, moves: Sequence[int], state: Any) -> int:
        """Its legal move after `moves` from the start, which led to `state` (one position).

        Raises Resigned, or EngineFailure, after which it has been ended.
        """
        if self._moves is None or list(moves[: len(self._moves)]) != self._moves:
            self._ask("clear_board", self.seconds)
            self._moves = []
        for move in moves[len(self._moves) :]:
            self._play(move)
        text = self._ask(f"genmove {self._colour()}", self.seconds).strip()
        if text.lower() == "resign":
            self._moves = None
            raise Resigned
        try:
            action = parse_vertex(self.game, text, state)
        except NotationError:
            raise self.program.failed(f"answered {text[:40]!r}, which is no move of {self.game.name}") from None
        if not bool(self.game.legal(state)[0, action]):
            raise self.program.failed(f"played the illegal move {self.game.move_name(action, state)}")
        self._moves.append(action)
        return action

    def _play(self, move: int) -> None:
        """Tell it a move. Some engines of Othello take no pass: there it goes without saying."""
        assert self._moves is not None
        name = vertex(self.game, move, self._turns[len(self._moves) % 2])
        if name != "pass" or self._takes_passes:
            taken, text = self._exchange(f"play {self._colour()} {name}", self.seconds)
            if name == "pass":
                self._takes_passes = taken
            elif not taken:
                raise self.program.failed(f"refused the legal move {self._colour()} {name}: {text[:80]}")
        self._moves.append(move)

    def _colour(self) -> str:
        return COLOURS[len(self._moves or ()) % 2]

    def _choose_game(self) -> None:
        name, (_, rows, columns) = family(self.game), self.game.observation_shape
        if "set_game" in self._known:
            games = self._ask("list_games", _START).split() if "list_games" in self._known else [name]
            if name not in [game.lower() for game in games]:
                raise UsageError(f"{self.program.command!r} plays {', '.join(games)}, not {name}")
            self._ask(f"set_game {next(game for game in games if game.lower() == name)}", _START)
        size = str(columns) if rows == columns else f"{columns} {rows}"
        self._ask(f"boardsize {size}", _START)
        if "time_settings" in self._known and self.seconds >= 1:  # no main time, so many seconds for each move
            self._ask(f"time_settings 0 {int(self.seconds)} 1", _START)

    def _ask(self, command: str, seconds: float) -> str:
        """The answer to a command, of several lines perhaps. Raises EngineFailure, also for a refusal."""
        taken, text = self._exchange(command, seconds)
        if not taken:
            raise self.program.failed(f"refused {command!r}" + (f": {text[:80]}" if text else ""))
        return text

    def _exchange(self, command: str, seconds: float) -> tuple[bool, str]:
        """Whether it carried the command out, and what it said. Raises EngineFailure."""
        deadline = time.monotonic() + seconds
        self.program.write(f"{command}\n", seconds)
        line = ""
        while not line.strip():
            line = self.program.line(deadline, seconds)
        if line[0] not in "=?":
            raise self.program.failed(f"printed rubbish in answer to {command!r}: {line[:40]!r}")
        lines = [line[1:].strip()]
        taken = line[0] == "="
        while line := self.program.line(deadline, seconds).rstrip():
            lines.append(line)
        return taken, "\n".join(lines).strip()
