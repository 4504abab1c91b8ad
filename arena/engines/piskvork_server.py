"""A player of ours as an engine (a "brain") that speaks Gomocup's protocol on standard input and output.

The protocol: P. Laštovička, "New Gomocup Protocol", https://plastovicka.github.io/protocl2en.htm.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from importlib import metadata
from typing import Any

import torch

from arena.engines.clock import Clock, moves_left, timed, warm_up
from arena.engines.piskvork import SMALLEST, cell_of, check_board, coordinates
from game.core import AnyGame
from game.errors import QzeroError
from game.play import History, Player, tell
from game.registry import make

_FREESTYLE = "0"
_TIMES = ("timeout_turn", "timeout_match", "time_left")
_UNLIMITED = 2147483647  # what managers tell as the time left where there is no limit


class Refusal(Exception):
    """What to answer instead, ERROR or UNKNOWN and why."""


class PiskvorkServer:
    """One game at a time against whoever sends the commands.

    player: makes a player for a board; raises QzeroError if there is none.
    """

    def __init__(self, game: AnyGame, player: Callable[[AnyGame], Player], seed: int = 0) -> None:
        check_board(game)
        self.game = game
        self.player = player(game)
        self._player_for = player
        self._generator = torch.Generator().manual_seed(seed)
        self._history: History[Any] | None = None  # none before START
        self._turn_time, self._match_time = Clock(), Clock()
        self._allowed: float | None = None  # seconds for a whole game
        self._stones: list[tuple[int, bool]] | None = None  # of a BOARD that is being told: cell, and whether ours
        self.finished = False
        self._commands: dict[str, Callable[[str], str | None]] = {
            "START": lambda given: self._start(given, given),
            "RECTSTART": self._rectangle,
            "RESTART": self._restart,
            "BEGIN": self._begin,
            "TURN": self._turn,
            "BOARD": self._board,
            "TAKEBACK": self._take_back,
            "INFO": self._info,
            "ABOUT": self._about,
            "END": self._end,
        }

    def run(self, lines: Iterable[str], write: Callable[[str], None]) -> None:
        """Answer every line until END or the end of the input; `write` takes each answer whole."""
        for line in lines:
            if (answer := self.answer(line)) is not None:
                write(answer + "\n")
            if self.finished:
                return

    def answer(self, line: str) -> str | None:
        """The answer to one line, None where none is due."""
        words = line.strip()
        try:
            if self._stones is not None:
                return self._stone(words)
            if not words:
                return None
            name, _, given = words.partition(" ")
            handler = self._commands.get(name.upper())
            if handler is None:
                raise Refusal(f"UNKNOWN command {name[:40]}")
            return handler(given.strip())
        except Refusal as error:
            return str(error)
        except QzeroError as error:
            return f"ERROR {' '.join(str(error).split())}"

    def _start(self, columns: str, rows: str) -> str:
        if not re.fullmatch("[0-9]{1,3}", columns) or not re.fullmatch("[0-9]{1,3}", rows):
            raise Refusal("ERROR expected the size of the board, such as START 15")
        _, height, width = self.game.observation_shape
        if (int(columns), int(rows)) != (width, height):
            try:
                game = make(f"gomoku:{int(columns)}x{int(rows)}x5")
                check_board(game)
                player = self._player_for(game)
            except QzeroError as error:
                raise Refusal(f"ERROR unsupported size or other error: {' '.join(str(error).split())}") from None
            self.game, self.player = game, player
        return self._new_game()

    def _rectangle(self, given: str) -> str:
        columns, _, rows = given.replace(" ", "").partition(",")
        return self._start(columns, rows)

    def _restart(self, _: str) -> str:
        self._begun()
        return self._new_game()

    def _new_game(self) -> str:
        self._history = History(self.game)
        self._match_time = Clock(self._allowed)
        warm_up(self.player, self._turn_time, self._match_time)
        return "OK"

    def _begin(self, _: str) -> str:
        if self._begun().actions:
            raise Refusal("ERROR BEGIN is for an empty board")
        return self._move()

    def _turn(self, given: str) -> str:
        self._begun().push(self._cell(given))
        return self._move()

    def _board(self, _: str) -> None:
        self._begun()
        self._stones = []

    def _stone(self, words: str) -> str | None:
        """A line between BOARD and DONE: x,y,1 for our stone, x,y,2 for the opponent's."""
        assert self._stones is not None
        if words.upper() != "DONE":
            cell, _, who = words.rpartition(",")
            if who.strip() not in ("1", "2"):
                self._stones = None
                raise Refusal(f"ERROR expected x,y,1 or x,y,2 or DONE, not {words[:40]!r}")
            try:
                self._stones.append((self._cell(cell), who.strip() == "1"))
            except Refusal:
                self._stones = None
                raise
            return None
        stones, self._stones = self._stones, None
        self._history = self._replayed(stones)
        return self._move()

    def _replayed(self, stones: Sequence[tuple[int, bool]]) -> History[Any]:
        """The game of these stones, in their order as far as sides alternate."""
        own, other = ([cell for cell, ours in stones if ours is side] for side in (True, False))
        if len(other) - len(own) not in (0, 1):
            raise Refusal(f"ERROR {len(own)} own and {len(other)} other stones: it is not our turn")
        first, second = (own, other) if len(own) == len(other) else (other, own)
        history = History(self.game)
        for k, cell in enumerate(first):
            history.push(cell)
            if k < len(second):
                history.push(second[k])
        return history

    def _take_back(self, given: str) -> str:
        history = self._begun()
        if not history.actions or history.actions[-1] != self._cell(given):
            raise Refusal("ERROR TAKEBACK is for the last move")
        history.undo()
        return "OK"

    def _info(self, given: str) -> str | None:
        """Nothing is due; a rule that we do not play is said aloud. Times are in milliseconds."""
        name, _, value = given.partition(" ")
        name, value = name.lower(), value.strip()
        if name == "rule" and value != _FREESTYLE:
            return f"MESSAGE rule {value} is not played here, only {_FREESTYLE}: five or more in a row win"
        if name in _TIMES and re.fullmatch("[0-9]{1,10}", value):
            seconds = int(value) / 1000
            if name == "timeout_turn":
                self._turn_time = Clock(period=seconds)  # 0: as fast as possible
            else:
                unlimited = int(value) >= _UNLIMITED or (name == "timeout_match" and not seconds)
                self._match_time = Clock(None if unlimited else seconds)
                if name == "timeout_match":
                    self._allowed = self._match_time.main
            warm_up(self.player, self._turn_time, self._match_time)
        return None

    def _about(self, _: str) -> str:
        version = metadata.version("qzero")
        return f'name="qzero {self.player.name}", version="{version}", author="the qzero authors", country="-"'

    def _end(self, _: str) -> None:
        self.finished = True

    def _begun(self) -> History[Any]:
        if self._history is None:
            raise Refusal(f"ERROR START with a size from {SMALLEST} comes first")
        return self._history

    def _cell(self, text: str) -> int:
        if (cell := cell_of(self.game, text)) is None:
            _, rows, columns = self.game.observation_shape
            raise Refusal(f"ERROR {text[:40]!r} is no cell: expected x,y from 0,0 to {columns - 1},{rows - 1}")
        return cell

    def _move(self) -> str:
        history = self._begun()
        if history.done:
            raise Refusal("ERROR the game is over")
        state = history.state
        tell(self.player, state, torch.tensor([history.actions], dtype=torch.int64))
        left = moves_left(self.game, state)
        limits = [one for one in (self._turn_time.for_move(left), self._match_time.for_move(left)) if one is not None]
        action, spent = timed(self.player, min(limits, default=None), self.game, state, self._generator)
        self._match_time.spend(spent)
        history.push(action)
        return coordinates(self.game, action)
