"""The panel beside two players who play live: what each expects, its best moves, and both values over the game."""

from __future__ import annotations

import itertools

import pygame

from arena.gui.analysis.graph import place_at, x_of
from arena.gui.analysis.layout import wanted_width
from arena.gui.analysis.marks import overlay_of
from arena.gui.analysis.words import in_pairs, line_of, signed
from arena.gui.boards.colour import mixed
from arena.gui.boards.overlay import Overlay
from arena.gui.boards.palette import palette
from arena.gui.theme import Theme
from arena.gui.watch.live import PAUSES, LiveTable, Minds
from arena.gui.widgets.base import Brush, across, text_height
from arena.gui.widgets.button import Button, draw_button
from arena.gui.widgets.letters import Letters
from arena.view import board
from arena.view.grid import Rect

_BEST = 5  # moves of each player
_LINE = 6  # moves of a line


class MatchPanel:
    """See `Panel`."""

    def __init__(self, table: LiveTable, minds: Minds, letters: Letters) -> None:
        self.table = table
        self.minds = minds
        self.shown: int | None = None  # whose numbers stand on the board; None: those of whoever is to move
        self.marked = True
        self._letters = letters
        self._board = board.describe(table.session.game)
        self._overlay: tuple[object, Overlay | None] | None = None

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            ("Space", "stop or go on"),
            ("+, -", "faster, slower"),
            ("N", "the next game"),
            ("V", "whose numbers stand on the board"),
        )

    @property
    def revision(self) -> object:
        table = self.table
        return (
            self.minds.revision, table.viewed, len(table.session.history.actions), table.games, tuple(table.score),
            table.paused, table.speed, self.shown, self.marked,
        )  # fmt: skip

    def opened(self, is_open: bool) -> None:
        """It thinks in any case."""

    def wants(self, width: int, height: int) -> int:
        return wanted_width(width, height)

    def lists_moves(self, rect: Rect) -> bool:  # noqa: ARG002 - of the protocol
        return False

    def handle(self, event: pygame.event.Event, rect: Rect) -> bool:
        if event.type == pygame.KEYDOWN:
            return self._press(event.key, event.unicode)
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1 and rect.contains(event.pos):
            self._click(event.pos, rect)
            return True
        return False

    def update(self, dt: float) -> None:  # noqa: ARG002 - of the protocol
        self.minds.update()

    def overlay(self) -> Overlay | None:
        """The numbers of whoever is to move, or of the one that was chosen."""
        one = self.minds.of(self._whose(), self.table.viewed) if self.marked else None
        if one is None:
            return None
        now = (self.revision, id(one))
        if self._overlay is None or self._overlay[0] != now:
            self._overlay = now, overlay_of(one, self.table.position, truth=False)
        return self._overlay[1]

    def close(self) -> None:
        self.minds.close()

    def draw(self, surface: pygame.Surface, rect: Rect, theme: Theme) -> None:
        text = _text(rect)
        brush, gap, line = Brush(surface, self._letters, theme, text), text // 2, text * 4 // 3
        pygame.draw.rect(surface, theme.plate, rect)
        pygame.draw.line(surface, theme.plate_edge, (rect.x, rect.y), (rect.x, rect.bottom))
        x, width, y = rect.x + gap, max(rect.width - 2 * gap, 1), rect.y + gap
        names = [player.name for player in self.table.players]
        won, drawn, lost = self.table.score
        for words, ink in (
            (f"Game {self.table.games + 1}, {_state(self.table)}", theme.ink),
            (f"+{won} ={drawn} -{lost} for {names[0]}", theme.faint_ink),
        ):
            self._letters.line(surface, Rect(x, y, width, line), words, text, ink, centred=False)
            y += line
        y += gap
        buttons = _button_places(rect)
        graph = _graph_place(rect)
        half = max((graph.y - gap - y) // 2, line)
        for player in (0, 1):
            self._mind(brush, Rect(x, y, width, half - gap), player)
            y += half
        self._graph(brush, graph)
        for place, button in zip(buttons, self._buttons(), strict=True):
            draw_button(brush._replace(text=text * 5 // 6), place, button)

    def _mind(self, brush: Brush, rect: Rect, player: int) -> None:
        """One player: what it expects for itself, the moves it likes, and how it would go on."""
        surface, letters, theme, text = brush
        table, seat, line = self.table, self.table.seat_of[player], text * 4 // 3
        first = Rect(rect.x, rect.y, rect.width, line)
        colour = palette(self._board.kind, theme.dark).pieces[seat]
        radius = text // 2
        centre = rect.x + radius, first.center[1]
        pygame.draw.circle(surface, colour.fill, centre, radius)
        pygame.draw.circle(surface, colour.edge, centre, radius, 1)
        side = self._board.side_names[seat]
        name = Rect(rect.x + 2 * text, rect.y, rect.width - 2 * text, line)
        letters.line(surface, name, f"{table.players[player].name} ({side})", text, theme.ink, centred=False)
        y, small = first.bottom, text * 5 // 6
        for words, ink in self._thoughts(player, seat, theme):
            height = line * len(letters.broken(words, small, rect.width)[:2])
            if y + height > rect.bottom:
                break
            letters.sentence(surface, Rect(rect.x, y, rect.width, height), words, small, ink)
            y += height
        one = self.minds.of(player, table.viewed)
        if one is None:
            return
        mine = 1 if one.ply % 2 == seat else -1  # moves of the other are shown as this one sees them
        for action, value in list(one.q.items())[:_BEST]:
            if y + line > rect.bottom:
                break
            move = table.session.game.move_name(action, table.position.state)
            _value_bar(brush, Rect(rect.x, y, rect.width, line), move, mine * value, colour.fill)
            y += line

    def _thoughts(self, player: int, seat: int, theme: Theme) -> list[tuple[str, tuple[int, int, int]]]:
        if (trouble := self.minds.trouble(player)) is not None:
            return [(trouble, theme.bad)]
        if self.minds.analysts[player] is None:
            return [("does not tell its Q", theme.faint_ink)]
        value = self.minds.value(player, self.table.viewed)
        if value is None:
            return [("thinking...", theme.faint_ink)]
        expects = f"expects {signed(value if seat == 0 else -value)} for itself"
        one = self.minds.of(player, self.table.viewed)
        if one is None or len(one.line) < 2:
            return [(expects, theme.ink)]
        names = line_of(self.table.session.game, self.table.position.state, one.line[:_LINE])
        return [
            (f"{expects}, depth {one.depth}, {one.nodes:,} nodes", theme.ink),
            (in_pairs(names, one.ply), theme.faint_ink),
        ]

    def _graph(self, brush: Brush, rect: Rect) -> None:
        """Both players' values for the first player: one line whole, the other with marks on it."""
        surface, letters, theme, text = brush
        small = text * 5 // 6
        pygame.draw.rect(surface, mixed(theme.plate, theme.paper, 0.5), rect)
        pygame.draw.line(surface, theme.faint_ink, (rect.x, rect.center[1]), (rect.right - 1, rect.center[1]))
        plies = len(self.table.session.history.actions)
        for player in (0, 1):
            points = []
            for place in range(plies + 1):
                value = self.minds.value(player, place)
                if value is not None:
                    points.append((x_of(rect, plies, place), rect.y + round((1 - value) / 2 * (rect.height - 1))))
            for start, end in itertools.pairwise(points):
                pygame.draw.line(surface, theme.series[player], start, end, max(text // 8, 2))
            for point in points if player else ():
                pygame.draw.circle(surface, theme.series[player], point, max(text // 6, 2))
        x = x_of(rect, plies, self.table.viewed)
        pygame.draw.line(surface, theme.accent, (x, rect.y), (x, rect.bottom - 1), 1)
        pygame.draw.rect(surface, theme.plate_edge, rect, 1)
        first = self._board.side_names[0]
        for words, top in ((f"{first} wins", rect.y + 2), (f"{first} loses", rect.bottom - small - 2)):
            written = Rect(rect.x + 4, top, rect.width - 8, small)
            letters.line(surface, written, words, small, theme.faint_ink, centred=False)
        legend = Rect(rect.x, rect.bottom, rect.width // 2, text * 4 // 3)
        for player, mark in ((0, "—"), (1, "•—•")):
            name = f"{mark} {self.table.players[player].name}"
            letters.line(surface, legend, name, small, theme.series[player], centred=False)
            legend = legend._replace(x=legend.right)

    def _whose(self) -> int:
        if self.shown is not None:
            return self.shown
        mover = int(self.table.position.state.ply) % 2
        return self.table.seat_of.index(mover)

    def _buttons(self) -> tuple[Button, ...]:
        whose = "off" if not self.marked else "mover's" if self.shown is None else self.table.players[self.shown].name
        pause = "Go on" if self.table.paused else "Stop"
        return (
            Button((f"{pause} (Space)", pause), True, self.table.paused),
            Button((f"Pause {PAUSES[self.table.speed]:g} s (+ -)", f"{PAUSES[self.table.speed]:g} s"), True),
            Button((f"Numbers: {whose} (V)", f"{whose} (V)", "V"), True, self.marked),
            Button(("Next game (N)", "Next (N)", "N"), True),
        )

    def _press(self, key: int, typed: str) -> bool:
        if key in (pygame.K_SPACE, pygame.K_p):
            self.table.paused = not self.table.paused
        elif typed == "+" or key in (pygame.K_PLUS, pygame.K_KP_PLUS):
            self.table.faster(1)
        elif typed == "-" or key in (pygame.K_MINUS, pygame.K_KP_MINUS):
            self.table.faster(-1)
        elif key == pygame.K_n:
            self.table.next_game()
        elif key == pygame.K_v:
            self._next_numbers()
        else:
            return False
        return True

    def _next_numbers(self) -> None:
        """Of the mover, of the first named, of the second, of nobody, and round again."""
        order: list[tuple[bool, int | None]] = [(True, None), (True, 0), (True, 1), (False, None)]
        self.marked, self.shown = order[(order.index((self.marked, self.shown)) + 1) % len(order)]

    def _click(self, point: tuple[int, int], rect: Rect) -> None:
        graph = _graph_place(rect)
        if graph.contains(point):
            self.table.view(place_at(graph, len(self.table.session.history.actions), point[0]))
        keys = (pygame.K_SPACE, pygame.K_PLUS, pygame.K_v, pygame.K_n)
        for place, key in zip(_button_places(rect), keys, strict=True):
            if place.contains(point):
                if key == pygame.K_PLUS and self.table.speed == 0:
                    self.table.faster(-len(PAUSES))  # round again, from the slowest
                else:
                    self._press(key, "")


def _text(rect: Rect) -> int:
    return text_height(min(rect.height, rect.width * 7 // 4))


def _button_places(rect: Rect) -> tuple[Rect, ...]:
    text = _text(rect)
    gap = text // 2
    rows = [Rect(rect.x + gap, rect.bottom - (gap + 2 * text) * n, rect.width - 2 * gap, 2 * text) for n in (2, 1)]
    return tuple(place for row in rows for place in across(row, 2, gap))


def _graph_place(rect: Rect) -> Rect:
    text = _text(rect)
    top, height = _button_places(rect)[0].y, rect.height // 5
    return Rect(rect.x + text // 2, top - height - text * 2, rect.width - text, height)


def _state(table: LiveTable) -> str:
    if table.session.history.done:
        return table.session.situation()
    return "stopped" if table.paused else f"move {len(table.session.history.actions) + 1}"


def _value_bar(brush: Brush, rect: Rect, name: str, value: float, colour: tuple[int, int, int]) -> None:
    """A move, a bar from the middle, and its Q."""
    surface, letters, theme, text = brush
    small, label = text * 5 // 6, rect.width // 5
    letters.line(surface, Rect(rect.x, rect.y, label, rect.height), name, small, theme.ink, centred=False)
    number = rect.width // 6
    area = Rect(rect.x + label, rect.y + 3, max(rect.width - label - number, 1), max(rect.height - 6, 2))
    middle, length = area.center[0], round(abs(value) * area.width / 2)
    bar = (middle if value >= 0 else middle - length, area.y, max(length, 1), area.height)
    pygame.draw.rect(surface, colour, bar)
    pygame.draw.rect(surface, theme.faint_ink, bar, 1)
    pygame.draw.line(surface, theme.faint_ink, (middle, rect.y), (middle, rect.bottom))
    letters.line(surface, Rect(area.right, rect.y, number, rect.height), signed(value), small, theme.ink)
