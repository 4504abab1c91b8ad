"""A training run: its loop, its folder, its plan and its progress."""

from pathlib import Path

RUNS = Path("runs")  # where runs are kept that nobody gave another folder, below the working directory
