"""Leaving while an agent thinks, in real processes: they must end by themselves, with the right status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# One process loads torch and pygame, then a fork for each way to leave plays on its own and ends as `qzero play` does.
SCRIPT = """
import os, signal, sys, threading, time
import pygame
import agent.search.negamax, arena.gui.app
from arena.cli import main

PLAY = ["play", "gomoku", "--seat", "second", "--opponent", "negamax:8"]
LEAVE = {
    "q": lambda: pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_q, mod=0, unicode="q")),
    "ctrl-c": lambda: os.kill(os.getpid(), signal.SIGINT),
    "sigterm": lambda: os.kill(os.getpid(), signal.SIGTERM),
}
signal.signal(signal.SIGINT, signal.default_int_handler)
thinking = threading.Event()
search = agent.search.negamax.NegamaxQ.q

def thinks(self, state):
    thinking.set()
    return search(self, state)

def leave(how):
    thinking.wait()
    time.sleep(0.05)
    how()

agent.search.negamax.NegamaxQ.q = thinks
children = {}
for name, how in LEAVE.items():
    child = os.fork()
    if child == 0:
        threading.Thread(target=leave, args=(how,), daemon=True).start()
        main(PLAY)
    children[child] = name
for child, name in children.items():
    print(f"{name}: {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")
"""


def test_leaving_while_an_agent_thinks(tmp_path: Path) -> None:
    environment = {**os.environ, "SDL_VIDEODRIVER": "dummy", "OMP_NUM_THREADS": "1"}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
        timeout=120,
    )
    told = [line for line in done.stdout.splitlines() if ": " in line]
    assert told == ["q: 0", "ctrl-c: 130", "sigterm: 0"], done.stderr
    assert done.stderr.split() == ["qzero:", "stopped"]
