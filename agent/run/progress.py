"""Live progress of a training run on stderr: silent where stderr is no terminal; rich honours NO_COLOR."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from agent.play.qfunction import QFunction
from agent.run.strength import Strength, read_strength
from agent.run.train import Judge, Training


@contextmanager
def working(text: str) -> Iterator[None]:
    """Says `text` while something of unknown length goes on."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(text):
        yield


class Progress:
    """A bar with speed, loss and time left; a line above it whenever strength was measured."""

    def __init__(self, run: Training) -> None:
        self._run = run
        self._loss: float | None = None
        self._bar = Bar(
            TextColumn(run.config.game),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            disable=not Console(stderr=True).is_terminal,
            expand=True,
        )
        self._task = self._bar.add_task("train", total=run.total, completed=run.moves, text=run.kind.beginning)
        if run.judge is not None and not self._bar.disable:
            run.judge = _Telling(run.judge, self._measuring)

    def report(self, line: dict[str, Any]) -> None:
        """Show one line of metrics."""
        if self._bar.disable:
            return
        if line["loss"] is not None:  # games that are only put aside leave the last one standing
            self._loss = line["loss"]
        # A run ends with a whole generation: a few moves more than were planned are no more than all.
        total = max(line["planned"], line["moves"])
        text = f"{_short(line['moves'], total)} moves, {line['moves_per_second']:,.0f}/s{self._loss_text()}"
        self._bar.update(self._task, completed=line["moves"], total=total, text=text)
        if "strength" in line:
            self._bar.console.print(_described(line, self._loss_text()), highlight=False)

    def _loss_text(self) -> str:
        return "" if self._loss is None else f", loss {self._loss:.3f}"

    def _measuring(self) -> None:
        self._bar.update(self._task, text="measuring strength")

    def __enter__(self) -> Self:
        self._bar.start()
        if not self._bar.disable:
            self._bar.console.print(f"the run is in {self._run.folder}", highlight=False)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()


class _Telling:
    """A judge that says when it begins."""

    def __init__(self, judge: Judge, tell: Any) -> None:
        self._judge = judge
        self._tell = tell

    def __call__(self, q: QFunction, final: bool) -> Strength:
        self._tell()
        return self._judge(q, final)

    def watch(self, q: QFunction) -> float:
        self._tell()
        return self._judge.watch(q)


def _short(done: int, total: int) -> str:
    """Both in one unit: "12.3 of 60.0 million", "420 of 9,000"."""
    if total < 1_000_000:
        return f"{done:,} of {total:,}"
    return f"{done / 1e6:.1f} of {total / 1e6:.1f} million"


def _described(line: dict[str, Any], loss: str) -> str:
    """One line of metrics for people."""
    strength = [
        f"{name.removeprefix('score ')} {100 * found.value:.1f} %{found.record}"
        for name, found in read_strength(line["strength"]).items()
    ]
    spread = f", spread {line['spread']:.3f}" if "spread" in line else ""
    return (
        f"{line['seconds']:5.0f} s  {line['moves_per_second']:,.0f} moves/s, "
        f"{100 * line['share_self_play']:.0f} % self-play and {100 * line['share_learning']:.0f} % learning, "
        f"{line['games']:,} games, mean length {line['mean_length']:.1f}{loss}{spread}\n"
        f"         {', '.join(strength)}"
    )
