"""Live progress of a sweep on stderr: silent where stderr is no terminal; rich honours NO_COLOR."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from arena.sweep.estimate import in_words
from arena.sweep.running.state import FAILED, Run


class Progress:
    """A bar with runs done and time left; a line above it for each run that ended."""

    def __init__(self, name: str, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        self._bar = Bar(
            TextColumn(name),
            BarColumn(),
            TextColumn("{task.fields[text]}"),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("sweep", total=None, text="")

    def update(self, done: int, total: int, partly: float, rehearsals: int, left: float | None) -> None:
        text = f"{done} of {total} runs"
        if rehearsals:
            text += f", {rehearsals} to rehearse"
        if left is not None and done < total:
            text += f", about {in_words(left)} left"
        self._bar.update(self._task, completed=done + partly, total=total, text=text)

    def ended(self, name: str, run: Run) -> None:
        if self._bar.disable:
            return
        if run.status == FAILED:
            text = f"failed: {run.message}"
        else:
            strength = ", ".join(
                f"{measure} {100 * found.value:.1f} %{found.record}" for measure, found in run.strength.items()
            )
            text = f"{run.moves:,} moves in {run.seconds:.1f} s; {strength}"
        self._bar.console.print(f"{name}: {text}", highlight=False, markup=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
