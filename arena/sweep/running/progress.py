"""Live progress of a sweep on stderr: silent where stderr is no terminal; rich honours NO_COLOR."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, TextColumn

from agent.run.live_bar import LiveBar
from arena.sweep.estimate import in_words
from arena.sweep.running.state import FAILED, Run


class Progress(LiveBar):
    """A bar with runs done and time left; a line above it for each run that ended."""

    def __init__(self, name: str, console: Console | None = None) -> None:
        super().__init__(TextColumn(name), BarColumn(), TextColumn("{task.fields[text]}"), console=console, text="")

    def runs(self, done: int, total: int, partly: float, rehearsals: int, left: float | None) -> None:
        text = f"{done} of {total} runs"
        if rehearsals:
            text += f", {rehearsals} to rehearse"
        if left is not None and done < total:
            text += f", about {in_words(left)} left"
        self.update(completed=done + partly, total=total, text=text)

    def ended(self, name: str, run: Run) -> None:
        if run.status == FAILED:
            text = f"failed: {run.message}"
        else:
            strength = ", ".join(
                f"{measure} {100 * found.value:.1f} %{found.record}" for measure, found in run.strength.items()
            )
            text = f"{run.moves:,} moves in {run.seconds:.1f} s; {strength}"
        self.say(f"{name}: {text}")
