"""The colours (red, green, blue) of windows, in a light and a dark theme. What boards look like is in `boards.palette`.

Colours that tell things apart, `good` and `bad` and the two `series`, are of the palette of Okabe and Ito (2008, "Color
Universal Design"), which the colour-blind can tell apart; nothing is told by colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Theme:
    """Named colours, handed to whatever paints.

    paper:     behind everything.
    plate:     what lies on the paper: name plates, lists, dialogs; plate_edge: its border.
    ink:       text; faint_ink: text of less weight; disabled_ink: of what does nothing now.
    accent:    what is chosen or whose turn it is; on_accent: text upon it.
    focus:     the frame around what the keyboard is at.
    button, button_hover: grounds of buttons.
    good, bad, warning: judgements. series: lines of a chart, one a seat.
    veil:      laid over what lies behind a dialog.
    """

    name: str
    paper: Colour
    plate: Colour
    plate_edge: Colour
    ink: Colour
    faint_ink: Colour
    disabled_ink: Colour
    accent: Colour
    on_accent: Colour
    focus: Colour
    button: Colour
    button_hover: Colour
    good: Colour
    bad: Colour
    warning: Colour
    series: tuple[Colour, Colour]
    veil: Colour

    @property
    def dark(self) -> bool:
        return sum(self.paper) < sum(self.ink)


LIGHT = Theme(
    name="light",
    paper=(246, 244, 239),
    plate=(255, 255, 255),
    plate_edge=(208, 204, 195),
    ink=(38, 42, 51),
    faint_ink=(98, 102, 112),
    disabled_ink=(168, 164, 156),
    accent=(31, 95, 160),
    on_accent=(255, 255, 255),
    focus=(213, 94, 0),
    button=(232, 228, 219),
    button_hover=(216, 224, 234),
    good=(0, 114, 178),
    bad=(213, 94, 0),
    warning=(168, 112, 0),
    series=((213, 94, 0), (0, 114, 178)),
    veil=(38, 42, 51),
)
DARK = Theme(
    name="dark",
    paper=(30, 33, 39),
    plate=(41, 45, 53),
    plate_edge=(72, 78, 90),
    ink=(229, 231, 235),
    faint_ink=(164, 170, 181),
    disabled_ink=(104, 110, 121),
    accent=(86, 160, 224),
    on_accent=(16, 20, 26),
    focus=(240, 160, 60),
    button=(56, 61, 71),
    button_hover=(70, 82, 99),
    good=(86, 180, 233),
    bad=(240, 130, 50),
    warning=(230, 178, 60),
    series=((240, 130, 50), (86, 180, 233)),
    veil=(8, 9, 12),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
