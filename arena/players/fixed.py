"""The fixed opponents that training is measured against, weakest first."""

from __future__ import annotations

OPPONENTS = {"random": 0, "one-ply": 2, "negamax:4": 4}  # and how many plies they look ahead
