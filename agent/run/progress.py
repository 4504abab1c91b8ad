"""Live progress of a training run on stderr: silent if stderr is not a terminal; rich honours NO_COLOR."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeRemainingColumn

from agent.play.qfunction import QFunction
from agent.ranks.ranks import here
from agent.run.gate import Verdict
from agent.run.live_bar import LiveBar
from agent.run.strength import Strength, read_strength
from agent.run.train import Judge, Training


@contextmanager
def working(text: str) -> Iterator[None]:
    """Show `text` during something of unknown duration."""
    console = Console(stderr=True)
    if not console.is_terminal or not here().first:
        yield
        return
    with console.status(text):
        yield


class Progress(LiveBar):
    """A bar with speed, loss and time left; a line above it whenever strength was measured."""

    def __init__(self, run: Training) -> None:
        super().__init__(
            TextColumn(run.config.game),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(compact=True),
            total=run.total,
            completed=run.moves,
            expand=True,
            text=run.kind.beginning,
        )
        self._run = run
        self._loss: float | None = None
        if run.judge is not None and self.shown:
            run.judge = _Telling(run.judge, self._measuring)

    def report(self, line: dict[str, Any]) -> None:
        """Show one line of metrics."""
        if not self.shown:
            return
        if line["loss"] is not None:  # without a new loss, as for games that are only stored, the last one stays
            self._loss = line["loss"]
        # A run ends with a whole generation, so a few moves more than planned.
        self.update(
            completed=line["moves"], total=max(line["planned"], line["moves"]), text=how_far(line) + self._loss_text()
        )
        if "strength" in line:
            self.say(described(line, self._loss_text()))

    def _loss_text(self) -> str:
        return "" if self._loss is None else f", loss {self._loss:.3f}"

    def _measuring(self) -> None:
        self.update(text="measuring strength")

    def __enter__(self) -> Self:
        super().__enter__()
        self.say(f"the run is in {self._run.folder}")
        if note := self._run.learner.note:
            self.say(note)
        return self


class _Telling:
    """A judge that reports when it starts."""

    def __init__(self, judge: Judge, tell: Any) -> None:
        self._judge = judge
        self._tell = tell

    def __call__(self, q: QFunction, final: bool) -> Strength:
        self._tell()
        return self._judge(q, final)

    def watch(self, q: QFunction) -> float:
        self._tell()
        return self._judge.watch(q)

    def stronger(self, q: QFunction, best: QFunction, number: int) -> Verdict:
        self._tell()
        return self._judge.stronger(q, best, number)


def how_far(line: dict[str, Any]) -> str:
    """Moves and speed of one line of metrics: "12.3 of 60.0 million moves, 480,000/s", "420 of 9,000 moves, ..."."""
    done, total = line["moves"], max(line["planned"], line["moves"])
    both = f"{done:,} of {total:,}" if total < 1_000_000 else f"{done / 1e6:.1f} of {total / 1e6:.1f} million"
    return f"{both} moves, {line['moves_per_second']:,.0f}/s"


def described(line: dict[str, Any], loss: str = "") -> str:
    """One line of metrics with strength for people; `loss` as in ", loss 0.031"."""
    strength = [
        f"{name.removeprefix('score ')} {100 * found.value:.1f} %{found.record}"
        for name, found in read_strength(line["strength"]).items()
    ]
    if "gate" in line:
        strength.append("the best so far" if line["gate"]["passed"] else "not better than the best so far")
    spread = f", spread {line['spread']:.3f}" if "spread" in line else ""
    return (
        f"{line['seconds']:5.0f} s  {line['moves_per_second']:,.0f} moves/s, "
        f"{100 * line['share_self_play']:.0f} % self-play and {100 * line['share_learning']:.0f} % learning, "
        f"{line['games']:,} games, mean length {line['mean_length']:.1f}{loss}{spread}\n"
        f"         {', '.join(strength)}"
    )
