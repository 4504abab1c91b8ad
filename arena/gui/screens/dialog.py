"""A plate in front of a screen with a few widgets below each other: questions, menus, settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pygame

from arena.gui.context import Context
from arena.gui.screens.modal import Modal
from arena.gui.screens.stack import Screen
from arena.gui.widgets.base import Brush, Widget, text_height
from arena.gui.widgets.button import PushButton
from arena.gui.widgets.form import Form
from arena.view.grid import Rect

_WIDTH = 28  # of the plate, in heights of letters


class Dialog(Modal):
    """rows: (what stands before a widget, the widget). keys: what else a key does, before the widgets see it.

    Esc, or a click beside the plate, closes it.
    """

    def __init__(
        self,
        context: Context,
        below: Screen,
        title: str,
        text: str,
        rows: Sequence[tuple[str, Widget]],
        keys: Mapping[int, Callable[[], None]] | None = None,
    ) -> None:
        super().__init__(context, below)
        self.title = title
        self.text = text
        self.labels = [label for label, _ in rows]
        self._keys = {} if keys is None else dict(keys)
        self._size = (1, 1)
        names = [str(number) for number in range(len(rows))]
        widgets = dict(zip(names, (widget for _, widget in rows), strict=True))
        self.form = Form(widgets, self._places, names[0])

    def content(self) -> Any:
        return self.title, self.text, self.form.state

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE:
            self.context.pop()
        elif event.type == pygame.KEYDOWN and event.key in self._keys and not event.mod & pygame.KMOD_CTRL:
            self._keys[event.key]()
        elif not self.form.handle(event):
            if event.type == pygame.KEYDOWN and event.key in (pygame.K_UP, pygame.K_DOWN):
                self.form.step(-1 if event.key == pygame.K_UP else 1)
            elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1 and not self._plate().contains(event.pos):
                self.context.pop()

    def place_of(self, number: int) -> Rect:
        """Where the widget of this row is."""
        return self._places()[str(number)]

    def draw(self, surface: pygame.Surface) -> bool:
        self._size = surface.get_size()
        return super().draw(surface)

    def paint(self, surface: pygame.Surface) -> None:
        theme, letters, text, plate = self.context.theme, self.context.letters, self._text(), self._plate()
        pygame.draw.rect(surface, theme.plate, plate, border_radius=text)
        pygame.draw.rect(surface, theme.accent, plate, 2, border_radius=text)
        inner = plate.inset(text)
        place = Rect(inner.x, inner.y, inner.width, text * 3 // 2)
        letters.line(surface, place, self.title, text + text // 4, theme.ink, centred=False)
        for number, line in enumerate(self._lines()):
            place = Rect(inner.x, inner.y + text * 2 + number * text * 3 // 2, inner.width, text * 3 // 2)
            letters.line(surface, place, line, text, theme.faint_ink, centred=False)
        places = self._places()
        for number, label in enumerate(self.labels):
            rect = places[str(number)]
            if label:
                place = Rect(inner.x, rect.y, rect.x - inner.x, rect.height)
                letters.line(surface, place, label, text, theme.ink, centred=False)
        self.form.draw(Brush(surface, letters, theme, text))

    def _text(self) -> int:
        """As in the window, smaller where not everything would fit."""
        width, height = self._size
        text = text_height(min(width, height))
        while text > 7 and (self._height(text) > height or (self._width(text) > width and text > 11)):
            text -= 1
        return text

    def _width(self, text: int) -> int:
        return _WIDTH * text

    def _height(self, text: int) -> int:
        lines = len(self.context.letters.broken(self.text, text, min(self._width(text), self._size[0]) - 2 * text))
        return text * 2 + text * 2 + lines * text * 3 // 2 + len(self.labels) * text * 5 // 2 + text // 2

    def _lines(self) -> tuple[str, ...]:
        text = self._text()
        return self.context.letters.broken(self.text, text, min(self._width(text), self._size[0]) - 2 * text)

    def _plate(self) -> Rect:
        text = self._text()
        width, height = min(self._width(text), self._size[0]), min(self._height(text), self._size[1])
        return Rect((self._size[0] - width) // 2, (self._size[1] - height) // 2, width, height)

    def _places(self) -> dict[str, Rect]:
        text, inner = self._text(), self._plate().inset(self._text())
        top = inner.y + text * 2 + len(self._lines()) * text * 3 // 2 + text // 2
        found = {}
        for number, label in enumerate(self.labels):
            x = inner.x + (inner.width * 2 // 5 if label else 0)
            found[str(number)] = Rect(x, top + number * text * 5 // 2, inner.right - x, text * 2)
        return found


def question(
    context: Context, below: Screen, title: str, text: str, yes: str, run: Callable[[], None], no: str
) -> Dialog:
    """Asks before `run`: Return or Y runs it, Esc or N does not."""

    def agree() -> None:
        context.pop()
        run()

    rows = [("", PushButton((f"{yes} (Return)", yes), agree)), ("", PushButton((f"{no} (Esc)", no), context.pop))]
    return Dialog(context, below, title, text, rows, {pygame.K_y: agree, pygame.K_n: context.pop})


def menu(
    context: Context, below: Screen, title: str, entries: Sequence[tuple[str, Callable[[], None], bool]]
) -> Dialog:
    """entries: (what it says, what it does, whether it can be chosen now). Choosing one closes the menu."""

    def entry(words: str, run: Callable[[], None], enabled: bool) -> PushButton:
        def choose() -> None:
            context.pop()
            run()

        return PushButton((words,), choose, lambda: enabled)

    rows = [("", entry(*one)) for one in entries]
    return Dialog(context, below, title, "", [*rows, ("", PushButton(("Back (Esc)",), context.pop))])
