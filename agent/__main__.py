"""`python -m agent` is the command `qzero`, for launchers that start modules: torchrun -m agent train connect4."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

if __name__ == "__main__":
    found = list(entry_points(group="console_scripts", name="qzero"))
    if not found:
        sys.exit("qzero: this copy is not installed; run `pip install -e .` in its folder, then start it again")
    found[0].load()()
