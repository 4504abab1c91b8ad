"""Levels that mean something: measured, evenly spaced players of each game. `of(game)` lists them without torch."""

from arena.players.levels import Level as Level
from arena.players.levels import of as of
