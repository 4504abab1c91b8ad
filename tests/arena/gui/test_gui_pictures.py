"""The window as a picture, and the options of `qzero play`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygame
import pytest

from arena.gui import look
from arena.gui.look import Look
from arena.gui.offscreen import pictures
from arena.gui.play.saved import saved_game, write_game
from arena.gui.theme import DARK, LIGHT
from arena.view.session import Session
from game.errors import UsageError
from game.notation import parse_moves
from game.registry import make
from tests.arena.gui.hands import display as display  # the fixture


@pytest.mark.parametrize(("theme", "size"), [("light", (640, 480)), ("dark", (1280, 800))])
def test_a_screenshot_is_the_position_in_that_size_and_theme(
    theme: str, size: tuple[int, int], tmp_path: Path, qzero: Any
) -> None:
    file = tmp_path / "board.png"
    arguments = ("--moves", "4 4 3", "--screenshot", file, "--size", f"{size[0]}x{size[1]}", "--theme", theme)
    done = qzero("play", "connect4", *arguments)
    assert (done.code, done.err) == (0, "")
    picture = pygame.image.load(file)
    assert picture.get_size() == size
    assert tuple(picture.get_at((0, 0)))[:3] == {"light": LIGHT, "dark": DARK}[theme].paper
    other = tmp_path / "other.png"
    qzero("play", "connect4", "--moves", "4 4", *arguments[2:3], other, *arguments[4:])
    assert file.read_bytes() != other.read_bytes()
    again = tmp_path / "again.png"
    qzero("play", "connect4", "--moves", "443", *arguments[2:3], again, *arguments[4:])
    assert file.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("connect4", "--size", "12"), "expected WIDTHxHEIGHT"),
        (("connect4", "--size", "0x5"), "expected WIDTHxHEIGHT"),
        (("connect4", "--size", "9999x9999"), "up to 8192"),
        (("connect4", "--moves", "4 9"), "connect4 move"),
        (("connect4", "--moves", "4444444"), "not legal"),
        (("--moves", "4"), "name a GAME"),
        (("--opponent", "random"), "name a GAME"),
        (("--text",), "name a GAME"),
        (("connect4", "--load", "x.json"), "stands alone"),
        (("connect4", "--text", "--opponent", "random", "--moves", "4"), "leave out --text"),
    ],
)
def test_options_that_make_no_sense(arguments: tuple[str, ...], words: str, qzero: Any) -> None:
    done = qzero("play", *arguments)
    assert done.code == 2
    assert words in done.err
    assert done.err.count("\n") == 1


def test_a_picture_that_cannot_be_written_is_one_sentence(tmp_path: Path, qzero: Any) -> None:
    done = qzero("play", "tictactoe", "--screenshot", tmp_path / "none" / "x.png")
    assert done.code == 1
    assert done.err.startswith("qzero: cannot write")


def test_the_options_reach_the_window(monkeypatch: pytest.MonkeyPatch, qzero: Any) -> None:
    opened: list[Any] = []
    monkeypatch.setattr("arena.gui.app.App.run", lambda app: opened.append(app))
    qzero("play", "tictactoe", "--opponent", "human", "--moves", "a1 b2", "--size", "700x500", "--theme", "dark")
    app = opened[0]
    assert pygame.display.get_surface().get_size() == (700, 500)
    assert app.context.theme == DARK
    assert app.stack.top.session.move_names == ["a1", "b2"]
    assert len(app.stack) == 2, "the start screen is below"
    app.stack.clear()


def test_a_saved_game_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qzero: Any) -> None:
    game = make("tictactoe")
    session = Session(game, (None, None))
    for name in ("a1", "b2", "c3"):
        session.play(game.parse_move(name, session.history.state))
    file = tmp_path / "game.json"
    write_game(file, saved_game(session))
    seen: list[list[str]] = []

    def run(app: Any) -> None:
        for _ in range(2000):
            app.step(pygame.display.get_surface())
            if len(app.stack) == 2:
                seen.append(app.stack.top.session.move_names)
                break
            pygame.time.wait(5)
        app.stack.clear()

    monkeypatch.setattr("arena.gui.app.App.run", run)
    assert qzero("play", "--load", file).code == 0
    assert seen == [["a1", "b2", "c3"]]


def test_looks_of_options() -> None:
    assert look.look_of("800x600", "dark", None) == Look((800, 600), "dark", None)
    assert look.look_of(None, None, Path("x")) == Look(None, None, Path("x"))
    with pytest.raises(UsageError):
        look.look_of("800 x 600", None, None)


def test_the_pictures_of_the_documentation_have_legal_moves_and_what_they_promise() -> None:
    for one in pictures.SHOWN:
        game = make(one.game)
        context = pictures.context_of(Look(one.size, one.theme))
        history = parse_moves(game, one.moves)
        assert not history.done
        surface = pictures._drawn(context, game, (None, None), history, analysed=False)
        assert surface.get_size() == one.size
