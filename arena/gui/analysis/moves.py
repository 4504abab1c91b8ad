"""The list of moves with what each cost; a click goes to the position after it."""

from __future__ import annotations

import pygame

from arena.gui.analysis import words
from arena.gui.analysis.layout import Layout
from arena.gui.analysis.review import Review
from arena.gui.theme import Theme
from arena.gui.widgets.letters import Letters
from arena.view.grid import Rect

_NUMBER = 0.16  # of the width


class MoveList:
    """A row for each pair of moves: a number, the first player's move and the second's."""

    def __init__(self, review: Review, letters: Letters) -> None:
        self._review = review
        self._letters = letters
        self._first: int | None = None  # row, where somebody has scrolled
        self._followed = -1

    @property
    def revision(self) -> object:
        return self._first

    def scroll(self, rows: int, parts: Layout) -> None:
        self._first = min(max(self._top(parts) + rows, 0), self._last(parts))

    def at(self, point: tuple[int, int], parts: Layout) -> int | None:
        """The move under a pixel, from 0."""
        if parts.moves is None or not parts.moves.contains(point):
            return None
        row = (point[1] - parts.moves.y) // parts.row
        if row >= parts.rows:
            return None
        for move in self._moves_of(self._top(parts) + row):
            if self._place(parts, row, move % 2).contains(point):
                return move
        return None

    def draw(self, surface: pygame.Surface, parts: Layout, theme: Theme, pointer: tuple[int, int] | None) -> None:
        top, hovered = self._top(parts), None if pointer is None else self.at(pointer, parts)
        assert parts.moves is not None
        size = parts.text * 5 // 6
        for row in range(min(parts.rows, self._rows - top)):
            y = parts.moves.y + row * parts.row
            place = Rect(parts.moves.x, y, round(parts.moves.width * _NUMBER), parts.row)
            self._letters.line(surface, place, f"{top + row + 1}.", size, theme.faint_ink, centred=False)
            for move in self._moves_of(top + row):
                self._move(surface, self._place(parts, row, move % 2), theme, move, size, move == hovered)

    def _move(self, surface: pygame.Surface, rect: Rect, theme: Theme, move: int, size: int, hovered: bool) -> None:
        review, letters = self._review, self._letters
        judged, name = review.timeline.moves[move], review.move_names[move]
        ink, faint = theme.ink, theme.faint_ink
        if move == review.table.viewed - 1:
            pygame.draw.rect(surface, theme.accent, rect, border_radius=rect.height // 5)
            ink = faint = theme.on_accent
        elif hovered:
            pygame.draw.rect(surface, theme.button_hover, rect, border_radius=rect.height // 5)
        elif judged.mark:
            faint = theme.bad if judged.is_mistake else theme.warning
        inner = Rect(rect.x + size // 3, rect.y, rect.width - 2 * (size // 3), rect.height)
        letters.line(surface, inner, f"{name}{judged.mark}", size, ink, centred=False)
        cost = words.cost(judged)
        width = letters.width(cost, size)
        if cost and width + letters.width(f"{name}{judged.mark} ", size) <= inner.width:
            letters.line(surface, Rect(inner.right - width, rect.y, width + 1, rect.height), cost, size, faint)

    @property
    def _rows(self) -> int:
        return (len(self._review.move_names) + 1) // 2

    def _moves_of(self, row: int) -> list[int]:
        return [move for move in (2 * row, 2 * row + 1) if move < len(self._review.move_names)]

    def _last(self, parts: Layout) -> int:
        return max(self._rows - parts.rows, 0)

    def _top(self, parts: Layout) -> int:
        """The first row shown: where it was scrolled to, else so that the move shown is seen."""
        viewed = self._review.table.viewed
        if viewed != self._followed:
            self._followed, self._first = viewed, None
        if self._first is None:
            return min(max((viewed - 1) // 2 - parts.rows // 2, 0), self._last(parts))
        return min(self._first, self._last(parts))

    def _place(self, parts: Layout, row: int, seat: int) -> Rect:
        assert parts.moves is not None
        number = round(parts.moves.width * _NUMBER)
        width = (parts.moves.width - number) // 2
        return Rect(parts.moves.x + number + seat * width, parts.moves.y + row * parts.row, width, parts.row)
