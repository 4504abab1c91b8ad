"""The window without a mouse: cursor, digits, buttons, help, full screen; and the words that say who is who."""

from __future__ import annotations

from typing import Any

import pygame
import pytest

from arena.gui.boards.palette import palette
from arena.gui.screens.help import HelpScreen
from arena.gui.theme import LIGHT
from arena.gui.widgets.page import Help
from arena.view.kind import Kind
from game.registry import make
from tests.arena.gui.hands import FLIP, GAME, HELP, LEAVE, NEW, RESIGN, SWAP, UNDO, Held, Scripted, Size, Window
from tests.arena.gui.hands import display as display  # the fixture
from tests.arena.gui.test_gui_games import opening

ARROWS = {"left": pygame.K_LEFT, "right": pygame.K_RIGHT, "up": pygame.K_UP, "down": pygame.K_DOWN}


def page_of(window: Window) -> Help | None:
    """The page of help, if it is open."""
    top = window.app.stack.top
    return top.page if isinstance(top, HelpScreen) else None


def press(window: Window, *keys: int) -> None:
    for key in keys:
        window.press_key(key)


def go(window: Window, words: str) -> None:
    press(window, *(ARROWS[word] for word in words.split()))


def tab(window: Window, back: bool = False) -> int | None:
    modifiers = pygame.KMOD_LSHIFT if back else 0
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_TAB, mod=modifiers, unicode=""))
    window.step()
    focused: int | None = window.screen.view().focused
    return focused


def picture(window: Window) -> bytes:
    return pygame.image.tobytes(window.surface, "RGB")


# The cursor


@pytest.mark.parametrize("name", ["tictactoe", "hex:5", "connect4", "othello"])
@pytest.mark.parametrize("size", [(320, 240), (900, 640)])
def test_arrows_move_a_cursor_that_can_be_seen(name: str, size: Size) -> None:
    window = Window(make(name), None, None, size=size)
    pictures = [picture(window)]
    assert window.screen.scene().cursor is None
    go(window, "right")
    first = window.screen.scene().cursor
    assert first is not None, "the first arrow shows where it is"
    for word, (down, right) in {"left": (0, -1), "up": (-1, 0), "right": (0, 1), "down": (1, 0)}.items():
        before = window.screen.scene().cursor
        pictures.append(picture(window))
        go(window, word)
        assert before is not None
        assert window.screen.scene().cursor == (before[0] + down, before[1] + right)
    assert window.screen.scene().cursor == first
    assert len(set(pictures)) == (3 if name == "connect4" else 5), "rows make no difference where stones fall"


def test_the_cursor_stops_at_the_edges_of_the_board() -> None:
    window = Window(make("tictactoe"), None, None)
    go(window, "up up up up left left left")
    assert window.screen.scene().cursor == (0, 0)
    go(window, "down " * 5 + "right " * 5)
    assert window.screen.scene().cursor == (2, 2)


@pytest.mark.parametrize("key", [pygame.K_RETURN, pygame.K_SPACE, pygame.K_KP_ENTER])
def test_a_key_plays_at_the_cursor(key: int) -> None:
    window = Window(make("tictactoe"), None, None)
    press(window, key)
    assert (window.moves, window.screen.scene().cursor) == ("", (1, 1)), "the first only shows the cursor"
    press(window, key)
    assert window.moves == "b2"
    press(window, key)
    assert window.screen.status == "Not a legal move. Player 2 to move"
    go(window, "up")
    assert window.screen.scene().ghost == ((0, 1), 1)
    press(window, key)
    assert window.moves == "b2 b3"


def test_a_stone_is_picked_and_moved_by_keys() -> None:
    window = Window(make("breakthrough:5x6"), None, None)
    go(window, "down down")
    assert window.screen.scene().cursor == (4, 2)
    press(window, pygame.K_RETURN)
    assert window.screen.scene().picked == ((4, 2),)
    go(window, "up right")
    press(window, pygame.K_RETURN)
    assert window.moves == "c2-d3"


def test_a_pass_is_made_at_any_cell_where_nothing_else_is_left() -> None:
    game = make("othello:4")
    moves = opening(game, 0, lambda position: position.only_pass is not None)
    window = Window(game, None, None)
    window.play(" ".join(moves))
    press(window, pygame.K_SPACE, pygame.K_SPACE)
    assert window.moves == " ".join([*moves, "pass"])


def test_the_mouse_takes_over_from_the_cursor_and_the_cursor_from_the_mouse() -> None:
    window = Window(make("tictactoe"), None, None)
    go(window, "right")
    window.hover(0, 2)
    scene = window.screen.scene()
    assert (scene.cursor, scene.ghost) == (None, ((0, 2), 0))
    go(window, "left")
    assert window.screen.scene().cursor == (0, 2), "where the mouse has pointed"
    go(window, "left")
    scene = window.screen.scene()
    assert (scene.cursor, scene.ghost) == ((0, 1), ((0, 1), 0))


# Digits


@pytest.mark.parametrize("keypad", [False, True])
def test_digits_drop_stones_into_columns(keypad: bool) -> None:
    first = pygame.K_KP1 if keypad else pygame.K_1
    window = Window(make("connect4"), None, None)
    press(window, *(first + digit - 1 for digit in (4, 4, 1, 7)))
    assert window.moves == "4 4 1 7"
    press(window, first + 7, first + 8, pygame.K_KP0 if keypad else pygame.K_0)
    assert window.moves == "4 4 1 7", "there are seven columns"
    press(window, *[first + 3] * 5)
    assert window.moves == "4 4 1 7 4 4 4 4"
    assert window.screen.status == "Not a legal move. Player 1 to move"


def test_digits_are_what_is_typed_wherever_the_keys_are() -> None:
    window = Window(make("connect4"), None, None)
    for key, typed in ((pygame.K_AMPERSAND, "1"), (pygame.K_4, "'"), (pygame.K_QUOTE, "4"), (pygame.K_4, "\u00b2")):
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, mod=0, unicode=typed))
        window.step()
    assert window.moves == "1 4"


def test_digits_wait_for_the_agent() -> None:
    player = Held({1: "4"})
    window = Window(make("connect4"), None, player)
    press(window, pygame.K_1, pygame.K_2)
    player.go.set()
    window.settle()
    assert window.moves == "1 4"


def test_digits_go_to_rows_elsewhere() -> None:
    window = Window(make("gomoku:12x12x5"), None, None)
    rows = []
    for digit in (3, 1, 2, 2, 0, 1, 0):
        press(window, pygame.K_0 + digit)
        cursor = window.screen.scene().cursor
        assert cursor is not None
        rows.append(12 - cursor[0])
        assert cursor[1] == 6
    assert rows == [3, 1, 12, 2, 2, 1, 10]
    assert window.moves == ""
    press(window, pygame.K_RETURN)
    assert window.moves == "g10"


# Buttons


def test_tab_goes_through_the_buttons_that_do_something() -> None:
    window = Window(make("tictactoe"), None, None)
    window.play("b2")
    plain = picture(window)
    assert [tab(window) for _ in range(7)] == [NEW, SWAP, UNDO, FLIP, RESIGN, GAME, HELP], "nothing to redo"
    assert picture(window) != plain
    assert tab(window) == LEAVE
    assert tab(window) is None
    assert window.screen.scene().cursor is not None, "after the last comes the board"
    assert tab(window, back=True) == LEAVE
    assert tab(window, back=True) == HELP
    go(window, "left")
    assert window.screen.view().focused is None


def test_switching_windows_is_no_tab() -> None:
    window = Window(make("tictactoe"), None, None)
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_TAB, mod=pygame.KMOD_LALT, unicode="\t"))
    window.step()
    assert window.screen.view().focused is None


@pytest.mark.parametrize("key", [pygame.K_RETURN, pygame.K_SPACE])
def test_a_key_presses_the_button(key: int) -> None:
    window = Window(make("tictactoe"), None, None)
    window.play("b2")
    while tab(window) != UNDO:
        pass
    press(window, key)
    assert window.moves == ""
    while tab(window, back=True) != LEAVE:
        pass
    press(window, key)
    assert not window.app.running


# Help


@pytest.mark.parametrize("name", ["connect4", "hex:7+swap", "breakthrough"])
@pytest.mark.parametrize("size", [(240, 240), (320, 240), (900, 640), (1920, 1080)])
def test_help_opens_and_closes(name: str, size: Size) -> None:
    window = Window(make(name), None, None, size=size)
    plain = picture(window)
    press(window, pygame.K_F1)
    assert picture(window) != plain
    press(window, pygame.K_F1)
    assert picture(window) == plain
    window.press_button(len(window.screen.layout.buttons) - 2)
    page = page_of(window)
    assert page is not None
    window.click((0, 0))
    assert page_of(window) is None
    assert window.moves == "", "the click only closed the page"
    press(window, pygame.K_h)
    press(window, pygame.K_ESCAPE)
    assert page_of(window) is None
    assert window.app.running


def test_help_tells_every_key() -> None:
    def told(name: str) -> str:
        window = Window(make(name), None, None)
        press(window, pygame.K_F1)
        page = page_of(window)
        assert page is not None
        return "\n".join([page.title, page.about, *(" ".join(line) for line in page.keys)])

    connect4, hex_, breakthrough = told("connect4"), told("hex:5+swap"), told("breakthrough")
    for word in (
        "Arrows",
        "Return",
        "Tab",
        "N new",
        "U undo",
        "R redo",
        "S new",
        "F1",
        "F11 full",
        "Esc, Q leave",
        "Ctrl+S",
    ):
        assert word in connect4
    assert "1 to 9 drop a stone into that column" in connect4
    assert "Four in a line win" in connect4
    assert "P swap-pieces" in hex_
    assert "Red joins top and bottom, Blue joins left and right." in hex_
    assert "1 to 9 put the cursor on that row" in breakthrough
    assert "Click a stone, then where it goes" in breakthrough


def test_an_agent_moves_behind_the_help() -> None:
    window = Window(make("tictactoe"), None, Scripted({1: "c3"}))
    window.play("a1")
    press(window, pygame.K_F1)
    window.settle()
    assert window.moves == "a1 c3"
    assert page_of(window) is not None


# Full screen


def test_f11_fills_the_screen_and_goes_back_to_a_window() -> None:
    def flags() -> int:
        return int(pygame.display.get_surface().get_flags())

    window = Window(make("connect4"), None, None, size=(640, 480))
    press(window, pygame.K_F11)
    assert flags() & pygame.FULLSCREEN
    window.surface = pygame.display.get_surface()
    window.step()
    press(window, pygame.K_4)
    assert window.moves == "4"
    press(window, pygame.K_F11)
    assert not flags() & pygame.FULLSCREEN
    assert pygame.display.get_surface().get_size() == (640, 480)
    window.surface = pygame.display.get_surface()
    window.step()
    assert window.stone_colour(5, 3) == palette(Kind.WELLS, dark=False).pieces[0].fill


# Who is who


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("tictactoe", ("X moves first", "O moves second")),
        ("hex:5", ("Red joins top and bottom", "Blue joins left and right")),
        ("breakthrough", ("White moves up", "Black moves down")),
    ],
)
@pytest.mark.parametrize("size", [(900, 640), (640, 480), (480, 800), (240, 240)])
def test_plates_say_what_each_side_is_after(name: str, roles: tuple[str, str], size: Size) -> None:
    window = Window(make(name), None, None, size=size)
    view: Any = window.screen.view()
    assert view.roles == roles
    plates = [window.surface.subsurface(rect) for rect in window.screen.layout.seats]
    faint = [any(tuple(plate.get_at((x, y)))[:3] == LIGHT.faint_ink for x, y in pixels(plate)) for plate in plates]
    assert faint == [size != (240, 240) or view.counts is not None] * 2, "in words where there is room for them"


def pixels(surface: pygame.Surface) -> list[tuple[int, int]]:
    width, height = surface.get_size()
    return [(x, y) for x in range(width) for y in range(height)]
