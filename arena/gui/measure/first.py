"""Seconds from the command `qzero play` to the first picture of its window."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence

from game.errors import QzeroError

_UNTIL_THE_FIRST_PICTURE = """
import os, sys, time
import pygame
def shown():
    print(time.time(), flush=True)
    os._exit(0)
pygame.display.flip = shown
from arena.console import main
sys.argv = ["qzero", "play", *sys.argv[1:]]
main()
"""
_PATIENCE = 120.0  # seconds


def first_picture(arguments: Sequence[str]) -> float:
    """Of the command with these arguments, in a process of its own with nobody's settings and games.

    SDL's dummy driver stands for the screen. Raises QzeroError where the command shows no window.
    """
    with tempfile.TemporaryDirectory() as home:
        own = {"XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "SDL_VIDEODRIVER": "dummy", "SDL_AUDIODRIVER": "dummy"}
        start = time.time()
        done = subprocess.run(
            [sys.executable, "-c", _UNTIL_THE_FIRST_PICTURE, *arguments],
            env=os.environ | own | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    try:
        return float(done.stdout.splitlines()[-1]) - start
    except (IndexError, ValueError):
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise QzeroError(f"qzero play {' '.join(arguments)} shows no window: {last[0]}") from None
