"""Ten kills of random ranks under torchrun, and two machines whose network is cut: a minute and more each."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.run import train
from tests.agent.run.test_resume import assert_same_run
from tests.processes import PATIENCE

pytestmark = pytest.mark.slow
TORCHRUN = [sys.executable, "-m", "torch.distributed.run"]
RUN = ["-m", "agent", "train", "tictactoe", "--q", "ntuple", "--features", "lines:3", "--games", "64"]
RUN += ["--moves", "60000", "--threads", "1", "--save-every", "0", "--evaluations", "0", "--out"]
ROOT = str(Path(__file__).parents[3])


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": ROOT, "OMP_NUM_THREADS": "1", **more}


def waited(condition: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert process is None or process.poll() is None, "it ended"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def written(folder: Path) -> int:
    metrics = folder / train.METRICS
    return metrics.stat().st_size if metrics.exists() else 0


def children(process: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_torchrun_starts_killed_ranks_again_ten_times(tmp_path: Path) -> None:
    launch = [*TORCHRUN, "--standalone", "--nproc-per-node", "2", "--max-restarts", "10", *RUN]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    subprocess.run([*launch, str(whole)], cwd=tmp_path, env=environment(), check=True, capture_output=True)
    chance = random.Random(3)
    said = (tmp_path / "said").open("w")
    with said, subprocess.Popen([*launch, str(broken)], cwd=tmp_path, env=environment(), stderr=said, text=True) as run:
        for _ in range(10):
            before = written(broken)
            waited(lambda before=before: written(broken) > before, run)  # type: ignore[misc] # bound
            time.sleep(chance.uniform(0, 0.1))
            os.kill(chance.choice(children(run.pid)), signal.SIGKILL)
        assert run.wait(PATIENCE) == 0, (tmp_path / "said").read_text()[-3000:]
    assert_same_run(whole, broken)


@contextlib.contextmanager
def two_machines() -> Iterator[tuple[str, str]]:
    """Two network namespaces with a cable between them: 10.77.0.1 and 10.77.0.2 at `cable` of each."""
    names = (f"qzero-a-{os.getpid()}", f"qzero-b-{os.getpid()}")
    try:
        for name in names:
            ip("netns", "add", name)
        ip("link", "add", "qz-a", "netns", names[0], "type", "veth", "peer", "name", "qz-b", "netns", names[1])
        for number, (name, cable) in enumerate(zip(names, ("qz-a", "qz-b"), strict=True)):
            ip("-n", name, "addr", "add", f"10.77.0.{number + 1}/24", "dev", cable)
            for device in (cable, "lo"):
                ip("-n", name, "link", "set", device, "up")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def on_both(names: tuple[str, str], folders: list[Path], *arguments: str) -> list[subprocess.Popen[str]]:
    """The same torchrun command on each of the two machines, which share no folder."""
    launch = [*TORCHRUN, "--nnodes", "2", "--nproc-per-node", "1", "--master-addr", "10.77.0.1"]
    launch += ["--master-port", "29577"]
    return [
        subprocess.Popen(
            ["ip", "netns", "exec", name, *launch, "--node-rank", str(number), *arguments],
            cwd=folder,
            env=environment(GLOO_SOCKET_IFNAME=cable),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, (name, folder, cable) in enumerate(zip(names, folders, ("qz-a", "qz-b"), strict=True))
    ]


def _namespaces_work() -> bool:
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    made = subprocess.run(["ip", "netns", "add", "qzero-try"], check=False, capture_output=True).returncode == 0
    subprocess.run(["ip", "netns", "del", "qzero-try"], check=False, capture_output=True)
    return made


def test_two_machines_one_of_them_cut_off(tmp_path: Path) -> None:
    """A whole run; then one cut off after some generations, which ends in words; both are the same once resumed."""
    if not _namespaces_work():
        pytest.skip("needs root and ip netns")
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
    with two_machines() as names:
        for one in on_both(names, folders, *RUN, "whole"):
            out, err = one.communicate(timeout=PATIENCE)
            assert one.returncode == 0, err
        assert not (folders[1] / "whole").exists()
        cut = on_both(names, folders, *RUN, "cut", "--rank-timeout", "8")
        waited(lambda: written(folders[0] / "cut") > 1000, cut[0])
        ip("-n", names[1], "link", "set", "qz-b", "down")
        started = time.monotonic()
        for rank, one in enumerate(cut):
            out, err = one.communicate(timeout=PATIENCE)
            assert one.returncode != 0
            assert out == ""
            assert f"qzero: rank {rank} of 2 has lost the others" in err, err
        assert time.monotonic() - started < PATIENCE
        ip("-n", names[1], "link", "set", "qz-b", "up")
        for one in on_both(names, folders, "-m", "agent", "resume", "cut"):
            out, err = one.communicate(timeout=PATIENCE)
            assert one.returncode == 0, err
    assert_same_run(folders[0] / "whole", folders[0] / "cut")
