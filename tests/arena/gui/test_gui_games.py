"""Every game in the window, played by posted events: what each needs of clicks, keys, marks and words."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pygame
import pytest
import torch

from arena.gui.boards.drawing.grounds.hexagons import EDGE_SHARE
from arena.gui.boards.palette import palette
from arena.view import board
from arena.view.grid import Hexagons
from arena.view.kind import Kind
from arena.view.position import Position
from game.play import sample_uniform
from game.registry import make
from tests.arena.gui.hands import PATIENCE, Broken, Random, Scripted, Window
from tests.arena.gui.hands import display as display  # the fixture

GAMES = [
    *("tictactoe", "connect4", "othello:4", "othello:6", "othello", "breakthrough:4x4", "breakthrough:5x6"),
    *("breakthrough", "gomoku:5x5x4", "gomoku:9x6x5", "hex:3", "hex:5", "hex:4+swap"),
]
FELT, CHEQUERED = palette(Kind.FELT, dark=False), palette(Kind.CHEQUERED, dark=False)
LARGEST = ["gomoku:20x20x5", "hex:19", "hex:19+swap"]


def opening(game: Any, seed: int, until: Any) -> list[str]:
    """Random moves up to a position, not the first, in which `until` of a Position holds."""
    generator = torch.Generator().manual_seed(seed)
    while True:
        moves: list[str] = []
        state = game.initial(1)
        while not bool(state.done):
            action = sample_uniform(game.legal(state), generator)
            moves.append(game.move_name(int(action), state))
            state = game.step(state, action)
            if until(Position(game, state)):
                return moves


def drawn_stones(text: str) -> list[list[int | None]]:
    """The stones of a board printed as text."""
    rows = re.findall(r"^ *\d* ?((?:[XO.] ?)+)$", text, flags=re.MULTILINE)
    return [[{"X": 0, "O": 1, ".": None}[sign] for sign in row.split()] for row in rows]


# Whole games


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize("seed", [0])
def test_a_random_game_by_clicks_is_the_engines(name: str, seed: int) -> None:
    game, generator = make(name), torch.Generator().manual_seed(seed)
    window, state = Window(game, None, None), game.initial(1)
    while not bool(state.done):
        assert f"Player {1 + int(state.ply) % 2} to move" in window.screen.status
        action = sample_uniform(game.legal(state), generator)
        window.play(game.move_name(int(action), state))
        state = game.step(state, action)
        assert window.session.history.state.equal(state)
        scene = window.screen.scene()
        assert [list(row) for row in scene.stones] == drawn_stones(game.render(state))
        assert scene.picked == ()
    mover = int(state.ply) % 2
    words = {0: "a draw", 1: f"Player {2 - mover} wins", -1: f"Player {1 + mover} wins"}[int(state.reward)]
    assert window.screen.status == f"Game over: {words}"
    assert scene.to_move is None
    assert scene.hints == frozenset()
    winning = {tuple(cell) for cell in game.winning_cells(state)[0].nonzero().tolist()}
    assert scene.winning == winning
    if winning:
        assert {scene.stones[row][column] for row, column in winning} == {1 - mover}


@pytest.mark.parametrize("name", LARGEST)
@pytest.mark.parametrize("size", [(320, 240), (500, 800), (900, 640)])
def test_largest_boards_in_windows_of_all_sizes(name: str, size: tuple[int, int]) -> None:
    game, generator = make(name), torch.Generator().manual_seed(4)
    window, state = Window(game, None, None, size=size), game.initial(1)
    for _ in range(15):
        action = sample_uniform(game.legal(state), generator)
        window.play(game.move_name(int(action), state))
        state = game.step(state, action)
    assert window.session.history.state.equal(state)


@pytest.mark.parametrize("name", GAMES)
def test_a_person_against_an_agent(name: str) -> None:
    game = make(name)
    window, generator = Window(game, Random(), None, seed=2), torch.Generator().manual_seed(5)
    while not window.session.history.done:
        window.settle()
        state = window.session.history.state
        if not bool(state.done):
            window.play(game.move_name(int(sample_uniform(game.legal(state), generator)), state))
    assert window.screen.status.startswith("Game over")


@pytest.mark.parametrize("name", GAMES)
def test_undo_leads_back_to_the_start(name: str) -> None:
    window = Window(make(name), None, None)
    game, generator = window.game, torch.Generator().manual_seed(6)
    while not window.session.history.done:
        state = window.session.history.state
        window.play(game.move_name(int(sample_uniform(game.legal(state), generator)), state))
    for made in reversed(range(len(window.session.history.actions))):
        window.press_key(pygame.K_u)
        assert len(window.session.history.actions) == made
    assert window.session.history.state.equal(game.initial(1))
    assert Position(game, game.initial(1)).stones == window.screen.scene().stones


# Hexagons


@pytest.mark.parametrize("size", [(320, 240), (900, 640), (1920, 1080)])
def test_clicks_close_to_the_borders_of_hexagons(size: tuple[int, int]) -> None:
    window = Window(make("hex:5"), None, None, size=size)
    grid = window.screen.layout.grid
    assert isinstance(grid, Hexagons)
    share = 1 - 3 / grid.cell
    for row, column in itertools.product(range(5), range(5)):
        (x, y), corners = grid.middle(row, column), grid.corners(row, column)
        for right, down in corners:
            window.point((int(x + (right - x) * share), int(y + (down - y) * share)))
            assert window.moves == f"{'abcde'[column]}{row + 1}"
            window.press_key(pygame.K_n)
            window.agree()


def test_clicks_beside_the_slanted_board_do_nothing() -> None:
    window = Window(make("hex:5"), None, None, size=(900, 640))
    bounds = window.screen.layout.board
    for point in ((bounds.right - 2, bounds.y + 2), (bounds.x + 2, bounds.bottom - 2), (bounds.x + 1, bounds.y + 1)):
        window.point(point)
    assert (window.moves, window.screen.status) == ("", "Player 1 to move")


@pytest.mark.parametrize("size", [(320, 240), (500, 800), (900, 640)])
def test_edges_have_the_colours_of_those_who_join_them(size: tuple[int, int]) -> None:
    window = Window(make("hex:5"), None, None, size=size)
    grid = window.screen.layout.grid
    assert isinstance(grid, Hexagons)
    beyond = window.screen.layout.frame * EDGE_SHARE / 2
    (x, top), (last_x, low) = grid.middle(0, 2), grid.middle(4, 2)
    (left, y), (right, last_y) = grid.middle(2, 0), grid.middle(2, 4)
    colours = [
        tuple(window.surface.get_at((int(column), int(row))))[:3]
        for column, row in (
            (x, top - grid.radius - beyond),
            (last_x, low + grid.radius + beyond),
            (left - grid.cell / 2 - beyond, y),
            (right + grid.cell / 2 + beyond, last_y),
        )
    ]
    assert colours == [palette(Kind.HEXAGONS, dark=False).pieces[seat].fill for seat in (0, 0, 1, 1)]


def test_edges_are_whose_stones_at_both_ends_win() -> None:
    """The first player wins by a chain from the top to the lower edge, the second from left to right."""
    window = Window(make("hex:3"), None, None)
    assert board.edges(window.game) == (0, 1, 0, 1)
    window.play("b1 a1 b2 a2 b3")
    assert window.screen.status == "Game over: Player 1 wins"
    assert window.screen.scene().winning == {(0, 1), (1, 1), (2, 1)}
    window.press_key(pygame.K_n)
    window.agree()
    window.play("a1 a2 b1 b2 c1 c2")
    assert window.screen.status == "Game over: Player 2 wins"
    assert window.screen.scene().winning == {(1, 0), (1, 1), (1, 2)}
    middle = window.screen.layout.cell_rect(1, 1)
    assert tuple(window.surface.get_at((middle.x + 3, middle.center[1])))[:3] == palette(Kind.HEXAGONS, dark=False).won
    assert all(board.edges(make(name)) is None for name in ("gomoku", "breakthrough", "othello"))


# Moves that touch no cell


@pytest.mark.parametrize("by_key", [False, True])
def test_swapping_pieces(by_key: bool) -> None:
    window = Window(make("hex:4+swap"), None, None)
    assert button(window, "Swap-pieces").enabled is False
    window.play("b1")
    assert window.screen.status == "Player 2 to move: press P for swap-pieces"
    assert button(window, "Swap-pieces").enabled is True
    if by_key:
        window.press_key(pygame.K_p)
    else:
        press_button(window, "Swap-pieces")
    assert window.moves == "b1 swap-pieces"
    assert window.screen.status == "Player 1 to move (Player 2 played swap-pieces)"
    scene = window.screen.scene()
    assert (scene.stones[1][0], scene.stones[0][1]) == (1, None)
    assert scene.last == (1, 0)
    assert scene.touched == {(0, 1)}
    window.press_key(pygame.K_p)
    assert window.screen.status == "Not a legal move. Player 1 to move"
    window.play("c3")
    assert window.moves == "b1 swap-pieces c3"
    assert window.screen.status == "Player 2 to move"
    window.press_key(pygame.K_u)
    window.press_key(pygame.K_u)
    assert window.screen.status == "Player 2 to move: press P for swap-pieces"
    window.play("b2")
    assert window.moves == "b1 b2"


def test_swapping_seats_is_another_key() -> None:
    window = Window(make("hex:4+swap"), None, Scripted({0: "b2", 1: "swap-pieces"}))
    window.play("b1")
    window.settle()
    assert window.screen.status == "Your move (robot played swap-pieces)"
    window.press_key(pygame.K_s)
    window.agree()
    window.settle()
    assert window.session.names == ("robot", "You")
    assert (window.moves, window.screen.status) == (
        "b2",
        "Your move: press P for swap-pieces (U brings the last game back)",
    )


@pytest.mark.parametrize("how", ["key", "button", "board"])
def test_pass_and_undo_across_it(how: str) -> None:
    game = make("othello:4")
    moves = opening(game, 0, lambda position: position.only_pass is not None)
    window = Window(game, None, None)
    for name in moves:
        assert button(window, "Pass").enabled is False
        window.play(name)
    mover, other = (f"Player {1 + (len(moves) + k) % 2}" for k in (0, 1))
    assert window.screen.status == f"{mover} to move: nothing but a pass is left, press P or click the board"
    assert button(window, "Pass").enabled is True
    before = window.screen.scene().stones
    if how == "key":
        window.press_key(pygame.K_p)
    elif how == "button":
        press_button(window, "Pass")
    else:
        window.click((0, 0))
    assert window.moves == " ".join([*moves, "pass"])
    assert window.screen.status == f"{other} to move ({mover} played pass)"
    scene = window.screen.scene()
    assert (scene.stones, scene.last, scene.touched) == (before, None, frozenset())
    window.press_key(pygame.K_u)
    assert window.moves == " ".join(moves)
    assert "nothing but a pass" in window.screen.status
    window.press_key(pygame.K_u)
    assert window.moves == " ".join(moves[:-1])


def test_undo_across_the_pass_of_an_agent() -> None:
    game = make("othello:4")
    moves = opening(
        game, 1, lambda position: position.only_pass is not None and int(position.state.ply) % 2 == 1
    )  # the second player must pass
    window = Window(game, None, Scripted({**dict(enumerate(moves)), len(moves): "pass"}))
    for name in moves[::2]:
        window.play(name)
        window.settle()
    assert window.moves == " ".join([*moves, "pass"])
    assert window.screen.status.endswith("(robot played pass)")
    window.press_key(pygame.K_u)
    assert window.moves == " ".join(moves[:-1])
    assert window.screen.status.startswith("Your move")


def test_pass_by_key_where_it_is_not_legal_is_refused() -> None:
    window = Window(make("othello"), None, Broken(ValueError("no move")))
    window.press_key(pygame.K_p)
    assert (window.moves, window.screen.status) == ("", "Not a legal move. Your move")
    window.play("d3")
    assert window.screen.table.thinker.wait(PATIENCE)
    window.step()
    window.press_key(pygame.K_p)
    assert (window.moves, window.screen.status) == ("d3", "broken failed: no move")


def test_only_games_with_such_a_move_have_its_button() -> None:
    for name, label in {"othello:4": "Pass (P)", "hex:3+swap": "Swap-pieces (P)"}.items():
        assert Window(make(name), None, None).screen.view().buttons[0].labels[0] == label
    for name in ("hex:3", "breakthrough", "gomoku", "connect4"):
        window = Window(make(name), None, None)
        assert len(window.screen.layout.buttons) == 9
        window.press_key(pygame.K_p)
        assert window.screen.status == "Player 1 to move"


def button(window: Window, label: str) -> Any:
    return next(button for button in window.screen.view().buttons if button.labels[0].startswith(label))


def press_button(window: Window, label: str) -> None:
    labels = [button.labels[0] for button in window.screen.view().buttons]
    window.press_button(next(number for number, text in enumerate(labels) if text.startswith(label)))


# Stones that move, stones that turn


def test_breakthrough_pick_pick_again_put_down_and_move() -> None:
    window = Window(make("breakthrough:5x6"), None, None)
    window.click((4, 1))
    scene = window.screen.scene()
    assert scene.picked == ((4, 1),)
    assert scene.hints == {(3, 0), (3, 1), (3, 2)}
    assert pixel(window, (3, 2)) == CHEQUERED.target
    window.click((4, 3))
    scene = window.screen.scene()
    assert scene.picked == ((4, 3),)
    assert scene.hints == {(3, 2), (3, 3), (3, 4)}
    assert pixel(window, (3, 1)) == CHEQUERED.ground
    window.click((4, 3))
    assert (window.screen.scene().picked, window.screen.scene().hints) == ((), frozenset())
    window.click((4, 3), (2, 3))
    assert window.screen.scene().picked == ()
    assert window.screen.status == "Not a legal move. Player 1 to move"
    window.click((5, 0))
    assert window.screen.status == "Not a legal move. Player 1 to move", "a stone that cannot move"
    window.click((4, 3))
    assert window.screen.status == "Player 1 to move"
    window.click((3, 3))
    assert window.moves == "d2-d3"
    scene = window.screen.scene()
    assert (scene.last, scene.picked) == ((3, 3), ())
    assert scene.touched == {(4, 3)}
    assert pixel(window, (4, 3)) != CHEQUERED.ground, "where it came from is marked"


def test_breakthrough_takes_a_stone() -> None:
    window = Window(make("breakthrough:5x6"), None, None)
    window.play("b2-b3 c5-c4")
    window.click((3, 1))
    scene = window.screen.scene()
    assert scene.hints == {(2, 0), (2, 1), (2, 2)}
    rect = window.screen.layout.cell_rect(2, 2)
    assert tuple(window.surface.get_at((rect.center[0], rect.y + rect.height // 20)))[:3] == CHEQUERED.target
    window.hover(2, 2)
    assert window.screen.scene().ghost == ((2, 2), 0)
    window.click((2, 2))
    assert window.moves == "b2-b3 c5-c4 b3xc4"
    scene = window.screen.scene()
    assert (scene.stones[2][2], window.screen.view().counts) == (0, (10, 9))
    assert scene.last == (2, 2)
    assert scene.touched == {(3, 1)}


def test_breakthrough_shows_which_stone_can_be_picked() -> None:
    window = Window(make("breakthrough:5x6"), None, None)
    window.hover(4, 2)
    assert window.screen.scene().grip == (4, 2)
    for cell in ((5, 2), (2, 2), (1, 2)):
        window.hover(*cell)
        assert window.screen.scene().grip is None
    window.play("c2-c3")
    window.hover(1, 2)
    assert window.screen.scene().grip == (1, 2)


def test_the_arriving_stone_is_lit() -> None:
    window = Window(make("breakthrough:4x4"), None, None)
    window.play("a2xb3 d3xc2 b3xa4")
    assert window.screen.status == "Game over: Player 1 wins"
    assert window.screen.scene().winning == {(0, 0)}


def test_othello_marks_legal_cells_and_turned_stones() -> None:
    window = Window(make("othello"), None, None)
    legal = {(2, 3), (3, 2), (4, 5), (5, 4)}
    assert window.screen.scene().hints == legal
    assert {pixel(window, cell) for cell in legal} == {FELT.target}
    window.hover(2, 3)
    assert window.screen.scene().ghost == ((2, 3), 0)
    window.click((0, 0))
    assert window.screen.status == "Not a legal move. Player 1 to move"
    window.click((2, 3))
    scene = window.screen.scene()
    assert (scene.last, window.screen.view().counts) == ((2, 3), (4, 1))
    assert scene.touched == {(3, 3)}
    assert scene.stones[3][3] == 0
    assert pixel(window, (3, 3)) == pixel(window, (2, 3)) == FELT.pieces[0].pattern
    assert pixel(window, (3, 4)) != FELT.pieces[0].pattern


def test_no_marks_while_an_agent_is_to_move() -> None:
    window = Window(make("othello"), Broken(ValueError("no move")), None)
    assert window.screen.table.thinker.wait(PATIENCE)
    window.step()
    assert window.screen.scene().hints == frozenset()


def test_no_marks_where_any_empty_cell_will_do() -> None:
    for name, moves in {
        "connect4": "4 4 4 4 4 4",
        "gomoku:5x5x4": "c3 c4",
        "hex:4+swap": "b1",
        "tictactoe": "b2",
    }.items():
        window = Window(make(name), None, None)
        window.play(moves)
        assert window.screen.scene().hints == frozenset()


def test_stones_are_counted_where_the_game_begins_with_some() -> None:
    counts = {name: Window(make(name), None, None).screen.view().counts for name in ("othello:6", "breakthrough:4x5")}
    assert counts == {"othello:6": (2, 2), "breakthrough:4x5": (8, 8)}
    assert all(Window(make(name), None, None).screen.view().counts is None for name in ("hex", "gomoku", "connect4"))


def pixel(window: Window, cell: tuple[int, int]) -> tuple[int, ...]:
    """The colour in the middle of a cell."""
    return tuple(window.surface.get_at(window.screen.layout.cell_rect(*cell).center))[:3]


# Coordinates and speed


def test_coordinates_of_all_games() -> None:
    for name, columns, top, bottom in (
        ("othello", "abcdefgh", "1", "8"),
        ("breakthrough:5x6", "abcde", "6", "1"),
        ("gomoku:19x7x5", "abcdefghijklmnopqrs", "7", "1"),
        ("hex:19+swap", "abcdefghijklmnopqrs", "1", "19"),
    ):
        column_names, row_names = board.coordinates(make(name))
        assert "".join(column_names[column] for column in sorted(column_names)) == columns
        assert (row_names[0], row_names[max(row_names)]) == (top, bottom)


@pytest.mark.parametrize("name", ["hex:19", "gomoku:19x19x5", "othello", "breakthrough"])
def test_frames_ask_the_game_nothing_about_a_position_already_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    game = make(name)
    window = Window(game, None, None)
    asked: list[str] = []

    def counting(method: str) -> Any:
        original = getattr(game, method)

        def ask(*arguments: Any) -> Any:
            asked.append(method)
            return original(*arguments)

        return ask

    for method in ("legal", "observe", "step", "winning_cells", "move_name"):
        monkeypatch.setattr(game, method, counting(method))
    for _ in range(3):
        window.hover(2, 2)
        window.step()
    assert set(asked) <= {"step", "observe"}, "where the stone under the mouse would land is found out once"
    assert len(asked) <= 2
