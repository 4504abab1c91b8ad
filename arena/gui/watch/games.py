"""The games of a tournament: a list beside the board; each can be leafed through, and analysed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pygame

from arena.gui.analysis.layout import wanted_width
from arena.gui.boards.overlay import Overlay
from arena.gui.panel import Panel
from arena.gui.play.table import Table
from arena.gui.theme import Theme
from arena.gui.widgets.base import text_height
from arena.gui.widgets.letters import Letters
from arena.match.records.read import Record
from arena.view.board import Cell
from arena.view.grid import Rect
from game.core import AnyGame
from game.notation import parse_moves


class Replay(Table):
    """A table that shows games that were played: nobody makes a move."""

    def __init__(self, game: AnyGame, records: Sequence[Record]) -> None:
        super().__init__(game, (None, None))
        self.records = records
        self.chosen = 0
        self.choose(0)

    @property
    def record(self) -> Record:
        return self.records[self.chosen]

    def choose(self, number: int) -> None:
        """Show this game, from its start."""
        self.chosen = min(max(number, 0), len(self.records) - 1)
        self.session.load(parse_moves(self.session.game, self.record.row.moves))
        self.session.names = (self.record.first, self.record.second)
        self._begin_anew()
        self.view(0)

    @property
    def status(self) -> str:
        if self._message is not None:
            return self._message
        one, made = self.record, len(self.session.history.actions)
        ending = " (forfeited)" if one.forfeited else ""
        return f"Game {one.number}: {one.score}{ending}, move {self.viewed} of {made}"

    @property
    def person_to_move(self) -> bool:
        return False

    def undo(self) -> None:
        self._refuse()

    def redo(self) -> None:
        self._refuse()

    def new_game(self) -> None:
        self._refuse()

    def swap_seats(self) -> None:
        self._refuse()

    def paste(self, text: str) -> None:
        del text
        self._refuse()

    def go_back(self, moves: int) -> None:
        del moves
        self._refuse()

    @property
    def seat_to_resign(self) -> int | None:
        return None

    def _refuse(self) -> None:
        self.tell("This game was played already: it can only be leafed through")

    def touch(self, cell: Cell) -> None:
        """A click goes on by one move."""
        del cell
        self.view(self.viewed + 1)


class GamesPanel:
    """See `Panel`. A shows the analysis of the game instead, and back."""

    def __init__(self, table: Replay, analysis: Callable[[Table], Panel], letters: Letters) -> None:
        self.table = table
        self._letters = letters
        self._analysis = analysis(table)
        self.analysing = False
        self._top: int | None = None
        self._pointer: tuple[int, int] | None = None

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Up, Down", "the game before, the next one"),
            ("Left, Right", "a move back, a move on"),
            ("A", "analyse this game, or list the games again"),
            *self._analysis.keys[1:],
        )

    @property
    def revision(self) -> object:
        table = self.table
        return (self.analysing, self._analysis.revision, table.chosen, table.viewed, self._top, self._pointer)

    def opened(self, is_open: bool) -> None:
        """Thinks only while it is asked to."""

    def wants(self, width: int, height: int) -> int:
        return wanted_width(width, height)

    def lists_moves(self, rect: Rect) -> bool:
        return self.analysing and self._analysis.lists_moves(rect)

    def handle(self, event: pygame.event.Event, rect: Rect) -> bool:
        if event.type == pygame.KEYDOWN and self._press(event.key):
            return True
        if self.analysing:
            return self._analysis.handle(event, rect)
        if event.type == pygame.MOUSEMOTION:
            self._pointer = event.pos if rect.contains(event.pos) else None
        elif event.type == pygame.MOUSEWHEEL and self._pointer is not None:
            top, rows = self._first(rect), _rows(rect)
            self._top = min(max(top - 3 * event.y, 0), max(len(self.table.records) - rows, 0))
            return True
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1 and rect.contains(event.pos):
            row = (event.pos[1] - _list(rect).y) // _line(rect)
            number = self._first(rect) + row
            if 0 <= row < _rows(rect) and number < len(self.table.records):
                top = self._first(rect)
                self.table.choose(number)
                self._top = top
            return True
        return False

    def update(self, dt: float) -> None:
        self._analysis.update(dt)

    def overlay(self) -> Overlay | None:
        return self._analysis.overlay() if self.analysing else None

    def close(self) -> None:
        self._analysis.close()

    def draw(self, surface: pygame.Surface, rect: Rect, theme: Theme) -> None:
        if self.analysing:
            self._analysis.draw(surface, rect, theme)
            return
        pygame.draw.rect(surface, theme.plate, rect)
        pygame.draw.line(surface, theme.plate_edge, (rect.x, rect.y), (rect.x, rect.bottom))
        text, line, area = _text(rect), _line(rect), _list(rect)
        head = Rect(area.x, rect.y, area.width, area.y - rect.y)
        words = f"{len(self.table.records):,} games; A analyses"
        self._letters.line(surface, head, words, text, theme.ink, centred=False)
        top = self._first(rect)
        for row, one in enumerate(self.table.records[top : top + _rows(rect)]):
            place = Rect(area.x, area.y + row * line, area.width, line)
            ink, faint = theme.ink, theme.faint_ink
            if top + row == self.table.chosen:
                pygame.draw.rect(surface, theme.accent, place, border_radius=line // 5)
                ink = faint = theme.on_accent
            elif self._pointer is not None and place.contains(self._pointer):
                pygame.draw.rect(surface, theme.button_hover, place, border_radius=line // 5)
            self._row(surface, place, one, text * 5 // 6, ink, faint)

    def _row(
        self,
        surface: pygame.Surface,
        rect: Rect,
        one: Record,
        size: int,
        ink: tuple[int, int, int],
        faint: tuple[int, int, int],
    ) -> None:
        number, score = self._letters.width("00000.", size), self._letters.width("1/2-1/2 ", size)
        place = Rect(rect.x + size // 3, rect.y, number, rect.height)
        self._letters.line(surface, place, f"{one.number}.", size, faint, centred=False)
        names = Rect(place.right, rect.y, rect.width - number - score - size // 3, rect.height)
        self._letters.line(surface, names, f"{one.first} - {one.second}", size, ink, centred=False)
        self._letters.line(surface, Rect(rect.right - score, rect.y, score, rect.height), one.score, size, ink)

    def _press(self, key: int) -> bool:
        table = self.table
        commands: dict[int, Callable[[], None]] = {
            pygame.K_UP: lambda: self._choose(table.chosen - 1),
            pygame.K_DOWN: lambda: self._choose(table.chosen + 1),
            pygame.K_LEFT: lambda: table.view(table.viewed - 1),
            pygame.K_RIGHT: lambda: table.view(table.viewed + 1),
            pygame.K_SPACE: lambda: table.view(table.viewed + 1),
            pygame.K_a: self._toggle,
        }
        if key not in commands:
            return False
        commands[key]()
        return True

    def _choose(self, number: int) -> None:
        self._top = None
        self.table.choose(number)

    def _toggle(self) -> None:
        self.analysing = not self.analysing
        self._analysis.opened(self.analysing)

    def _first(self, rect: Rect) -> int:
        """The first row shown: where it was scrolled to, else so that the chosen game is seen."""
        most = max(len(self.table.records) - _rows(rect), 0)
        return min(max(self.table.chosen - _rows(rect) // 2, 0) if self._top is None else self._top, most)


def _text(rect: Rect) -> int:
    return text_height(min(rect.height, rect.width * 7 // 4))


def _line(rect: Rect) -> int:
    return _text(rect) * 3 // 2


def _list(rect: Rect) -> Rect:
    gap, line = _text(rect) // 2, _line(rect)
    return Rect(rect.x + gap, rect.y + 2 * line, rect.width - 2 * gap, max(rect.height - 2 * line - gap, line))


def _rows(rect: Rect) -> int:
    return max(_list(rect).height // _line(rect), 1)
