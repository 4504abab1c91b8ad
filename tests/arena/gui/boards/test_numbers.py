"""Numbers over the board: alike, as large as all of them fit, shorter before they become too small."""

from __future__ import annotations

import pytest

from arena.gui.boards.drawing.numbers import Style, style_for
from arena.gui.widgets.letters import Letters
from tests.arena.gui.hands import display as display  # the fixture

TEXTS = ["-0.62", "+0.05", "+1.00"]


@pytest.mark.parametrize("width", range(10, 120, 7))
def test_all_fit_and_none_larger_would(width: int) -> None:
    letters = Letters()
    style = style_for(letters, TEXTS, width)
    if style is None:
        assert width < letters.width("+1.00", 9)
        return
    shown = [text.replace("0.", ".", 1) if style.short else text for text in TEXTS]
    assert all(letters.width(text, style.size) <= width for text in shown)
    assert style.size >= max(width * 2 // 5, 11) or any(letters.width(text, style.size + 1) > width for text in shown)


def test_narrow_places_shorten_numbers_before_they_become_too_small_to_read() -> None:
    letters = Letters()
    wide, narrow = letters.width("-0.62", 11), letters.width("-.62", 11)
    assert style_for(letters, ["-0.62"], wide) == Style(short=False, size=11)
    style = style_for(letters, ["-0.62"], narrow)
    assert style == Style(short=True, size=11)


def test_the_widest_decides_for_all() -> None:
    letters = Letters()
    alone, together = style_for(letters, ["+9"], 60), style_for(letters, ["+9", "+123.45"], 60)
    assert alone is not None
    assert together is not None
    assert together.size < alone.size


def test_nothing_to_write_has_no_style() -> None:
    assert style_for(Letters(), [], 100) is None
    assert style_for(Letters(), ["", ""], 100) is None
