"""The real other side: GRhino (Debian's package grhino) as an engine, and Sabaki's controller (npm's @sabaki/gtp).

Where they are not installed these tests are skipped; CI installs both and sets QZERO_ENGINES_REQUIRED.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from arena.engines.vertices import parse_vertex
from game import History, make
from tests.conftest import Qzero

ROOT = Path(__file__).parents[3]
NODE = shutil.which("node")
MODULES = [Path(path) for path in (os.environ.get("NODE_PATH"), str(ROOT / ".venv/node/node_modules")) if path]
SABAKI = next((path for path in MODULES if (path / "@sabaki/gtp").exists()), None)
RHINO = shutil.which("gtp-rhino", path=f"{os.environ.get('PATH', '')}:/usr/games")


def need(what: object, name: str) -> None:
    if not what:
        if os.environ.get("QZERO_ENGINES_REQUIRED"):
            pytest.fail(f"{name} is not installed")
        pytest.skip(f"{name} is not installed")


def test_grhino_plays_othello_in_a_tournament(qzero: Qzero) -> None:
    need(RHINO, "GRhino (apt-get install grhino)")
    spec = f'gtp:"{RHINO}"@seconds=20'
    outcome = qzero("tournament", spec, "random", "--game", "othello", "--games", 4, "--seed", 1, "--json")
    assert outcome.code == 0
    assert outcome.err == ""  # no forfeit
    record = json.loads(outcome.out)
    assert record["players"][0]["name"] == spec
    assert record["players"][0]["wins"] == record["games"] == 4


def test_grhino_says_what_it_does_not_play(qzero: Qzero) -> None:
    need(RHINO, "GRhino (apt-get install grhino)")
    for name, words in (("hex:5", "plays Othello, not hex"), ("othello:6", "is no GTP engine for othello:6")):
        outcome = qzero("match", f"gtp:{RHINO}", "random", "--game", name, "--games", 2)
        assert outcome.code == 2
        assert words in outcome.err


@pytest.mark.parametrize("name", ["hex:4", "gomoku:4x4x3"])
def test_a_real_controller_drives_our_engine(name: str, tmp_path: Path) -> None:
    need(NODE and SABAKI, "Sabaki's controller (npm install @sabaki/gtp, and node)")
    words = [NODE, Path(__file__).with_name("controller.js"), sys.executable]
    ours = ["-m", "arena.console", "engine", name, "shipped"]
    done = subprocess.run(
        [*map(str, words), *ours],
        env={**os.environ, "NODE_PATH": str(SABAKI), "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["name"] == "qzero shipped"
    assert told["protocol_version"] == "2"
    assert {"play", "genmove", "final_score"} <= set(told["commands"])
    assert [answer.split(":")[0] for answer in told["refused"]] == ["invalid color or coordinate", "unknown command"]
    history = History(make(name))
    for move in told["moves"]:
        history.push(parse_vertex(history.game, move, history.state))
    assert history.done
    assert told["score"] == ("0" if history.winner is None else f"{'BW'[history.winner]}+")
