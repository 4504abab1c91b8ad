"""Short clicks, made here; the sound device is opened only when sound is turned on."""

from __future__ import annotations

import array
import functools
import math

import pygame

_RATE = 22050  # samples a second
_SECONDS = 0.07
_LOUDNESS = 0.35
_PITCHES = {"move": 320.0, "capture": 220.0, "end": 520.0, "low": 880.0}  # Hz


def open_device() -> str | None:
    """Make sounds possible; why they are not, in words, or None."""
    if pygame.mixer.get_init():
        return None
    try:
        pygame.mixer.init(frequency=_RATE, size=-16, channels=1, buffer=512)
    except (pygame.error, NotImplementedError) as error:
        return f"No sound: the audio device cannot be opened ({error})."
    return None


def play(name: str) -> None:
    """One of the short sounds: "move", "capture", "end", "low" (little time). Silent if the device is not open."""
    if pygame.mixer.get_init():
        try:
            pygame.mixer.Sound(buffer=_wave(_PITCHES[name])).play()
        except pygame.error:
            return  # a sound that does not come is not worth a word in the middle of a game


@functools.cache
def _wave(pitch: float) -> bytes:
    """A tone that dies away, as a knock on wood does: 16 bit, one channel."""
    count = int(_RATE * _SECONDS)
    loud = (math.exp(-7 * at / count) * min(at / 40, 1.0) for at in range(count))
    tone = (math.sin(2 * math.pi * pitch * at / _RATE) for at in range(count))
    return array.array("h", (int(32767 * _LOUDNESS * a * b) for a, b in zip(loud, tone, strict=True))).tobytes()
