"""Outside engines as players: gtp:"COMMAND" and piskvork:"COMMAND", perhaps with @seconds=S for each move."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from agent.play.identity import fingerprint
from agent.play.player import QPlayer
from arena.engines.gtp_engine import GtpEngine
from arena.engines.piskvork_engine import PiskvorkEngine
from arena.engines.process import EngineFailure, Resigned
from game.core import AnyGame
from game.errors import UsageError
from game.play import FORFEIT

SECONDS = 30.0  # for a move, unless told otherwise
PATIENCE = 3  # failures without a move in between after which an engine forfeits everything at once
_SPEC = re.compile(r"(?P<protocol>gtp|piskvork):(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>[^@\"]*))(?P<options>@.*)?")


class Engine(Protocol):
    """A running engine, whatever protocol it speaks."""

    @property
    def name(self) -> str:
        """What it calls itself, with its version."""
        ...

    def answer(self, moves: Sequence[int], state: Any) -> int:
        """Its legal move after `moves` from the start, which led to `state` (one position).

        Raises Resigned, or EngineFailure, after which it has been ended.
        """
        ...

    def end(self) -> None:
        """End it and its children."""
        ...


_PROTOCOLS: dict[str, Callable[[str, AnyGame, float], Engine]] = {"gtp": GtpEngine, "piskvork": PiskvorkEngine}


def is_engine(spec: str) -> bool:
    """Whether this spec names an outside engine."""
    return spec.partition(":")[0] in _PROTOCOLS and ":" in spec


def engine_player(spec: str, game: AnyGame) -> EnginePlayer:
    """The engine that `spec` names, started. Raises UsageError if it cannot play this game."""
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise UsageError(f'{spec!r} is not a player: an engine is written gtp:"COMMAND" or gtp:"COMMAND"@seconds=5')
    seconds = SECONDS
    if match["options"]:
        given = re.fullmatch(r"@seconds=(\d{1,5}(?:\.\d+)?|\.\d+)", match["options"])
        if given is None or float(given[1]) <= 0:
            raise UsageError(f"{spec!r}: an outside engine takes one option, @seconds=S above 0 for each move")
        seconds = float(given[1])
    command = match["quoted"] if match["quoted"] is not None else match["plain"]
    q = EngineQ(spec, game, lambda: _PROTOCOLS[match["protocol"]](command, game, seconds))
    return EnginePlayer(spec, q, engine=q)


class EngineQ:
    """Q of an engine, which tells a move and no value: 0 for its move and -1 for all others.

    `follow` must have been told the moves behind a position. An engine that fails is ended and started anew for the
    next question. report: is told of every failure, in words.
    """

    def __init__(
        self, name: str, game: AnyGame, start: Callable[[], Engine], report: Callable[[str], None] | None = None
    ) -> None:
        self.game = game
        self.name = name
        self._start = start
        self._report = report or (lambda words: print(f"qzero: {words}", file=sys.stderr))
        self._engine: Engine | None = start()
        self.engine_name = self._engine.name
        self._failures = 0  # since its last move
        self._paths: dict[tuple[int, int], list[int]] = {}

    def follow(self, state: Any, moves: Tensor) -> None:
        """As `game.play.Follower.follow`."""
        paths = [[move for move in path if move >= 0] for path in moves.tolist()]
        self._paths = dict(zip(self._keys(state), paths, strict=True))

    def q(self, state: Any) -> Tensor:
        """As `QFunction.q`. Raises EngineFailure."""
        q = torch.where(self.game.legal(state), -1.0, -torch.inf)
        for row, key in enumerate(self._keys(state)):
            if not bool(state.done[row]):
                try:
                    q[row, self._answer(state[row], key)] = 0
                except Resigned:
                    raise EngineFailure(f"{self.name} resigns") from None
                except EngineFailure as failure:
                    raise EngineFailure(f"{self.name} {failure}") from None
        return q

    def moves(self, state: Any) -> Tensor:
        """Its moves in B unfinished positions, `[B]` int64; FORFEIT where it resigned or failed, which is reported."""
        found = torch.full((len(state),), FORFEIT)
        for row, key in enumerate(self._keys(state)):
            if self._failures >= PATIENCE:
                continue
            try:
                found[row] = self._answer(state[row], key)
                self._failures = 0
            except Resigned:
                self._failures = 0
            except (EngineFailure, UsageError) as failure:
                self._failures += 1
                self._report(f"{self.name} forfeits a game of {self.game.name} at ply {int(state.ply[row])}: {failure}")
                if self._failures == PATIENCE:
                    self._report(f"{self.name} failed {PATIENCE} times in a row: it forfeits all its other games")
        return found

    def identity(self) -> str:
        """As `QFunction.identity`."""
        return fingerprint("engine", self.game, {"spec": self.name, "engine": self.engine_name}, {})

    def weights(self) -> dict[str, Tensor]:
        """As `QFunction.weights`: none."""
        return {}

    def end(self) -> None:
        """End the engine; it is started again by the next question."""
        if self._engine is not None:
            self._engine.end()
            self._engine = None

    def _answer(self, position: Any, key: tuple[int, int]) -> int:
        path = self._paths.get(key) if int(position.ply) else []
        if path is None or len(path) != int(position.ply):
            raise UsageError(f"{self.name} follows a game from its first move on: it cannot be asked about a position")
        if self._engine is None:
            self._engine = self._start()
        try:
            return self._engine.answer(path, position)
        except Resigned:
            raise
        except BaseException:
            self.end()
            raise

    def _keys(self, state: Any) -> list[tuple[int, int]]:
        """`Game.key` ignores who is to move, which matters here."""
        return list(zip(self.game.key(state).tolist(), (state.ply % 2).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class EnginePlayer(QPlayer):
    """An outside engine at the board. `act` raises EngineFailure where `act_or_forfeit` gives a game away."""

    engine: EngineQ | None = None

    def follow(self, state: Any, moves: Tensor) -> None:
        """As `game.play.Follower.follow`."""
        assert self.engine is not None
        self.engine.follow(state, moves)

    def act_or_forfeit(self, game: AnyGame, state: Any, generator: torch.Generator) -> Tensor:  # noqa: ARG002 - protocol
        """As `game.play.Forfeiter.act_or_forfeit`, of which the engine needs the position alone."""
        assert self.engine is not None
        return self.engine.moves(state)
