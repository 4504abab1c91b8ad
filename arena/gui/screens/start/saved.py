"""The list of saved games: choose one to go on with, or to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pygame

from arena.gui.background import Background
from arena.gui.context import Context
from arena.gui.screens.dialog import question
from arena.gui.screens.modal import Modal
from arena.gui.screens.stack import Screen
from arena.gui.widgets.base import Brush, Widget, across, text_height
from arena.gui.widgets.button import PushButton
from arena.gui.widgets.form import Form
from arena.gui.widgets.rows import Row, Rows
from arena.view.grid import Rect

_EMPTY = "No game was saved yet. While you play, Ctrl+S saves a game."


class SavedScreen(Modal):
    """entries: (file, title, note, whether it can be opened). load: in a thread; what it returns makes the screen.

    opened: gets the new screen once this list is closed.
    """

    def __init__(
        self,
        context: Context,
        below: Screen,
        entries: Callable[[], list[tuple[Path, str, str, bool]]],
        load: Callable[[Path], Callable[[], Screen]],
        opened: Callable[[Screen], None],
        delete: Callable[[Path], None],
    ) -> None:
        super().__init__(context, below)
        self._read, self._load, self._opened, self._delete = entries, load, opened, delete
        self._entries = entries()
        self._size = (1, 1)
        self._message = ""
        self._loading: Background[Callable[[], Screen]] | None = None
        self._rows = Rows(
            [Row(title, note) for _, title, note, _ in self._entries], 0, activated=self._open, empty=_EMPTY
        )
        widgets: dict[str, Widget] = {
            "games": self._rows,
            "open": PushButton(("Open (Return)", "Open"), self._open, lambda: bool(self._entries)),
            "delete": PushButton(("Delete (Del)", "Delete"), self._ask_to_remove, lambda: bool(self._entries)),
            "back": PushButton(("Back (Esc)", "Back"), context.pop),
        }
        self.form = Form(widgets, self._places, "games")

    def content(self) -> Any:
        return self.form.state, self._message, self._loading is not None

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
            self.context.pop()
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_DELETE:
            self._ask_to_remove()
        else:
            self.form.handle(event)

    def update(self, dt: float) -> None:
        super().update(dt)
        if self._loading is not None and self._loading.done and self.context.stack.top is self:
            loading, self._loading = self._loading, None
            if loading.error is not None:
                self._message = str(loading.error) or type(loading.error).__name__
            else:
                self.context.pop()
                self._opened(loading.result())

    def draw(self, surface: pygame.Surface) -> bool:
        self._size = surface.get_size()
        return super().draw(surface)

    def paint(self, surface: pygame.Surface) -> None:
        theme, letters, text, plate = self.context.theme, self.context.letters, self._text(), self._plate()
        pygame.draw.rect(surface, theme.paper, plate, border_radius=text)
        pygame.draw.rect(surface, theme.accent, plate, 2, border_radius=text)
        inner = plate.inset(text)
        place = Rect(inner.x, inner.y, inner.width, text * 3 // 2)
        letters.line(surface, place, "Saved games", text + text // 4, theme.ink, centred=False)
        self.form.draw(Brush(surface, letters, theme, text))
        said = "Loading..." if self._loading is not None else self._message
        buttons = self._places()["open"]
        below = Rect(inner.x, buttons.y - text * 3 // 2, inner.width, text)
        letters.line(surface, below, said, text, theme.ink, centred=False)

    def _open(self) -> None:
        if self._loading is not None or not self._entries:
            return
        path, _, note, good = self._entries[self._rows.index]
        if good:
            self._loading = Background(lambda: self._load(path))
        else:
            self._message = note

    def _ask_to_remove(self) -> None:
        if self._entries and self._loading is None:
            path, title, note, _ = self._entries[self._rows.index]
            text = f"{title}, {note}: its file is removed for good."
            self.context.push(
                question(self.context, self, "Delete this game?", text, "Delete", lambda: self._remove(path), "Keep it")
            )

    def _remove(self, path: Path) -> None:
        at = self._rows.index
        self._delete(path)
        self._entries = self._read()
        rows = [Row(title, note) for _, title, note, _ in self._entries]
        self._rows.offer(rows, max(min(at, len(rows) - 1), 0))

    def _text(self) -> int:
        return text_height(min(self._size[0] * 3 // 4, self._size[1]))

    def _plate(self) -> Rect:
        width, height = self._size
        wide = min(width, max(width * 2 // 3, 40 * self._text()))
        tall = min(height, max(height * 5 // 6, 20 * self._text()))
        return Rect((width - wide) // 2, (height - tall) // 2, wide, tall)

    def _places(self) -> dict[str, Rect]:
        text = self._text()
        inner = self._plate().inset(text)
        line = Rect(inner.x, inner.bottom - 2 * text, inner.width, 2 * text)
        top = inner.y + 2 * text
        rows = Rect(inner.x, top, inner.width, max(line.y - 2 * text - top, text))
        return {"games": rows} | dict(zip(("open", "delete", "back"), across(line, 3, text // 2), strict=True))
