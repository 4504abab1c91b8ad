"""Watches a run in the background: its metrics, its newest checkpoint, what that thinks, and games it would play."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.play.qfunction import QFunction
from agent.run.train import KEPT
from agent.store.checkpoint import CONFIG, MODEL, load
from agent.store.files import CheckpointError, ReadError
from arena.failure import in_words
from arena.watch.log import Curve, Log
from arena.watch.opinion import Opinion, opinion_of
from arena.watch.wall import Tile, Wall
from game.core import AnyGame
from game.errors import UsageError
from game.registry import make

BOARDS = 12
_LOOK = 2.0  # seconds between looks at the folder
_MOVE = 0.7  # seconds between moves on the wall
_MOST_OPINIONS = 400
_MOST_KEPT = 12  # checkpoints of the past that are asked for their opinion


@dataclass(frozen=True, slots=True)
class News:
    """What is known of the run now.

    tiles:    the wall of boards. results: its finished games, won by the first player, drawn, won by the second.
    opinions: of the opening, oldest first; the last is of the newest checkpoint.
    trouble:  what could not be read at the last look, in a sentence.
    quiet:    seconds since the folder last changed.
    """

    moves: int = 0
    planned: int | None = None
    seconds: float = 0.0
    moves_per_second: float | None = None
    games: int = 0
    strength: tuple[Curve, ...] = ()
    speed: Curve | None = None
    tiles: tuple[Tile, ...] = ()
    results: tuple[int, int, int] = (0, 0, 0)
    opinions: tuple[Opinion, ...] = ()
    trouble: str | None = None
    quiet: float = 0.0

    @property
    def finished(self) -> bool:
        return self.planned is not None and self.moves >= self.planned > 0


class RunWatch:
    """One run. Nothing is ever written to its folder, and no lock is taken: training does not notice.

    Raises UsageError where there is no run. clock: seconds since 1970, as files have them.
    """

    def __init__(self, folder: Path, boards: int = BOARDS, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.game: AnyGame = _game_of(folder)
        self.paused = False
        self._clock = clock
        self._log = Log(folder)
        self._log.update()
        self._wall = Wall(self.game, boards)
        self._q: QFunction | None = None
        self._loaded = -1  # when the model that is loaded was written, in nanoseconds
        self._opinions: dict[int, Opinion] = {}
        self._asked: set[Path] = set()
        self._news = News()
        self._revision = 0
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def news(self) -> News:
        return self._news

    @property
    def revision(self) -> int:
        return self._revision

    def start(self) -> None:
        """Watch in a thread until `close`."""
        self._thread = threading.Thread(target=self._run, name="watch")
        self._thread.start()

    def close(self, patience: float = 2.0) -> bool:
        self._closed.set()
        if self._thread is not None:
            self._thread.join(patience)
        return self._thread is None or not self._thread.is_alive()

    def look(self) -> None:
        """Read what is new in the folder."""
        trouble = None
        try:
            self._log.update()
            self._load()
            self._ask_one_kept()
        except (UsageError, CheckpointError, ReadError, OSError, MemoryError) as error:
            told = in_words(error)
            trouble = told[0] if told else str(error)
        self._tell(trouble)

    def move(self) -> None:
        """One move on every board of the wall, by the newest checkpoint."""
        if self._q is not None:
            self._wall.step(self._q)
            won, drawn, lost = self._wall.results
            self._publish(replace(self._news, tiles=self._wall.tiles, results=(won, drawn, lost)))

    def _run(self) -> None:
        looked = moved = -1e9
        while not self._closed.is_set() and threading.main_thread().is_alive():
            now = time.monotonic()
            try:
                if now - looked >= _LOOK:
                    looked = now
                    self.look()
                if now - moved >= _MOVE and not self.paused:
                    moved = now
                    self.move()
            except BaseException as error:  # the window tells, and the rest goes on
                self._publish(replace(self._news, trouble=str(error) or type(error).__name__))
            self._closed.wait(0.05)

    def _load(self) -> None:
        """The newest model, if it was written since the last look."""
        file = self.folder / MODEL
        written = file.stat().st_mtime_ns
        if written == self._loaded:
            return
        found = load(file, self.game)
        self._loaded, self._q = written, found.q_function
        moves = _count(found.record.get("moves"))
        self._opinions[moves] = opinion_of(found.q_function, moves, written / 1e9)
        if len(self._opinions) > _MOST_OPINIONS:  # every second goes, but the newest stays
            for old in sorted(self._opinions)[-2::-2]:
                del self._opinions[old]

    def _ask_one_kept(self) -> None:
        """The opinion of one more checkpoint that the run kept (train --keep), the newest ones first."""
        kept = sorted((self.folder / KEPT).glob("*.safetensors"), reverse=True)[:_MOST_KEPT]
        path = next((one for one in kept if one not in self._asked), None)
        if path is None:
            return
        self._asked.add(path)
        found = load(path, self.game)
        moves = _count(found.record.get("moves"))
        if moves not in self._opinions:
            self._opinions[moves] = opinion_of(found.q_function, moves, path.stat().st_mtime)

    def _tell(self, trouble: str | None) -> None:
        log, last = self._log, self._log.last
        changed = max((path.stat().st_mtime for path in (log.path, self.folder / MODEL) if path.exists()), default=0.0)
        self._publish(
            replace(
                self._news,
                moves=log.moves,
                planned=log.planned,
                seconds=float(last.get("seconds") or 0.0),
                moves_per_second=last.get("moves_per_second"),
                games=_count(last.get("games")),
                strength=tuple(curve.copy() for curve in log.strength.values()),
                speed=log.speed.copy(),
                tiles=self._wall.tiles,
                opinions=tuple(self._opinions[moves] for moves in sorted(self._opinions)),
                trouble=trouble,
                quiet=max(self._clock() - changed, 0.0),
            )
        )

    def _publish(self, news: News) -> None:
        self._news = news
        self._revision += 1


def _game_of(folder: Path) -> AnyGame:
    config = folder / CONFIG
    try:
        record: Any = json.loads(config.read_text(encoding="utf-8"))
        return make(str(record["game"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{folder} is no run: expected the folder of one made by qzero train, with its {CONFIG}"
        ) from None


def _count(value: Any) -> int:
    return value if isinstance(value, int) else 0
