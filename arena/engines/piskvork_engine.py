"""An outside engine that speaks Gomocup's protocol (https://plastovicka.github.io/protocl2en.htm), asked for moves."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any

from arena.engines.piskvork import cell_of, check_board, coordinates
from arena.engines.process import EngineFailure, Program
from game.core import AnyGame
from game.errors import UsageError

_START = 30.0  # seconds for everything before the first game: engines may load large files
_ASIDE = ("MESSAGE", "DEBUG", "SUGGEST")  # lines that answer nothing


class PiskvorkEngine:
    """One running engine. A game that goes on is told by TURN, any other by START and BOARD.

    Raises UsageError for a program that does not start, or does not play on this board.
    """

    def __init__(self, command: str, game: AnyGame, seconds: float) -> None:
        check_board(game)
        self.game = game
        self.seconds = seconds
        self.program = Program(command)
        self._moves: list[int] | None = None  # what is on its board, its own last move included
        try:
            self._begin(_START)
            about = self._ask("ABOUT", _START)
        except EngineFailure as failure:
            self.end()
            raise UsageError(f"{command!r} is no Gomocup engine for {game.name}: it {failure}") from None
        except BaseException:
            self.end()
            raise
        found = (re.search(rf'{word}\s*=\s*"([^"]*)"', about) for word in ("name", "version"))
        self.name = " ".join(match[1] for match in found if match) or about

    def end(self) -> None:
        """End the program and its children."""
        self.program.end()

    def answer(self, moves: Sequence[int], state: Any) -> int:
        """Its legal move after `moves` from the start, which led to `state` (one position).

        Raises EngineFailure, after which it has been ended.
        """
        if self._moves is not None and self._moves and list(moves[:-1]) == self._moves:
            text = self._ask(f"TURN {coordinates(self.game, moves[-1])}", self.seconds)
        else:
            if self._moves is None or self._moves:
                self._begin(self.seconds)
            text = self._ask(_board(self.game, moves) if moves else "BEGIN", self.seconds)
        action = cell_of(self.game, text)
        if action is None:
            raise self.program.failed(f"answered {text[:40]!r}, which is no cell of {self.game.name}")
        if not bool(self.game.legal(state)[0, action]):
            raise self.program.failed(f"played the illegal move {self.game.move_name(action, state)}")
        self._moves = [*moves, action]
        return action

    def _begin(self, seconds: float) -> None:
        """An empty board, and what the engine should know about the game."""
        _, rows, columns = self.game.observation_shape
        start = f"START {columns}" if columns == rows else f"RECTSTART {columns},{rows}"
        said = self._ask(start, seconds)
        if not said.upper().startswith("OK"):
            raise self.program.failed(f"answered {said[:60]!r} to {start}")
        turn = max(int(1000 * self.seconds * 0.9), 1)  # leaves it time to answer
        for item in (f"timeout_turn {turn}", "timeout_match 0", "game_type 1", "rule 0"):
            self.program.write(f"INFO {item}\n", seconds)
        self._moves = []

    def _ask(self, command: str, seconds: float) -> str:
        """The line that answers a command. Raises EngineFailure."""
        deadline = time.monotonic() + seconds
        self.program.write(f"{command}\n", seconds)
        line = ""
        while not line or line.split()[0].upper() in _ASIDE:
            line = self.program.line(deadline, seconds).strip()
        if line.split()[0].upper() in ("ERROR", "UNKNOWN"):
            raise self.program.failed(f"refused {command.split()[0]}: {line[:80]}")
        return line


def _board(game: AnyGame, moves: Sequence[int]) -> str:
    """BOARD with all stones in the order in which they were put: 1 for the engine's own, 2 for the other's."""
    own = len(moves) % 2  # the moves of this parity are those of the side to move
    stones = [f"{coordinates(game, move)},{1 if ply % 2 == own else 2}" for ply, move in enumerate(moves)]
    return "\n".join(["BOARD", *stones, "DONE"])
