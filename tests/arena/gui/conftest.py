"""Every test of the window has a home of its own, without settings and saved games of the person who runs it.

And loudspeakers that nobody hears: PettingZoo names others for the whole process when it is imported.
"""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder under which the window keeps its files."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    return tmp_path
