"""What people see of a run on a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from agent.presets import preset
from agent.run import live_bar
from agent.run.progress import Progress
from agent.run.train import start


def test_lines_of_every_kind_are_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of games that were only put aside, without a loss, and with the spread of an ensemble."""
    screen = io.StringIO()

    def terminal(**_: object) -> Console:
        return Console(file=screen, force_terminal=True, no_color=True, width=200)

    monkeypatch.setattr(live_bar, "Console", terminal)
    line = {
        "moves": 500,
        "planned": 1000,
        "games": 40,
        "loss": 0.25,
        "seconds": 3.0,
        "moves_per_second": 1000.0,
        "mean_length": 7.5,
        "share_self_play": 0.3,
        "share_targets": 0.1,
        "share_learning": 0.6,
    }
    with Progress(start(tmp_path / "here", preset("tictactoe", moves=1000))) as shown:
        shown.report({**line, "loss": None})
        shown.report(line)
        shown.report({**line, "loss": None, "spread": 0.125, "strength": {"score vs random": 0.75}})
    text = screen.getvalue()
    assert "loss 0.250, spread 0.125" in text
    assert "30 % self-play and 60 % learning" in text
    assert "random 75.0 %" in text
    assert "500 of 1,000 moves" in text
    assert "the run is in" in text
    assert str(tmp_path / "here") in text
    assert "nan" not in text
