"""The screen of a training run: a wall of games, strength, speed, and what it thinks of the opening."""

from __future__ import annotations

import pygame

from arena.gui.analysis.words import signed
from arena.gui.context import Context
from arena.gui.screens.help import HelpScreen
from arena.gui.screens.shown import Shown
from arena.gui.watch import chart
from arena.gui.watch.wall import WallPainter
from arena.gui.widgets.base import Brush, text_height
from arena.gui.widgets.page import Help
from arena.view import board
from arena.view.grid import Rect
from arena.watch.log import Curve
from arena.watch.opinion import Opinion, age, earlier
from arena.watch.run import News, RunWatch

_HOUR = 3600.0
_MOST_CURVES = 3
_MOST_MOVES = 6  # of the opening
_SIDE = 0.42  # of the width
_QUIET = 120.0  # seconds without a change after which it is said that nothing happens


class RunScreen:
    """Shows what a `RunWatch` tells."""

    def __init__(self, context: Context, watch: RunWatch) -> None:
        self.context = context
        self.watch = watch
        self._board = board.describe(watch.game)
        self._wall = WallPainter(context, self._board, watch.game.name)
        self._shown = Shown()

    def handle(self, event: pygame.event.Event) -> None:
        if event.type != pygame.KEYDOWN:
            return
        if event.key in (pygame.K_ESCAPE, pygame.K_q):
            self.context.pop()
        elif event.key in (pygame.K_SPACE, pygame.K_p):
            self.watch.paused = not self.watch.paused
        elif event.key in (pygame.K_F1, pygame.K_h):
            self.context.push(HelpScreen(self.context, self, _HELP))

    def update(self, dt: float) -> None:
        """It works by itself."""

    def draw(self, surface: pygame.Surface) -> bool:
        if not self._shown.stale(surface, (self.watch.revision, self.watch.paused, self.context.theme)):
            return False
        theme, news = self.context.theme, self.watch.news
        width, height = surface.get_size()
        text = text_height(min(width, height)) * 5 // 6
        brush, gap = Brush(surface, self.context.letters, theme, text), text // 2
        surface.fill(theme.paper)
        head = Rect(gap, gap, width - 2 * gap, text * 3)
        self._head(brush, head, news)
        body = Rect(gap, head.bottom + gap, width - 2 * gap, max(height - head.bottom - 2 * gap, 1))
        side = round(body.width * _SIDE)
        wall = Rect(body.x, body.y, body.width - side - gap, body.height - text * 3 // 2)
        self._wall.paint(surface, wall, theme, news.tiles, gap)
        self._foot(brush, Rect(wall.x, wall.bottom, wall.width, text * 3 // 2), news)
        x, third = wall.right + gap, (body.height - 2 * gap) // 10
        _strength(brush, Rect(x, body.y, side, 4 * third), news)
        _speed(brush, Rect(x, body.y + 4 * third + gap, side, 2 * third), news)
        top = body.y + 6 * third + 2 * gap
        self._opening(brush, Rect(x, top, side, body.bottom - top), news)
        return True

    def spoil(self) -> None:
        self._shown.spoil()

    def close(self) -> None:
        self.watch.close()

    def _head(self, brush: Brush, rect: Rect, news: News) -> None:
        surface, letters, theme, text = brush
        upper = Rect(rect.x, rect.y, rect.width, text * 3 // 2)
        letters.line(
            surface, upper, f"{self.watch.folder}: {self.watch.game.name}", text * 6 // 5, theme.ink, centred=False
        )
        lower = Rect(rect.x, upper.bottom, rect.width, text * 3 // 2)
        ink = theme.bad if news.trouble else theme.faint_ink
        letters.line(surface, lower, news.trouble or how_it_goes(news), text, ink, centred=False)

    def _foot(self, brush: Brush, rect: Rect, news: News) -> None:
        won, drawn, lost = news.results
        first, second = self._board.side_names
        words = f"Games against itself: {first} {won}, drawn {drawn}, {second} {lost}"
        if self.watch.paused:
            words = f"Paused (Space). {words}"
        brush.letters.line(brush.surface, rect, words, brush.text, brush.theme.faint_ink, centred=False)

    def _opening(self, brush: Brush, rect: Rect, news: News) -> None:
        """Q of the best first moves, now and an hour ago, as bars from the middle."""
        surface, letters, theme, text = brush
        if not news.opinions:
            return
        now, then = news.opinions[-1], earlier(news.opinions, _HOUR)
        rows = [(f"The opening now: {signed(now.value)} for {self._board.side_names[0]}", theme.ink)]
        rows.append((f"It would play {' '.join(now.line)}", theme.faint_ink))
        if then is not None:
            back = age(max(now.seconds - then.seconds, 0.0))
            rows.append((f"{back} before: {signed(then.value)}, {' '.join(then.line)}", theme.faint_ink))
        y, line = rect.y, text * 4 // 3
        for words, ink in rows:
            letters.line(surface, Rect(rect.x, y, rect.width, line), words, text, ink, centred=False)
            y += line
        y += text // 2
        start = self.watch.game.initial(1)
        for action in list(now.q)[: min(_MOST_MOVES, max((rect.bottom - y) // line, 0))]:
            name = self.watch.game.move_name(action, start)
            _bar(brush, Rect(rect.x, y, rect.width, line), name, now, then, action)
            y += line


def how_it_goes(news: News) -> str:
    """How far the run is, how fast, and whether it still goes on, in words."""
    done = f"{chart.short(news.moves)} moves learned"
    if news.planned:
        done = (
            f"{chart.short(news.moves)} of {chart.short(news.planned)} moves, {100 * news.moves / news.planned:.0f} %"
        )
    parts = [done, f"{chart.short(news.games)} games"]
    if news.moves_per_second:
        parts.append(f"{chart.short(news.moves_per_second)} moves/s")
    parts.append(f"{age(news.seconds)} of work")
    if news.finished:
        parts.append("finished")
    elif news.quiet > _QUIET:
        parts.append(f"nothing new for {age(news.quiet)}: is it still running?")
    return ", ".join(parts)


def _strength(brush: Brush, rect: Rect, news: News) -> None:
    curves = sorted(news.strength, key=lambda curve: curve.name.startswith("mistakes"))[:_MOST_CURVES]
    if curves:
        chart.draw(brush, rect, "Strength", curves, percent=True)
        return
    words = "Strength is not measured yet."
    brush.letters.line(brush.surface, Rect(rect.x, rect.y, rect.width, 2 * brush.text), words, brush.text,
                       brush.theme.faint_ink, centred=False)  # fmt: skip


def _speed(brush: Brush, rect: Rect, news: News) -> None:
    curve = news.speed
    if curve is not None and curve.values:
        chart.draw(brush, rect, "Moves learned a second", [Curve("", curve.moves, curve.values, curve.bounds)], False)


def _bar(brush: Brush, rect: Rect, name: str, now: Opinion, then: Opinion | None, action: int) -> None:
    surface, letters, theme, text = brush
    small = text * 5 // 6
    label, number = Rect(rect.x, rect.y, rect.width // 5, rect.height), rect.width // 6
    letters.line(surface, label, name, small, theme.ink, centred=False)
    area = Rect(label.right, rect.y + 2, max(rect.width - label.width - number, 1), max(rect.height - 4, 2))
    middle = area.x + area.width // 2
    for one, colour, part in ((now, theme.series[1], 0), (then, theme.faint_ink, 1)):
        if one is None or action not in one.q:
            continue
        height = area.height * 2 // 3 if part == 0 else max(area.height // 3, 1)
        y = area.y if part == 0 else area.bottom - height
        length = round(abs(one.q[action]) * area.width / 2)
        pygame.draw.rect(
            surface, colour, (middle if one.q[action] >= 0 else middle - length, y, max(length, 1), height)
        )
    pygame.draw.line(surface, theme.plate_edge, (middle, rect.y), (middle, rect.bottom))
    place = Rect(area.right, rect.y, number, rect.height)
    letters.line(surface, place, signed(now.q[action]), small, theme.ink)


_HELP = Help(
    "Watching a run",
    "The newest checkpoint plays against itself; the curves are the run's own measurements.",
    (
        ("Space", "stop or go on playing"),
        ("F1, H", "this help"),
        ("F11", "full screen, or a window again"),
        ("Esc, Q", "leave; the run goes on"),
    ),
)
