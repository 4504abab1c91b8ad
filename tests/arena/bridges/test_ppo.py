"""The example that learns with Stable-Baselines3: it runs, and what it learned plays legal moves."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples/ppo.py"


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("stable_baselines3", reason="stable-baselines3 is not installed")
    spec = importlib.util.spec_from_file_location("ppo", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(["tictactoe", "--seconds", "0", "--games", "20"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("PPO learned tictactoe from ")
    assert [line.partition(":")[0] for line in lines[1:]] == ["against random", "against one-ply"]
    for line in lines[1:]:
        wins, draws, losses = (int(part[1:]) for part in line.split(": ")[1].split(" (")[0].split())
        assert wins + draws + losses == 20
