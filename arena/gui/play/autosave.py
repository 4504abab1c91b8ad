"""Keeps the game under way in a file, so that it outlives the window and a crash. No pygame here."""

from __future__ import annotations

import contextlib
import io
import os
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from agent.store.files import BusyError, lock
from arena.gui.background import Background
from arena.gui.play.saved import GameFileError, SavedGame, history_of, read_game, saved_game, write_game
from arena.gui.settings import data_folder
from arena.view.session import Session
from game.errors import QzeroError

_PREFIX = "unfinished-"


class Autosave:
    """Writes beside the event loop after each change; a game that is over is no longer kept.

    path: of the file; a name of its own in `folder` (default: the user's) unless one that was kept before goes on, and
    no other window goes on with it, nor has done so since the session's game was read from it.
    loaded: the game comes from a file as it stands: there is nothing to keep until it changes.
    """

    def __init__(
        self, session: Session, folder: Path | None = None, path: Path | None = None, loaded: bool = False
    ) -> None:
        self._session = session
        where = data_folder() if folder is None else folder
        self._held = None if path is None else _hold(path)
        if self._held is not None and path is not None and not _is_of(path, session):
            forget(_lock_of(path))
            self._held.close()
            self._held = None
        if path is None or self._held is None:
            self.path = where / f"{_PREFIX}{time.time_ns() // 1_000_000}-{os.getpid()}.json"
            self._held = _hold(self.path)
        else:
            self.path = path
        if self._held is not None:
            weakref.finalize(self, self._held.close)
        self._kept: object = self._now() if loaded or path is not None else None
        self._writing: Background[None] | None = None
        self.trouble: str | None = None  # why the game cannot be kept

    def update(self) -> None:
        """Once a turn of the event loop. Never waits."""
        if self._writing is not None and not self._writing.done:
            return
        self._look_at_result()
        now = self._now()
        if now != self._kept:
            self._kept = now
            work = self._work()
            self._writing = Background(work, "autosave")

    def close(self) -> None:
        """Keep the game as it stands, and wait until that is done."""
        if self._writing is not None:
            self._writing.wait()
            self._look_at_result()
        if self._now() != self._kept:
            self._kept = self._now()
            try:
                self._work()()
            except QzeroError as error:
                self.trouble = str(error)
        if self._held is not None:
            forget(_lock_of(self.path))  # while it is held, lest another window's is removed
            self._held.close()

    def _now(self) -> object:
        session = self._session
        return tuple(session.history.actions), id(session.history.states[0]), session.over, session.seats

    def _work(self) -> Callable[[], None]:
        if self._session.over or not self._session.history.actions:
            return lambda: forget(self.path)
        saved = saved_game(self._session)
        return lambda: write_game(self.path, saved)

    def _look_at_result(self) -> None:
        if self._writing is not None:
            error, self._writing = self._writing.error, None
            self.trouble = None if error is None else str(error)


def _lock_of(path: Path) -> Path:
    return path.with_suffix(".lock")


def _hold(path: Path) -> BinaryIO | None:
    """What keeps other windows from going on with the game of this file, until it is closed; None if one does.

    Where nothing can be locked, nothing keeps them from it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = _lock_of(path).open("ab")
    except OSError:
        return io.BytesIO()
    try:
        lock(file, path.name)
        if not os.path.samestat(_lock_of(path).stat(), os.fstat(file.fileno())):
            raise BusyError("whoever held it has removed it")
    except (BusyError, FileNotFoundError):
        file.close()
        return None
    return file


def _is_of(path: Path, session: Session) -> bool:
    """The file has the session's game as it stands."""
    try:
        kept = read_game(path)
    except GameFileError:
        return False
    now = saved_game(session)
    return (kept.game, kept.start, kept.moves) == (now.game, now.start, now.moves)


def forget(path: Path) -> None:
    """Remove the file of a game that need not be kept."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def is_autosave(path: Path) -> bool:
    """Whether the window keeps this file, and may remove it; every other one was saved by a person."""
    return path.name.startswith(_PREFIX) and path.parent.absolute() == data_folder().absolute()


def saved_games(folder: Path | None = None) -> list[tuple[Path, SavedGame | GameFileError]]:
    """All games in `folder` (default: the user's), the last saved first; what is damaged with what is wrong."""
    return _read("", folder)


def unfinished(folder: Path | None = None) -> tuple[Path, SavedGame] | None:
    """The last game that was left in the middle and can go on."""
    for path, saved in _read(_PREFIX, folder):
        if isinstance(saved, SavedGame) and saved.result is None:
            with contextlib.suppress(GameFileError):
                history_of(saved)
                return path, saved
    return None


def _read(prefix: str, folder: Path | None) -> list[tuple[Path, SavedGame | GameFileError]]:
    """The games in files whose names begin so, the last saved first."""
    where = data_folder() if folder is None else folder
    found: list[tuple[float, Path, SavedGame | GameFileError]] = []
    try:
        files = [path for path in where.iterdir() if path.suffix == ".json" and path.name.startswith(prefix)]
    except OSError:
        return []
    for path in files:
        try:
            at = path.stat().st_mtime
        except OSError:
            continue
        try:
            found.append((at, path, read_game(path)))
        except GameFileError as error:
            found.append((at, path, error))
    found.sort(key=lambda one: one[:2], reverse=True)
    return [(path, saved) for _, path, saved in found]
