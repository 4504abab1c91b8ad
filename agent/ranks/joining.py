"""How the processes of a launch meet, and make sure that they are about to do the same."""

from __future__ import annotations

import contextlib
import hashlib
import json
import socket
import time
import uuid
from collections.abc import Mapping
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from agent.ranks.place import Place, place
from agent.ranks.ranks import Ranks, here, set_here
from game.errors import QzeroError, UsageError

_LOOK_EVERY = 0.05  # seconds


class JoinError(QzeroError):
    """Ranks that do not come, or do not fit each other."""


class LostError(QzeroError):
    """Ranks that do not answer any more."""


def join(command: Mapping[str, object], patience: float, device: str) -> Ranks:
    """Meet the other processes of this launch, once all have come; a process by itself stays alone.

    command: what all have to agree on, by name, besides the version of qzero and torch.
    patience: seconds to wait for the others, now and whenever they are to answer.
    device: where tensors will be, cpu or cuda; what the first rank gives holds for all.
    Raises JoinError, with the same words in all ranks or a short hint where rank 0 tells the whole.
    """
    own = place()
    if own.size == 1 or not here().alone:
        return here()
    import torch.distributed as dist

    from agent.ranks.together import Together

    store = meet(own, command, patience, device)
    try:
        gpu = json.loads(store.get("device")).partition(":")[0] == "cuda"
        if gpu:
            _take_gpu(own)
        backend, wait = "cpu:gloo,cuda:nccl" if gpu else "gloo", timedelta(seconds=patience)
        dist.init_process_group(backend, store=store, rank=own.rank, world_size=own.size, timeout=wait)
    except RuntimeError as error:
        raise _not_met(own, patience, str(error)) from None
    set_here(Together(own.rank, own.size))
    return here()


def meet(own: Place, command: Mapping[str, object], patience: float, device: str) -> Any:
    """The store that all ranks of this launch share (torch.distributed.Store), once they have agreed: as `join`."""
    from torch.distributed import PrefixStore, rendezvous  # type: ignore[attr-defined] # documented, not in its list

    wait = timedelta(seconds=patience)
    hello = {**versions(), "host": socket.gethostname(), **command, "device": device}
    try:
        store, _, _ = next(rendezvous("env://", timeout=wait))
        store.set_timeout(wait)
        meeting = _agree(store, own, hello, time.monotonic() + patience)
    except RuntimeError as error:
        raise _not_met(own, patience, str(error)) from None
    return PrefixStore(f"qzero {meeting}", store)


def _take_gpu(own: Place) -> None:
    """From here on "cuda" is the GPU of this rank."""
    import torch

    if own.local_rank >= torch.cuda.device_count():
        raise UsageError(
            f"rank {own.rank} wants GPU {own.local_rank} of this machine, which has {torch.cuda.device_count()}: "
            "start as many processes a machine as it has GPUs (torchrun --nproc-per-node)"
        )
    torch.cuda.set_device(own.local_rank)


def _agree(store: Any, own: Place, hello: dict[str, object], deadline: float) -> str:
    """All tell rank 0, which tells each whether they fit: a few messages a rank. Returns the name of their meeting.

    A launcher that starts ranks again keeps its store, with all that was said in it: whatever is said has a name that
    nobody had before, and what nobody answers is said again at the latest meeting.
    """
    name = uuid.uuid4().hex
    if own.rank == 0:
        store.set(f"qzero {name}/device", json.dumps(hello.pop("device")))
        store.set("qzero meeting", name)
        return _judged(store, own, hello, name)
    hello.pop("device")
    while True:
        meeting: str = store.get("qzero meeting").decode()
        store.set(f"qzero {meeting} {own.rank}", json.dumps({**hello, "name": name}))
        asked = time.monotonic()
        while time.monotonic() < asked + 1:
            if store.check([f"qzero {name}"]):
                if word := store.get(f"qzero {name}").decode():
                    store.set(f"qzero {name} heard", "")
                    raise JoinError(word if word.startswith(f"rank {own.rank} ") else f"rank {own.rank} ends: {word}")
                return meeting
            time.sleep(_LOOK_EVERY)
        if time.monotonic() > deadline:
            raise RuntimeError("no answer of rank 0")


def _judged(store: Any, own: Place, hello: dict[str, object], meeting: str) -> str:
    verdict, names = "", []
    for rank in range(1, own.size):
        theirs = json.loads(store.get(f"qzero {meeting} {rank}"))
        names.append(theirs.pop("name"))
        verdict = verdict or difference(rank, hello, theirs)
    for name in names:
        store.set(f"qzero {name}", verdict)
    if verdict:
        with contextlib.suppress(RuntimeError):  # the store may end with this process: not before all have heard
            store.wait([f"qzero {name} heard" for name in names], timedelta(seconds=10))
        raise JoinError(verdict)
    return meeting


def difference(rank: int, ours: Mapping[str, object], theirs: Mapping[str, object]) -> str:
    """What a rank has otherwise than rank 0, in words; nothing if they fit each other."""
    for name in ("qzero", "code", "torch"):
        if ours[name] != theirs.get(name):
            of = "another state of its code" if name == "code" else f"{name} {theirs.get(name)}"
            has = "" if name == "code" else f", and rank 0 has {ours[name]}"
            return f"rank {rank} on {theirs.get('host')} runs {of}{has}: install the same on all machines"
    names = [name for name in {**ours, **theirs} if name != "host" and ours.get(name) != theirs.get(name)]
    if names:
        there, own = (", ".join(f"{name} {one.get(name)}" for name in names) for one in (theirs, ours))
        return f"rank {rank} on {theirs.get('host')} was given {there}, and rank 0 {own}: give all ranks one command"
    return ""


def versions() -> dict[str, str]:
    """What must be the same in all ranks for their bits to fit: the versions, and a hash of the code that learns."""
    import torch

    digest = hashlib.sha256()
    for package in ("game", "agent"):
        root = Path(__file__).parents[2] / package
        for path in sorted(root.rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return {"qzero": metadata.version("qzero"), "code": digest.hexdigest()[:16], "torch": torch.__version__}


def leave() -> None:
    """Say good-bye to the other ranks, at the end of a run."""
    if not here().alone:
        import torch.distributed as dist

        dist.destroy_process_group()


def _not_met(own: Place, patience: float, why: str) -> JoinError:
    if "EADDRINUSE" in why or "in use" in why:
        return JoinError(f"port {own.address.rpartition(':')[2]} is in use: choose another MASTER_PORT")
    first = " ".join(why.splitlines()[0].split())[:160]
    return JoinError(
        f"rank {own.rank} did not meet all {own.size} ranks at {own.address} within {patience:g} s ({first}): start "
        "the others at the same time, see that this address can be reached from them, or wait longer (--rank-timeout)"
    )
