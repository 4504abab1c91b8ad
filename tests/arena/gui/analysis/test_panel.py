"""The analysis panel beside a real board, driven by posted events."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pygame
import pytest
from torch import Tensor

from agent.play.cancel import check
from agent.play.qfunction import ConstantQ
from arena.gui.analysis import graph, layout
from arena.gui.analysis.panel import AnalysisPanel
from arena.gui.analysis.review import Hints, Review
from arena.gui.analysis.who import Adviser, adviser
from arena.gui.play.table import Table
from arena.gui.theme import THEMES
from arena.gui.widgets.letters import Letters
from arena.truth.oracle import Solved
from arena.view.analysis.chances import Outlook
from arena.view.analysis.timeline import Judgement, Point, Timeline
from arena.view.grid import Rect
from game.registry import make
from tests.arena.gui.hands import Scripted, Size, Window
from tests.arena.gui.hands import display as display  # the fixture

RULES = make("tictactoe")
LOST_AND_DRAWN = "a1 b1 c3 b2"  # b1 loses, c3 lets it go, b2 is forced: see tests of the timeline


class Broken(ConstantQ):
    """Fails until it is mended; `thinks` may wait for something."""

    def __init__(self, error: BaseException | None = None, thinks: Any = None) -> None:
        super().__init__(RULES)
        self.error = error
        self.thinks = thinks

    def q(self, state: Any) -> Tensor:
        if self.thinks is not None:
            self.thinks()
        if self.error is not None:
            raise self.error
        return super().q(state)


class Analysed:
    """A window with an analysis that knows the truth."""

    def __init__(self, *seats: Any, moves: str = "", q: Any = None, size: Size = (1000, 700)) -> None:
        self.review: Review

        def panel(table: Table) -> AnalysisPanel:
            who = Adviser("solver", lambda: q or ConstantQ(RULES))
            self.review = Review(table, who, Solved(RULES))
            self.panel = AnalysisPanel(self.review, Letters())
            return self.panel

        self.window = Window(RULES, *(seats or (None, None)), size=size, panel=panel)
        self.window.play(moves)

    def open(self) -> None:
        self.window.press_key(pygame.K_TAB)

    def settle(self) -> None:
        """Until everything is known that will be."""
        assert self.review.analyst.wait(60)
        self.window.step()

    @property
    def parts(self) -> layout.Layout:
        place = self.window.screen.layout.panel
        assert place is not None
        return layout.arrange(place)

    def press_button(self, number: int) -> None:
        self.window.point(self.parts.buttons[number].center)


@pytest.fixture
def made() -> Iterator[list[Analysed]]:
    found: list[Analysed] = []
    yield found
    for one in found:
        one.window.screen.close()
        assert one.review.analyst.close(10)


def analysed(made: list[Analysed], *seats: Any, **settings: Any) -> Analysed:
    made.append(Analysed(*seats, **settings))
    return made[-1]


def test_tab_opens_and_closes_it_and_nothing_is_thought_before(made: list[Analysed]) -> None:
    one = analysed(made, moves="a1")
    assert one.window.screen.layout.panel is None
    assert not one.review.begun
    one.open()
    assert one.window.screen.layout.panel is not None
    one.settle()
    assert one.review.insight is not None
    one.open()
    assert one.window.screen.layout.panel is None
    assert one.window.screen.scene().overlay is None


def test_every_legal_move_has_its_number_and_heat(made: list[Analysed]) -> None:
    one = analysed(made, moves="a1 b1")
    one.open()
    one.settle()
    overlay = one.window.screen.scene().overlay
    assert overlay is not None
    assert len(overlay.marks) == 7
    best = [cell for cell, mark in overlay.marks.items() if mark.best]
    assert len(best) == 1
    # X wins with a2 or a3 (row 1, 0 from the top), b2; and draws with the rest.
    wins = {cell for cell, mark in overlay.marks.items() if (mark.heat or 0) >= 0.5}
    assert wins == {(1, 0), (0, 0), (1, 1)}
    assert best[0] in wins


def test_v_goes_through_values_truth_and_nothing(made: list[Analysed]) -> None:
    one = analysed(made, moves="a1 b1")
    one.open()
    one.settle()
    scene = one.window.screen.scene
    one.window.press_key(pygame.K_v)
    assert one.review.hints is Hints.TRUTH
    overlay = scene().overlay
    assert overlay is not None
    assert sorted(mark.text for mark in overlay.marks.values()) == ["draw"] * 4 + ["win"] * 3
    one.window.press_key(pygame.K_v)
    assert scene().overlay is None
    one.window.play("a2")  # hints are off, but the graph goes on recording
    one.settle()
    assert one.review.timeline.points[3].truth is not None
    one.press_button(0)
    assert scene().overlay is not None


def test_mistakes_are_found_and_n_goes_through_them(made: list[Analysed]) -> None:
    one = analysed(made, moves=LOST_AND_DRAWN)
    one.open()
    one.settle()
    assert [move.mark for move in one.review.timeline.moves] == ["", "??", "??", ""]
    table = one.window.screen.table
    seen = []
    for _ in range(3):
        one.window.press_key(pygame.K_n)
        seen.append(table.viewed)
    assert seen == [1, 2, 1]
    assert one.review.note == "O went wrong here with b1."
    assert one.window.moves == "a1 b1 c3 b2"  # N is no new game here


def test_try_again_goes_back_to_the_mistake_of_the_person(made: list[Analysed]) -> None:
    one = analysed(made, None, Scripted({1: "b1", 3: "b2"}))
    one.open()
    one.window.play("a1")
    one.window.settle()
    one.window.play("c3")
    one.window.settle()
    one.settle()
    assert one.window.moves == "a1 b1 c3 b2"
    one.window.press_key(pygame.K_t)
    assert one.window.moves == "a1 b1"
    assert one.window.screen.table.at_end
    assert one.window.session.person_to_move
    assert one.review.note == "Instead of c3: try something else."
    one.window.press_key(pygame.K_u)  # undo brings it back
    assert one.window.moves == "a1 b1 c3 b2"


def test_nothing_to_try_again(made: list[Analysed]) -> None:
    one = analysed(made, moves="a1 b2")
    one.open()
    one.settle()
    one.press_button(2)
    assert one.window.moves == "a1 b2"
    assert one.review.note == "No mistake of a person to try again."
    one.press_button(1)
    assert one.review.note == "No mistake is known."


def test_a_click_on_the_graph_and_on_a_move_goes_there(made: list[Analysed]) -> None:
    one = analysed(made, moves=LOST_AND_DRAWN)
    one.open()
    one.settle()
    table, area = one.window.screen.table, one.parts.graph
    assert area is not None
    for place in (0, 2, 4):
        one.window.point((graph.x_of(area, 4, place), area.center[1]))
        assert table.viewed == place
    rows = one.parts.moves
    assert rows is not None
    one.window.point((rows.right - 20, rows.y + 3))  # b1, the second player's first
    assert table.viewed == 2
    assert "blunder" in one.review.last_move()
    assert "b2 was better" in one.review.last_move()


def test_going_back_shows_what_was_known_at_once(made: list[Analysed]) -> None:
    one = analysed(made, moves=LOST_AND_DRAWN)
    one.open()
    one.settle()
    one.window.screen.table.view(1)
    one.window.step()
    assert one.review.insight is not None
    assert one.review.insight.truth


@pytest.mark.parametrize("error", [RuntimeError("no weights left"), MemoryError()])
def test_an_agent_that_fails_is_told_and_the_game_goes_on(made: list[Analysed], error: BaseException) -> None:
    broken = Broken(error)
    one = analysed(made, moves="a1", q=broken)
    one.open()
    one.settle()
    assert one.review.sentence().startswith("The analysis stopped: ")
    assert one.review.sentence().endswith("Press A to try again.")
    one.window.play("b2 c3")
    assert one.window.moves == "a1 b2 c3"
    broken.error = None
    one.window.press_key(pygame.K_a)
    one.settle()
    assert one.review.insight is not None
    assert one.review.analyst.trouble is None


def test_closed_in_the_middle_of_a_thought(made: list[Analysed]) -> None:
    begun = threading.Event()

    def endless() -> None:
        begun.set()
        while True:
            check()
            time.sleep(0.001)

    one = analysed(made, q=Broken(thinks=endless))
    one.open()
    assert begun.wait(10)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    one.window.step()
    assert not one.window.app.running
    assert one.review.analyst.close(10)


def test_the_analysis_waits_while_the_opponent_thinks(made: list[Analysed]) -> None:
    class Slow(Scripted):
        go = threading.Event()

        def act(self, game: Any, state: Any, generator: Any) -> Tensor:
            assert self.go.wait(30)
            return super().act(game, state, generator)

    slow = Slow({1: "b2"})
    one = analysed(made, None, slow)
    one.open()
    one.settle()
    one.window.play("a1")
    one.window.step()
    assert one.review.analyst.wait(30)  # nothing to do: it is held
    assert one.review.insight is None
    slow.go.set()
    one.window.settle()
    one.settle()
    assert one.review.insight is not None


@pytest.mark.parametrize("size", [(640, 480), (800, 600), (1280, 800), (2560, 1600)])
@pytest.mark.parametrize("theme", THEMES)
def test_all_parts_lie_in_the_panel_and_beside_each_other(made: list[Analysed], size: Size, theme: str) -> None:
    one = analysed(made, moves=LOST_AND_DRAWN, size=size)
    one.window.screen.context.settings.theme = theme
    one.open()
    one.settle()
    place = one.window.screen.layout.panel
    assert place is not None
    parts = one.parts
    rects = [parts.head, parts.bar, parts.about, parts.graph, parts.last, *parts.tallies, parts.moves, *parts.buttons]
    there = [rect for rect in rects if rect is not None]
    for number, rect in enumerate(there):
        assert place.x <= rect.x
        assert rect.right <= place.right
        assert rect.bottom <= place.bottom
        assert not any(rect.overlaps(other) for other in there[:number])


@pytest.mark.parametrize("size", [(640, 480), (800, 600), (1280, 800), (2560, 1600)])
def test_the_moves_are_listed_once_and_every_one_can_be_clicked(made: list[Analysed], size: Size) -> None:
    one = analysed(made, moves=LOST_AND_DRAWN, size=size)
    screen = one.window.screen
    assert screen.layout.moves is not None
    cell = screen.layout.cell
    one.open()
    one.settle()
    rows = one.parts.moves
    assert (rows is None) == (screen.layout.moves is not None)
    assert len(screen.layout.steps) == 4
    seen = set()
    place = rows or screen.layout.moves
    step = max(5, size[1] // 60)
    for y in range(place.y, place.bottom, step):
        for x in range(place.x, place.right, step):
            one.window.point((x, y))
            seen.add(screen.table.viewed)
    assert seen >= {1, 2, 3, 4}
    one.window.point(screen.layout.steps[0].center)
    assert screen.table.viewed == 0
    one.open()
    assert screen.layout.moves is not None
    assert screen.layout.cell == cell


def test_no_room_for_it_in_a_small_window() -> None:
    assert layout.wanted_width(500, 400) == 0
    assert layout.wanted_width(1280, 800) == 410
    assert layout.arrange(Rect(0, 0, 200, 200)).moves is None


def test_places_on_the_graph() -> None:
    area = Rect(100, 0, 201, 50)
    assert [graph.place_at(area, 40, x) for x in (0, 100, 150, 300, 999)] == [0, 0, 10, 40, 40]
    assert graph.place_at(area, 4, 300) == 4  # short games do not fill the width


@pytest.mark.parametrize("plies", [1, 6, 21, 60])
def test_the_graph_ends_where_its_place_does(plies: int) -> None:
    """And so does the strip of truth below it, if the game is long enough for the width."""
    surface, place = pygame.Surface((400, 200)), Rect(50, 20, 300, 140)
    found = Timeline(
        tuple(Point(0.5, Outlook(0.6, 0.2, 0.2), 1) for _ in range(plies + 1)),
        tuple(Judgement(ply % 2, 0) for ply in range(plies)),
    )
    graph.draw(surface, place, found, 0, THEMES["light"], ((250, 0, 0), (0, 250, 0)), None)
    painted = pygame.surfarray.array3d(surface).max(2)
    strip = painted[:, place.bottom - 3]
    assert strip[place.x]
    assert bool(strip[place.right - 2]) == (plies >= 10)
    assert not painted[place.right :].any()


def test_nothing_is_drawn_again_without_a_change(made: list[Analysed]) -> None:
    one = analysed(made, moves="a1")
    one.open()
    one.settle()
    one.window.step()
    assert not one.window.app.step(one.window.surface)


def test_who_analyses() -> None:
    assert adviser(make("connect4"), (None, None)).name == "shipped"
    nobody = adviser(make("hex:5"), (None, None))
    assert nobody.name == "search alone"
    assert nobody.make().game.name == "hex:5"
