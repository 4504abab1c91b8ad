"""The machine's resources: threads, device and arithmetic, chosen once per process."""

from __future__ import annotations

import contextlib
import ctypes

import torch

from agent.ranks.place import cores
from game.errors import UsageError

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD = -1, -2, -3  # of glibc's malloc.h


def set_threads(threads: int) -> int:
    """Use `threads` CPU threads, or one a core for 0; returns how many."""
    count = threads or cores()
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)
    return count


def leave_a_core() -> None:
    """Use one thread less than there are cores, so that what has to answer at once, such as a window, has its own."""
    set_threads(max(1, cores() - 1))


def keep_freed_memory() -> None:
    """Make the C library keep freed memory instead of returning it to the kernel and faulting it in again.

    Gains 10 to 30 % in training, whose tensors of some 100 KiB are just where glibc starts to ask the kernel each time.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library: nothing to set
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)
        mallopt(_M_TOP_PAD, 1 << 26)


def device_named(name: str) -> torch.device:
    """The torch device. Raises UsageError if it does not exist."""
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(f"no device is called {name!r}: use cpu or cuda") from None
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"device {name!r} is not supported: use cpu or cuda")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError(f"device {name!r} was asked for but torch sees no CUDA GPU: use --device cpu")
    # Numbers beyond what torch can count come out as others.
    if device.type == "cuda" and (str(device) != name or (device.index or 0) >= torch.cuda.device_count()):
        last = f"cuda:{torch.cuda.device_count() - 1}"
        raise UsageError(
            f"device {name!r} was asked for but the last GPU that torch sees is {last}: use cuda or {last}"
        )
    return device


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether the hardware multiplies bfloat16 matrices (AVX512-BF16 or AMX on CPUs)."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    features = torch.cpu.get_capabilities()
    return bool(features.get("avx512_bf16") or features.get("amx_bf16"))


def compute_dtype(precision: str, device: torch.device) -> torch.dtype:
    """The dtype of a setting "auto", "bfloat16" or "float32"."""
    if precision == "auto":
        precision = "bfloat16" if has_fast_bfloat16(device) else "float32"
    return torch.bfloat16 if precision == "bfloat16" else torch.float32
