"""What must not go wrong, whatever a person does: games are not lost, and nothing that is pasted stops the window."""

from __future__ import annotations

from pathlib import Path

import pygame

from arena.gui.opening import Rooms
from arena.gui.play.autosave import saved_games, unfinished
from arena.gui.play.saved import read_game
from arena.gui.screens.play import PlayScreen
from game.registry import make
from tests.arena.gui.hands import Window
from tests.arena.gui.hands import display as display  # the fixture

CONNECT4 = make("connect4")


def save(window: Window) -> Path:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_s, mod=pygame.KMOD_LCTRL, unicode=""))
    window.step()
    return saved_games()[0][0]


def opened(window: Window, path: Path) -> PlayScreen:
    screen = Rooms().open(window.app.context, path)()
    assert isinstance(screen, PlayScreen)
    window.app.stack.push(screen)
    window.step()
    return screen


def test_a_game_that_a_person_saved_stays_as_it_was_saved() -> None:
    window = Window(CONNECT4, None, None)
    window.play("4 4 5")
    path = save(window)
    for act in ("nothing", "a move", "a new game", "resigning"):
        screen = opened(window, path)
        if act == "a move":
            screen.table.touch((0, 0))
        elif act == "a new game":
            screen.table.new_game()
        elif act == "resigning":
            screen.table.resign(0)
        window.step()
        window.app.context.pop()
        assert read_game(path).moves == "4 4 5", act
        found = unfinished()
        assert (found is not None) == (act == "a move")
        if found is not None:
            assert (found[1].moves, found[0] != path) == ("4 4 5 1", True)
            found[0].unlink()


def test_a_game_that_the_window_keeps_goes_on_in_its_file() -> None:
    window = Window(CONNECT4, None, None, kept=True)
    window.play("4 4 5")
    window.screen.close()
    found = unfinished()
    assert found is not None
    screen = opened(window, found[0])
    screen.table.touch((0, 0))
    window.app.context.pop()
    assert [(path, read_game(path).moves) for path, _ in saved_games()] == [(found[0], "4 4 5 1")]
