"""Pictures: turns scenes into pixels."""

from arena.gui.painting.window import Painter

__all__ = ["Painter"]
