"""The start screen, and the list of saved games. Loads no torch."""

from __future__ import annotations
