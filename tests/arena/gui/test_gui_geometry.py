"""Where everything is, as it was agreed on: rectangles, not pixels.

Where a change is meant, look at the screens and write the file anew: python -m tests.arena.gui.test_gui_geometry
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from arena.gui.play.layout import arrange
from arena.gui.screens.start import layout as start
from arena.view import board
from game.registry import make

FILE = Path(__file__).parents[2] / "data" / "window_geometry.json"
SIZES = [(640, 480), (800, 600), (1280, 800), (2560, 1600)]
BOARDS = ["connect4", "hex:7", "othello"]
BUTTONS = 10


def geometry(size: tuple[int, int]) -> dict[str, Any]:
    """All rectangles of a window of this size, by screen and name."""
    found: dict[str, Any] = {}
    for name in BOARDS:
        for panel in (0, size[0] // 3):
            layout = arrange(size, board.describe(make(name)), BUTTONS, panel=panel)
            found[f"{name}{' beside a panel' if panel else ''}"] = {
                "text": layout.text,
                "board": layout.board,
                "cell": layout.cell,
                "seats": layout.seats,
                "status": layout.status,
                "moves": layout.moves,
                "buttons": layout.buttons,
                "steps": layout.steps,
                "panel": layout.panel,
            }
    for unfinished in (False, True):
        screen = start.arrange(size, 6, unfinished)
        found[f"start{', a game to continue' if unfinished else ''}"] = {
            "text": screen.text,
            "title": screen.title,
            "status": screen.status,
            "labels": screen.labels,
            "places": screen.places,
            "preview": screen.preview,
        }
    return found


def plain(value: Any) -> Any:
    """As JSON reads it."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("size", SIZES)
def test_everything_is_where_it_was(size: tuple[int, int]) -> None:
    kept = json.loads(FILE.read_text())[f"{size[0]}x{size[1]}"]
    found = plain(geometry(size))
    for screen, parts in found.items():
        assert parts == kept[screen], screen
    assert set(found) == set(kept)


if __name__ == "__main__":
    everything = {f"{size[0]}x{size[1]}": plain(geometry(size)) for size in SIZES}
    FILE.write_text(json.dumps(everything, indent=None, separators=(",", ":")).replace('},"', '},\n"') + "\n")
