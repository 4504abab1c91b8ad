"""One of several processes: torch.distributed, with its failures in words."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from agent.ranks.joining import LostError
from agent.ranks.ranks import Ranks
from game.errors import QzeroError

T = TypeVar("T")
_DTYPES = {str(dtype): dtype for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64,
                                           torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)}  # fmt: skip


class Together(Ranks):
    """The default process group of torch.distributed: gloo between CPUs, nccl between GPUs."""

    def numbers(self, *own: float) -> Tensor:
        mine = torch.tensor(own, dtype=torch.float64)
        found = [torch.empty_like(mine) for _ in range(self.size)]
        with self._in_words((self.size - 1) * mine.nbytes):
            dist.all_gather(found, mine)
        return torch.stack(found)

    def add(self, tensor: Tensor) -> Tensor:
        # A ring sends every part of the tensor twice: to be summed, and the sum.
        with self._in_words(2 * (self.size - 1) * tensor.nbytes // self.size):
            dist.all_reduce(tensor)
        return tensor

    def either(self, bits: Tensor) -> Tensor:
        with self._in_words(2 * (self.size - 1) * bits.nbytes // self.size):
            dist.all_reduce(bits, dist.ReduceOp.BOR)
        return bits

    def gathered(self, tensor: Tensor) -> list[Tensor]:
        return self.gathering(tensor, [int(length) for length in self.numbers(len(tensor))[:, 0]])()

    def gathering(self, tensor: Tensor, lengths: list[int]) -> Callable[[], list[Tensor]]:
        # As bytes: gloo knows few dtypes, and takes only what is equally long.
        row = tensor.shape[1:].numel() * tensor.element_size()
        mine = torch.zeros(max(lengths) * row, dtype=torch.uint8, device=tensor.device)
        mine[: tensor.nbytes] = tensor.detach().contiguous().flatten().view(torch.uint8)
        found = [torch.empty_like(mine) for _ in range(self.size)]
        with self._in_words((self.size - 1) * mine.nbytes):
            work = dist.all_gather(found, mine, async_op=True)

        def all_tensors() -> list[Tensor]:
            with self._in_words(0):
                work.wait()
            return [
                one[: length * row].view(tensor.dtype).view(length, *tensor.shape[1:])
                for one, length in zip(found, lengths, strict=True)
            ]

        return all_tensors

    def adding(self, tensor: Tensor) -> Callable[[], Tensor]:
        with self._in_words(2 * (self.size - 1) * tensor.nbytes // self.size):
            work = dist.all_reduce(tensor, async_op=True)

        def total() -> Tensor:
            with self._in_words(0):
                work.wait()
            return tensor

        return total

    def by_first(self, act: Callable[[], T]) -> T:
        failed: QzeroError | None = None
        text = ""
        if self.first:
            try:
                text = json.dumps({"found": act()})
            except QzeroError as error:
                failed, text = error, json.dumps({"status": error.exit_code})
        told: dict[str, Any] = json.loads(self._of_first(text.encode()))
        if failed is not None:
            raise failed
        if "status" in told:
            raise SystemExit(told["status"])  # the first one says why
        found: T = told["found"]
        return found

    def of_first(self, tensors: dict[str, Tensor] | None) -> dict[str, Tensor]:
        given = tensors or {}
        listed = self.by_first(lambda: {name: (str(t.dtype), tuple(t.shape)) for name, t in given.items()})
        found = {}
        for name, (dtype, shape) in listed.items():
            own = given[name].detach().cpu().contiguous() if self.first else torch.empty(shape, dtype=_DTYPES[dtype])
            if own.numel():
                with self._in_words(own.nbytes if self.first else 0):
                    dist.broadcast(own.view(-1).view(torch.uint8), 0)
            found[name] = own
        return found

    def wait(self) -> None:
        with self._in_words(0):
            dist.barrier()

    def _of_first(self, data: bytes) -> bytes:
        length = torch.tensor(len(data))
        with self._in_words(8 if self.first else 0):
            dist.broadcast(length, 0)
        sent = torch.frombuffer(bytearray(data), dtype=torch.uint8) if self.first else torch.empty(
            int(length), dtype=torch.uint8
        )  # fmt: skip
        with self._in_words(len(data)):
            dist.broadcast(sent, 0)
        return sent.numpy().tobytes()

    @contextmanager
    def _in_words(self, sent: int) -> Iterator[None]:
        self.sent, self.calls = self.sent + sent, self.calls + 1
        started = time.perf_counter()
        try:
            yield
            self.waited += time.perf_counter() - started
        except RuntimeError as error:
            why = " ".join(str(error).splitlines()[0].split("] ", 1)[-1].split())[:120]
            raise LostError(
                f"rank {self.rank} of {self.size} has lost the others, as one of them ended or the network between "
                f"them failed ({why}): start the run again to go on from its last save"
            ) from None
