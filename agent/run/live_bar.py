"""A progress bar on stderr: silent if stderr is not a terminal; rich honours NO_COLOR."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import Progress, ProgressColumn


class LiveBar:
    """One bar of `columns`, as in rich.progress. A context manager: the bar is shown inside it.

    fields: what TextColumns may show as `{task.fields[name]}`. console: other than stderr, for tests.
    """

    def __init__(
        self,
        *columns: ProgressColumn,
        total: float | None = None,
        completed: float = 0,
        expand: bool = False,
        console: Console | None = None,
        **fields: Any,
    ) -> None:
        self.console = console or Console(stderr=True)
        self.shown = self.console.is_terminal
        self._bar = Progress(*columns, console=self.console, disable=not self.shown, expand=expand)
        self._task = self._bar.add_task("", total=total, completed=int(completed), **fields)

    def update(self, *, completed: float | None = None, total: float | None = None, **changes: Any) -> None:
        """Update the numbers, the fields or the `description`."""
        self._bar.update(self._task, completed=completed, total=total, **changes)

    def say(self, text: str) -> None:
        """Print a line above the bar."""
        if self.shown:
            self._bar.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
