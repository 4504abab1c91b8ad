"""The window on the screen: opening it, and filling the screen with it."""

from __future__ import annotations

import os
import sys

import pygame

from game.errors import QzeroError

SMALLEST = (320, 240)
_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")
_DRIVERS_NOBODY_SEES = ("offscreen", "dummy")


def open_window(title: str, size: tuple[int, int]) -> None:
    """A window of this size, in the units of the desktop. Raises QzeroError where there is no display."""
    if sys.platform == "linux" and not any(os.environ.get(name) for name in _DISPLAYS):
        # SDL would look for one all the same, and complain on stderr in its own words.
        raise QzeroError("cannot open a window (no display): play in the terminal with --text")
    try:
        # Not pygame.init(): that would open sound devices and joysticks too.
        pygame.font.init()
        pygame.display.init()
        driver = pygame.display.get_driver()
        # Without a display SDL falls back to drivers that draw nowhere; fine only where that was asked for.
        if driver in _DRIVERS_NOBODY_SEES and os.environ.get("SDL_VIDEODRIVER") != driver:
            raise pygame.error("no display")
        pygame.display.set_mode(_on_screen(size), pygame.RESIZABLE)
    except pygame.error as error:
        pygame.quit()
        raise QzeroError(f"cannot open a window ({error}): play in the terminal with --text") from None
    pygame.display.set_caption(title)


def _on_screen(size: tuple[int, int]) -> tuple[int, int]:
    """Not larger than the screen, which may be another than the last time."""
    try:
        screens = pygame.display.get_desktop_sizes()
    except pygame.error:
        return size
    most = [max(side) for side in zip(*screens, strict=True)] if screens else list(size)
    return tuple(  # type: ignore[return-value] # two of two
        max(min(wanted, room), least) for wanted, room, least in zip(size, most, SMALLEST, strict=True)
    )


def resized(size: tuple[int, int], flags: int) -> pygame.Surface:
    """The window with another size or other flags; anew where SDL has lost it, as it does once in a great while."""
    try:
        return pygame.display.set_mode(size, flags)
    except pygame.error:
        title = pygame.display.get_caption()[0]
        pygame.display.quit()
        pygame.display.init()
        surface = pygame.display.set_mode(size, flags)
        pygame.display.set_caption(title)
        return surface


class FullScreen:
    """Switches between a window and the whole screen, and remembers the window's size."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._windowed = size

    @property
    def size(self) -> tuple[int, int]:
        """Of the window when it does not fill the screen, in the units of the desktop."""
        surface = pygame.display.get_surface()
        if surface is not None and not surface.get_flags() & pygame.FULLSCREEN:
            self._windowed = pygame.display.get_window_size()
        return self._windowed

    def toggle(self) -> None:
        surface = pygame.display.get_surface()
        if surface.get_flags() & pygame.FULLSCREEN:
            surface = resized(self._windowed, pygame.RESIZABLE)
            if surface.get_size() != self._windowed:  # some drivers only leave the full screen, at its size
                resized(self._windowed, pygame.RESIZABLE)
        else:
            self._windowed = pygame.display.get_window_size()
            resized((0, 0), pygame.FULLSCREEN)
