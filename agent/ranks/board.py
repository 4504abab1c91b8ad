"""Processes of one launch that work apart, and leave each other messages: by the store where they have met."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from agent.ranks.joining import LostError, meet
from agent.ranks.place import Place, place

_LOOK_EVERY = 0.2  # seconds
Message = dict[str, Any]


class Board:
    """Messages between the first rank and the others, each read once and in order. Texts of JSON, few a second."""

    def __init__(self, own: Place, store: Any) -> None:
        self.rank, self.size = own.rank, own.size
        self._store = store
        self._sent = [0] * own.size  # to each other, by the first
        self._read = 0

    @property
    def first(self) -> bool:
        return self.rank == 0

    def tell(self, rank: int, message: Message) -> None:
        """From the first rank to one of the others."""
        self._act(lambda: self._store.set(f"to {rank} {self._sent[rank]}", json.dumps(message)))
        self._sent[rank] += 1

    def told(self) -> Message | None:
        """The next message from the first rank; None if there is none yet."""
        return self._next(f"to {self.rank}")

    def answer(self, message: Message) -> None:
        """From one of the others to the first rank, with its number as "rank"."""

        def send() -> None:
            number = self._store.add("answers", 1) - 1
            self._store.set(f"from {number}", json.dumps({**message, "rank": self.rank}))

        self._act(send)

    def heard(self) -> Message | None:
        """The next message to the first rank; None if there is none yet."""
        return self._next("from")

    def done(self) -> None:
        """Say so; the first rank waits until all have, whatever time they take."""
        if not self.first:
            self.answer({"done": True})
            return
        done = 1
        while done < self.size:
            if self.heard():
                done += 1
            else:
                time.sleep(_LOOK_EVERY)

    def after_first(self) -> None:
        """In the others: wait until the first one says `go`."""
        while self.told() is None:
            time.sleep(_LOOK_EVERY)

    def go(self) -> None:
        """In the first: let the others go on that wait for it."""
        for rank in range(1, self.size):
            self.tell(rank, {"go": True})

    def _next(self, whose: str) -> Message | None:
        key = f"{whose} {self._read}"

        def read() -> Message | None:
            if not self._store.check([key]):
                return None
            found: Message = json.loads(self._store.get(key))
            self._store.delete_key(key)
            return found

        message: Message | None = self._act(read)
        self._read += message is not None
        return message

    def _act(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except RuntimeError:
            raise LostError(
                f"rank {self.rank} of {self.size} has lost the others: give the same command again to go on"
            ) from None


def board(command: Mapping[str, object], patience: float = 600.0) -> Board | None:
    """Where the ranks of this launch leave messages, once all are here; None for a process by itself.

    command, patience: as in `joining.join`.
    """
    own = place()
    if own.size == 1:
        return None
    store = meet(own, command, patience, "cpu")
    store.set_timeout(timedelta(seconds=patience))
    return Board(own, store)
