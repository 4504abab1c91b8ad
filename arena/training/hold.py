"""One process, with its workers, at a time in a folder of runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import BinaryIO

from agent.store.files import lock, open_to_append
from game.errors import QzeroError


def hold(folder: Path, name: str, patience: float = 10.0) -> BinaryIO:
    """Lock `folder`, created if need be, against other processes until the returned file (`name` in it) is closed.

    Workers inherit the file and with it the lock; `patience` is how many seconds to wait for those of a killed process.
    Raises QzeroError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise QzeroError(f"cannot make the folder {folder}: {error.strerror}") from None
    file = open_to_append(folder / name)
    deadline = time.monotonic() + patience
    while True:
        try:
            lock(file, str(folder))
        except QzeroError:
            if time.monotonic() > deadline:
                file.close()
                raise
            time.sleep(0.1)
        else:
            return file
