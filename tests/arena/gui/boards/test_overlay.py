"""What an analysis hands to the board: values that compare, and refuse what is off the scale."""

from __future__ import annotations

import pytest

from arena.gui.boards.overlay import Arrow, Mark, Overlay


def test_equal_overlays_are_equal_and_others_are_not() -> None:
    first, second = (Overlay({(0, 1): Mark("+0.4", 0.7, True)}, (Arrow((0, 1), (1, 1)),)) for _ in range(2))
    assert first == second
    assert first != Overlay({(0, 1): Mark("+0.4", 0.6, True)}, (Arrow((0, 1), (1, 1)),))
    assert first != Overlay({(0, 1): Mark("+0.4", 0.7, True)})
    assert Overlay() == Overlay()


@pytest.mark.parametrize("share", [-0.01, 1.01, float("nan")])
def test_values_off_the_scale_are_refused(share: float) -> None:
    with pytest.raises(ValueError, match="expected 0 to 1"):
        Mark("", share)
    with pytest.raises(ValueError, match="expected 0 to 1"):
        Arrow((0, 0), (1, 1), share)
