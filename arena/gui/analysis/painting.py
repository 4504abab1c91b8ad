"""The bar of chances: a win, a draw and a loss of the first player, from left to right."""

from __future__ import annotations

import pygame

from arena.gui.boards.colour import ink_on, mixed
from arena.gui.theme import Colour, Theme
from arena.gui.widgets.letters import Letters
from arena.view.analysis.chances import Outlook
from arena.view.grid import Rect


def chances_bar(
    surface: pygame.Surface,
    letters: Letters,
    rect: Rect,
    outlook: Outlook | None,
    sides: tuple[str, str],
    theme: Theme,
    seats: tuple[Colour, Colour],
    text: int,
) -> None:
    """Empty where nothing is known. sides: what the two are called, seats: their colours."""
    pygame.draw.rect(surface, theme.button, rect)
    if outlook is not None:
        grey = mixed(theme.faint_ink, theme.plate, 0.45)
        labels = (sides[0], "draw", sides[1])
        size, x = text * 5 // 6, rect.x
        for number, (chance, colour) in enumerate(zip(outlook, (seats[0], grey, seats[1]), strict=True)):
            right = rect.right if number == 2 else min(x + round(chance * rect.width), rect.right)
            part = Rect(x, rect.y, right - x, rect.height)
            if part.width > 0:
                pygame.draw.rect(surface, colour, part)
                words = _fitting(letters, labels[number], percent(chance), part.width - text // 2, size)
                letters.line(surface, part, words, size, ink_on(colour))
            x = right
    pygame.draw.rect(surface, theme.faint_ink, rect, 1)


def percent(chance: float) -> str:
    """Whole per cent; what is not quite certain is never called certain."""
    whole = round(100 * chance)
    if whole == 100 and chance < 1:
        return "> 99 %"
    return "< 1 %" if whole == 0 and chance > 0 else f"{whole} %"


def _fitting(letters: Letters, label: str, number: str, width: int, size: int) -> str:
    return next((text for text in (f"{label} {number}", number) if letters.width(text, size) <= width), "")
