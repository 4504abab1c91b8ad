"""The panel beside the board."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from arena.gui.analysis import graph, layout, words
from arena.gui.analysis.layout import Layout
from arena.gui.analysis.moves import MoveList
from arena.gui.analysis.painting import chances_bar
from arena.gui.analysis.review import Hints, Review
from arena.gui.boards.overlay import Overlay
from arena.gui.boards.palette import palette
from arena.gui.context import Context
from arena.gui.panel import Panel
from arena.gui.play.table import Table
from arena.gui.theme import Colour, Theme
from arena.gui.widgets.base import Brush
from arena.gui.widgets.button import Button, draw_button
from arena.gui.widgets.letters import Letters
from arena.view import board
from arena.view.grid import Rect

_SENTENCE, _LINE = 3, 2  # lines of letters


def analysis(context: Context) -> Callable[[Table], Panel]:
    """What a play screen opens by Tab."""
    return lambda table: AnalysisPanel(Review(table), context.letters)


class AnalysisPanel:
    """See `Panel`. Thinks from when it is first opened."""

    def __init__(self, review: Review, letters: Letters) -> None:
        self.review = review
        self._letters = letters
        self._board = board.describe(review.table.session.game)
        self._moves = MoveList(review, letters)
        self._pointer: tuple[int, int] | None = None

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            ("V", "with the analysis: values, truth or nothing on the board"),
            ("N", "with the analysis: the next mistake"),
            ("T", "with the analysis: try again from your last mistake"),
        )

    @property
    def revision(self) -> object:
        return self.review.revision, self._pointer, self._moves.revision

    @property
    def thinking(self) -> bool:
        """It works on something: before long it will show more."""
        return self.review.analyst.thinking

    def opened(self, is_open: bool) -> None:
        if is_open:
            self.review.begin()

    def wants(self, width: int, height: int) -> int:
        return layout.wanted_width(width, height)

    def lists_moves(self, rect: Rect) -> bool:
        return layout.arrange(rect).moves is not None

    def handle(self, event: pygame.event.Event, rect: Rect) -> bool:
        parts = layout.arrange(rect)
        if event.type == pygame.KEYDOWN:
            return self._press(event.key, event.mod)
        if event.type == pygame.MOUSEMOTION:
            self._pointer = event.pos if rect.contains(event.pos) else None
            return self._pointer is not None and self._drag(event, parts)
        if event.type == pygame.WINDOWLEAVE:
            self._pointer = None
            return False
        if event.type == pygame.MOUSEWHEEL:
            if self._pointer is None or parts.moves is None or not parts.moves.contains(self._pointer):
                return False
            self._moves.scroll(-event.y, parts)
            return True
        if event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP) and rect.contains(event.pos):
            if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
                self._click(event.pos, parts)
            return True
        return False

    def update(self, dt: float) -> None:
        self.review.update(dt)

    def overlay(self) -> Overlay | None:
        return self.review.overlay

    def close(self) -> None:
        self.review.close()

    def draw(self, surface: pygame.Surface, rect: Rect, theme: Theme) -> None:
        parts, review, letters = layout.arrange(rect), self.review, self._letters
        seats = self._seats(theme)
        pygame.draw.rect(surface, theme.plate, rect)
        pygame.draw.line(surface, theme.plate_edge, (rect.x, rect.y), (rect.x, rect.bottom))
        self._head(surface, parts, theme)
        chances_bar(surface, letters, parts.bar, review.outlook, review.sides, theme, seats, parts.text)
        self._about(surface, parts, theme)
        found = review.timeline
        if parts.graph is not None:
            hovered = self._pointed_place(parts)
            graph.draw(surface, parts.graph, found, review.table.viewed, theme, seats, hovered)
        letters.sentence(surface, parts.last, review.last_move(), parts.text, theme.ink)
        for seat, place in enumerate(parts.tallies):
            small = parts.text * 5 // 6
            forms = words.tally(review.sides[seat], found.tally(seat))
            text = next((form for form in forms if letters.width(form, small) <= place.width), forms[-1])
            letters.line(surface, place, text, small, theme.faint_ink, centred=False)
        if parts.moves is not None:
            self._moves.draw(surface, parts, theme, self._pointer)
        for place, button in zip(parts.buttons, self._buttons(), strict=True):
            over = self._pointer is not None and place.contains(self._pointer)
            draw_button(Brush(surface, letters, theme, parts.text * 5 // 6), place, button, hovered=over)

    def _head(self, surface: pygame.Surface, parts: Layout, theme: Theme) -> None:
        """What this is, by whom, and whether it goes on."""
        review = self.review
        doing = "thinking" if review.analyst.thinking else "waiting" if review.table.thinker.busy else "done"
        if review.analyst.trouble is not None:
            doing = "stopped"
        self._letters.line(surface, parts.head, f"Analysis by {review.who.name}", parts.text, theme.ink, centred=False)
        width = self._letters.width(doing, parts.text * 5 // 6)
        place = Rect(parts.head.right - width, parts.head.y, width + 1, parts.head.height)
        self._letters.line(surface, place, doing, parts.text * 5 // 6, theme.faint_ink)

    def _about(self, surface: pygame.Surface, parts: Layout, theme: Theme) -> None:
        """The verdict, the best line and how far the search has come, one below the other, each as long as it is."""
        review, letters, place = self.review, self._letters, parts.about
        one, text, small = review.insight, parts.text, parts.text * 5 // 6
        pieces = [(review.sentence(), text, theme.bad if review.analyst.trouble else theme.ink, _SENTENCE)]
        if one is not None and review.analyst.trouble is None:
            names = words.line_of(review.table.session.game, review.state, one.line)
            if names:
                pieces.append((f"Best: {words.in_pairs(names, one.ply)}", text, theme.accent, _LINE))
            pieces.append((words.effort(one), small, theme.faint_ink, 1))
        y = place.y
        for said, size, colour, most in pieces:
            lines = min(len(letters.broken(said, size, place.width)), most)
            height = min(lines * parts.row, place.bottom - y)
            letters.sentence(surface, Rect(place.x, y, place.width, height), said, size, colour)
            y += height + text // 4

    def _buttons(self) -> tuple[Button, ...]:
        review = self.review
        shown = {Hints.VALUES: "values", Hints.TRUTH: "truth", Hints.NONE: "off"}[review.hints]
        return (
            Button((f"Hints: {shown} (V)", f"{shown.capitalize()} (V)", "V"), True, review.hints is not Hints.NONE),
            Button(("Next mistake (N)", "Mistake (N)", "N"), review.timeline.next_mistake(-1) is not None),
            Button(("Try again (T)", "Again (T)", "T"), review.place_to_try is not None),
        )

    def _press(self, key: int, modifiers: int) -> bool:
        commands = {
            pygame.K_v: self.review.next_hints,
            pygame.K_n: self.review.next_mistake,
            pygame.K_t: self.review.try_again,
        }
        if self.review.analyst.trouble is not None:
            commands[pygame.K_a] = self.review.analyst.retry
        if key not in commands or modifiers & (pygame.KMOD_CTRL | pygame.KMOD_ALT | pygame.KMOD_META):
            return False
        commands[key]()
        return True

    def _click(self, point: tuple[int, int], parts: Layout) -> None:
        self._pointer = point
        commands = (self.review.next_hints, self.review.next_mistake, self.review.try_again)
        for button, run in zip(parts.buttons, commands, strict=True):
            if button.contains(point):
                run()
        if (place := self._pointed_place(parts)) is not None:
            self.review.go(place)
        elif (move := self._moves.at(point, parts)) is not None:
            self.review.go(move + 1)

    def _drag(self, event: pygame.event.Event, parts: Layout) -> bool:
        """With the button held down the position shown follows the mouse over the graph."""
        if event.buttons[0] and (place := self._pointed_place(parts)) is not None:
            self.review.go(place)
        return False  # the board has to know that the mouse has left it

    def _pointed_place(self, parts: Layout) -> int | None:
        if self._pointer is None or parts.graph is None or not parts.graph.contains(self._pointer):
            return None
        return graph.place_at(parts.graph, len(self.review.timeline.moves), self._pointer[0])

    def _seats(self, theme: Theme) -> tuple[Colour, Colour]:
        first, second = palette(self._board.kind, theme.dark).pieces
        return first.fill, second.fill
