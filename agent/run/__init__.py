"""A training run: its loop, its folder, its plan and its progress."""

from pathlib import Path

RUNS = Path("runs")  # the default folder of runs, in the working directory
