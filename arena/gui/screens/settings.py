"""The settings, in front of the screen that they are for."""

from __future__ import annotations

from arena.gui.context import Context
from arena.gui.desktop import sounds
from arena.gui.screens.dialog import Dialog
from arena.gui.screens.stack import Screen
from arena.gui.widgets.base import Widget
from arena.gui.widgets.button import PushButton
from arena.gui.widgets.choice import Choice

_OFF_ON = ((False, "Off"), (True, "On"))
_CLOCKS = ((0, "None"), (1, "1 min"), (5, "5 min"), (15, "15 min"), (30, "30 min"))


class SettingsScreen(Dialog):
    """Changes count at once, the clock from the next game on."""

    def __init__(self, context: Context, below: Screen) -> None:
        settings = context.settings
        self._theme = Choice((("light", "Light"), ("dark", "Dark")), settings.theme, self._changed)
        self._sound = Choice(_OFF_ON, settings.sound, self._changed)
        self._hints = Choice(_OFF_ON, settings.hints, self._changed)
        self._animations = Choice(_OFF_ON, settings.animations, self._changed)
        self._clock = Choice(_CLOCKS, settings.clock, self._changed)
        rows: list[tuple[str, Widget]] = [
            ("Colours", self._theme),
            ("Sound", self._sound),
            ("Marks on legal cells", self._hints),
            ("Animations", self._animations),
            ("Clock, each side", self._clock),
            ("", PushButton(("Done (Esc)",), context.pop)),
        ]
        super().__init__(context, below, "Settings", "", rows)

    def _changed(self) -> None:
        settings = self.context.settings
        settings.theme, settings.hints = self._theme.value, self._hints.value
        settings.animations, settings.clock = self._animations.value, self._clock.value
        settings.sound = self._sound.value
        trouble = sounds.open_device() if settings.sound else None
        if trouble:
            settings.sound = False
            self._sound.offer(_OFF_ON, False)
        self.text = trouble or ""
