"""A real window: Xvfb, a window manager, and xdotool as the person. Skipped where they are missing.

With QZERO_DISPLAY_REQUIRED in the environment they must be there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arena.gui.play.autosave import unfinished
from arena.gui.play.layout import arrange
from arena.gui.settings import load_settings
from arena.view import board
from game.registry import make

PATIENCE = 60.0  # seconds before a test that hangs fails
_SCREEN = (1280, 1024)
_NEEDED = ("Xvfb", "xdotool", "openbox")
MISSING = [name for name in _NEEDED if shutil.which(name) is None]

pytestmark = pytest.mark.skipif(
    bool(MISSING) and not os.environ.get("QZERO_DISPLAY_REQUIRED"),
    reason=f"needs {', '.join(MISSING)}: apt-get install xvfb xdotool openbox",
)


class Desktop:
    """A screen, its window manager, and the window on it."""

    def __init__(self, home: Path) -> None:
        read, write = os.pipe()
        self._home = home
        self._xvfb = self._start(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{_SCREEN[0]}x{_SCREEN[1]}x24", "-nolisten", "tcp"],
            pass_fds=(write,),
        )
        os.close(write)
        with os.fdopen(read) as numbers:
            self.display = f":{numbers.readline().strip()}"
        self._manager = self._start(["openbox", "--sm-disable"])
        self.game: subprocess.Popen[bytes] | None = None

    def play(self, *arguments: str) -> None:
        """Start `qzero play` and wait for its window."""
        self.open("play", *arguments)

    def open(self, *arguments: str) -> None:
        """Start a command of qzero and wait for its window."""
        self.game = self._start([sys.executable, "-m", "arena.console", *arguments])
        self.until(lambda: bool(self.window))

    def quit(self) -> None:
        """Close the window by its key, and see that the command ends well."""
        assert self.game is not None
        end = time.monotonic() + PATIENCE
        while self.game.poll() is None and time.monotonic() < end:
            self.press("q")
            time.sleep(0.2)
        assert self.game.poll() == 0

    @property
    def window(self) -> str:
        """Its number, which changes when the window fills the screen; empty while there is none."""
        assert self.game is not None
        found = self.xdotool("search", "--onlyvisible", "--pid", str(self.game.pid), check=False).split()
        return found[-1] if found else ""

    def press(self, *keys: str) -> None:
        self.xdotool("key", "--window", self.window, *keys, check=False)

    def xdotool(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    @property
    def size(self) -> tuple[int, int]:
        """Of the window; (0, 0) while there is none."""
        lines = self.xdotool("getwindowgeometry", "--shell", self.window, check=False).splitlines()
        told = dict(line.split("=") for line in lines if "=" in line)
        return int(told.get("WIDTH", 0)), int(told.get("HEIGHT", 0))

    def until(self, holds: Callable[[], bool]) -> None:
        last = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < last
            assert self.game is None or self.game.poll() is None, "the window has gone"
            time.sleep(0.05)

    def press_until(self, key: str, holds: Callable[[], bool], wait: float = 3.0) -> None:
        """Press it, and again after `wait` seconds without effect: keys are lost while no window has the focus."""

        def held() -> bool:
            self.press(key)
            end = time.monotonic() + wait
            while not (found := holds()) and time.monotonic() < end:
                time.sleep(0.05)
            return found

        self.until(held)

    def close(self) -> None:
        for process in (self.game, self._manager, self._xvfb):
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(PATIENCE)

    def _start(self, command: list[str], **options: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return] # of any options
            command,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._home,
            **options,
        )

    @property
    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in ("SDL_VIDEODRIVER", "DISPLAY")}
        kept["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[3]), kept.get("PYTHONPATH", "")])
        kept["SDL_AUDIODRIVER"] = "dummy"
        return kept | ({"DISPLAY": self.display} if hasattr(self, "display") else {})


@pytest.fixture
def desktop(home: Path) -> Iterator[Desktop]:
    found = Desktop(home)
    yield found
    found.close()


def kept() -> str:
    found = unfinished()
    return "" if found is None else found[1].moves


def click(desktop: Desktop, cell: tuple[int, int], buttons: int, moves: str) -> None:
    """On a cell of tic-tac-toe, wherever the window's size puts it, until these are the moves of the game."""

    def played() -> bool:
        layout = arrange(desktop.size, board.describe(make("tictactoe")), buttons)
        x, y = layout.cell_rect(*cell).center
        desktop.xdotool("mousemove", "--window", desktop.window, str(x), str(y), check=False)
        desktop.xdotool("click", "1")
        time.sleep(0.3)
        return kept() == moves

    desktop.until(played)


def test_clicks_keys_another_size_the_full_screen_and_closing(desktop: Desktop) -> None:
    desktop.play("tictactoe", "--opponent", "human", "--size", "800x600")
    desktop.until(lambda: desktop.size == (800, 600))
    buttons = 10
    click(desktop, (2, 0), buttons, "a1")

    desktop.xdotool("windowsize", "--sync", desktop.window, "1000", "500")
    desktop.until(lambda: desktop.size == (1000, 500))
    click(desktop, (1, 1), buttons, "a1 b2")

    desktop.press_until("F11", lambda: desktop.size == _SCREEN)
    click(desktop, (0, 2), buttons, "a1 b2 c3")
    desktop.press_until("F11", lambda: desktop.size == (1000, 500))

    desktop.press_until("u", lambda: kept() == "a1 b2", 20)
    desktop.quit()
    assert kept() == "a1 b2"
    assert load_settings().size == (1000, 500)


def test_the_start_screen_leads_to_a_game_that_outlives_a_kill(desktop: Desktop) -> None:
    desktop.play("--size", "900x640")
    desktop.press("End", "Tab", "End", "Return")  # tic-tac-toe, another person

    def playing() -> bool:
        desktop.press("Return")  # shows the cursor, then plays in the middle
        return kept() == "b2"

    desktop.until(playing)
    assert desktop.game is not None
    desktop.game.kill()
    desktop.game.wait(PATIENCE)
    desktop.play("--size", "900x640")

    def going_on() -> bool:
        desktop.press("c", "u")  # continue; and in the game, undo
        return kept() == ""

    desktop.until(going_on)


def test_the_analysis_finds_a_mistake_and_takes_it_back(desktop: Desktop) -> None:
    """The reply to a corner has to be the middle; T tries again from the last mistake."""
    desktop.play("tictactoe", "--opponent", "human", "--size", "1000x700")
    click(desktop, (2, 0), 10, "a1")
    click(desktop, (2, 1), 10, "a1 b1")
    desktop.press("Tab")
    desktop.press_until("t", lambda: kept() == "a1", 5)
    desktop.quit()


def test_two_players_and_a_run_are_watched(desktop: Desktop, home: Path) -> None:
    desktop.open("watch", "random", "one-ply", "--game", "tictactoe")
    desktop.press_until("F11", lambda: desktop.size == _SCREEN)
    desktop.quit()
    run = [sys.executable, "-m", "arena.console", "train", "tictactoe", "--q", "table", "--moves", "3000"]
    subprocess.run([*run, "--run", str(home / "run")], check=True, capture_output=True, cwd=Path(__file__).parents[3])
    desktop.open("watch", str(home / "run"))
    desktop.press_until("F11", lambda: desktop.size == _SCREEN)
    desktop.quit()
