"""Pools end with whoever made them, even if it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arena.processes import cores, process_pool

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds


def test_work_is_done_elsewhere() -> None:
    with process_pool(1) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
        assert pool.submit(signal.getsignal, signal.SIGINT).result() == signal.SIG_IGN
    assert cores() >= 1


@pytest.mark.skipif(not Path("/proc").exists(), reason="who runs is read from /proc")
def test_no_worker_outlives_a_killed_parent() -> None:
    code = (
        "import os, time\nfrom arena.processes import process_pool\n"
        "if __name__ == '__main__':\n    pool = process_pool(1)\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n    time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    deadline = time.monotonic() + PATIENCE
    while is_running(worker):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(process: int) -> bool:
    """A zombie, which nobody has collected yet, does not run."""
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
