"""`python -m agent` is the command `qzero`, for launchers that start modules: torchrun -m agent train connect4."""

from __future__ import annotations

from importlib.metadata import entry_points

if __name__ == "__main__":
    (command,) = entry_points(group="console_scripts", name="qzero")
    command.load()()
