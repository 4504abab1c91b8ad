"""Live progress of games on stderr: silent where stderr is no terminal; rich honours NO_COLOR."""

from __future__ import annotations

import time

from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

from agent.run.live_bar import LiveBar
from arena.match.match import Watch


class GamesProgress(LiveBar):
    """A bar of games: how many are finished, elapsed time, games a second, time left, and who plays.

    Unfinished games count by the share of them that has been played: games played in one batch all finish late.
    """

    def __init__(self, games: int) -> None:
        super().__init__(
            BarColumn(12),
            TextColumn("{task.fields[finished]:,} of {task.total:,} games"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[speed]}"),
            TextColumn("{task.description}"),
            total=games,
            finished=0,
            speed="",
        )
        self._games = games
        self._finished = self._played = self._chunk = 0
        self._began = time.monotonic()

    def chunk(self, text: str, games: int) -> Watch:
        """Start a batch of `games`; call what this returns with their progress."""
        self._chunk = games
        self.update(description=text)
        return self._watch

    def report(self, done: int, games: int, _: str) -> None:
        """`done` of `games` in all are finished."""
        self._games = games
        self._finished, self._played, self._chunk = done, self._played + self._chunk, 0
        self._show(done, done, self._played)

    def _watch(self, finished: int, share: float) -> None:
        part = share * self._chunk
        self._show(self._finished + finished, self._finished + part, self._played + part)

    def _show(self, finished: int, reached: float, played: float) -> None:
        """`played`: games played by this process, which alone tell its speed."""
        seconds = time.monotonic() - self._began
        speed = played / seconds if seconds else 0.0
        left = round((self._games - reached) / speed) if speed else 0
        rate = f"{speed:,.1f}" if speed >= 1 else f"{speed:.2g}"
        text = f"{rate}/s, {left // 3600}:{left // 60 % 60:02}:{left % 60:02} left" if speed else ""
        self.update(completed=reached, total=self._games, finished=finished, speed=text)
