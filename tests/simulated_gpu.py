"""A GPU for machines that have none: tensors that lie in ordinary memory and behave as if they lay on a device.

Within `simulated_gpu()` Python sees one CUDA device, and what CUDA refuses is refused in the same words: operations
that mix tensors of two devices (but for numbers in tensors without dimensions, and indices on the CPU), `.numpy()`, and
random numbers of another device's generator. So it is in all that torch does, in backward passes, fused optimisers
and `vmap` as well. CUDA graphs are lists of operations, repeated on the same tensors. To the inner parts of torch the
device is "meta", which every build of torch has; the CPU computes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Self
from unittest import mock

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

GPU = torch.device("cuda:0")
_INNER, _CPU = torch.device("meta"), torch.device("cpu")
_aten = torch.ops.aten
_INDEXING = {_aten.index.Tensor, _aten.index_put.default, _aten.index_put_.default, _aten._index_put_impl_.default}
_COPYING = {_aten.copy_.default, _aten._foreach_copy_.default}
_MOVING = {_aten._to_copy.default}
_ASKING = {
    _aten._local_scalar_dense.default,
    _aten.is_nonzero.default,
    _aten.item.default,
    _aten.nonzero.default,
    _aten.masked_select.default,
    _aten.equal.default,
}
WAITS: list[Any] = []  # operations for which CPU and GPU waited for each other
_PROPERTIES: Any = Tensor  # as the descriptors that they are, which the types of torch do not tell

# What torch finds out without an operation.
_ANSWERS: dict[Any, Callable[[Any], Any]] = {
    Tensor.tolist: lambda tensor: tensor.held.tolist(),
    _PROPERTIES.is_meta.__get__: lambda _: False,
    _PROPERTIES.is_cuda.__get__: lambda _: True,
}


@contextlib.contextmanager
def any_gpu() -> Iterator[torch.device]:
    """The first GPU that torch sees; where it sees none, a simulated one."""
    with contextlib.nullcontext() if torch.cuda.is_available() else simulated_gpu():
        yield GPU


@contextlib.contextmanager
def simulated_gpu() -> Iterator[None]:
    """Within, torch has the device `cuda:0`, and no other GPU."""
    with contextlib.ExitStack() as stack:
        for name, stand_in in {
            "is_available": lambda: True,
            "device_count": lambda: 1,
            "is_bf16_supported": lambda: True,
            "synchronize": lambda: None,
            "is_current_stream_capturing": lambda: False,
            "get_device_name": lambda: "a simulated GPU",
            "get_rng_state": lambda _: torch.get_rng_state(),
            "set_rng_state": lambda *_: None,
            "Stream": _Stream,
            "current_stream": _Stream,
            "stream": lambda _: contextlib.nullcontext(),
            "CUDAGraph": _Graph,
            "graph": _Graph.recording,
        }.items():
            stack.enter_context(mock.patch.object(torch.cuda, name, stand_in, create=True))
        stack.enter_context(mock.patch.object(torch, "Generator", _Generator))
        # Modules that move get new parameters: those of the CPU cannot turn into tensors of this kind.
        before = torch.__future__.get_swap_module_params_on_conversion()
        stack.callback(torch.__future__.set_swap_module_params_on_conversion, before)
        torch.__future__.set_swap_module_params_on_conversion(True)
        stack.enter_context(_Operations())  # type: ignore[no-untyped-call] # torch's own
        stack.enter_context(_Frontend())
        yield


class OnGpu(Tensor):
    """A tensor on the simulated device; `held` has its numbers."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> Self:
        dense = held.layout == torch.strided
        with torch.inference_mode(False):  # what is made in inference mode could be no view of what is not
            self: Self = Tensor._make_wrapper_subclass(
                cls,
                held.shape,
                strides=held.stride() if dense else None,
                storage_offset=held.storage_offset() if dense else None,
                dtype=held.dtype,
                layout=held.layout,
                device=_INNER,
            )
        self.held = held
        return self

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override] # as torch calls it
        return f"OnGpu({self.held})"

    # What this tensor means is told by operations alone.
    __torch_function__: Any = torch._C._disabled_torch_function_impl

    @classmethod
    def __torch_dispatch__(  # type: ignore[override] # torch's own says that it is switched off
        cls, operation: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return _carried_out(operation, args, kwargs or {})


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call] # torch's own
    """Every operation on tensors, those within others included."""

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return _carried_out(operation, args, kwargs or {})


def _carried_out(operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    tensors: list[Tensor] = []
    _each(tensors.append, [args, *kwargs.values()])
    place = kwargs.get("device")
    if place != _INNER and not any(isinstance(x, OnGpu) for x in tensors):
        return operation(*args, **kwargs)
    if _asks(operation, place, args):
        WAITS.append(operation)
        if _Graph.now is not None:
            raise RuntimeError(f"CUDA error: operation not permitted when stream is capturing ({operation})")
    if place is not None:
        kwargs = {**kwargs, "device": _CPU}
    elif operation not in _COPYING:
        _check_one_device(operation, args, tensors)
    known = {id(x.held): x for x in tensors if isinstance(x, OnGpu)}
    on_gpu = place == _INNER if place is not None else bool(known)
    args, values = _each(lambda x: x.held if isinstance(x, OnGpu) else x, (args, list(kwargs.values())))
    kwargs = dict(zip(kwargs, values, strict=True))
    if _Graph.now is not None and on_gpu:
        found = _Graph.now.carried_out(operation, args, kwargs)
    else:
        found = operation(*args, **kwargs)
    return _each(lambda x: known[id(x)] if id(x) in known else OnGpu(x), found) if on_gpu else found


def _each(change: Callable[[Tensor], Any], value: Any) -> Any:
    """`value` with every tensor in it changed."""
    if isinstance(value, Tensor):
        return change(value)
    if type(value) in (tuple, list):
        return type(value)([_each(change, x) for x in value])
    return value


def _check_one_device(operation: Any, args: tuple[Any, ...], tensors: list[Tensor]) -> None:
    if operation in _INDEXING and isinstance(args[0], OnGpu):
        tensors = [x for x in tensors if all(x is not index for index in args[1])]
    if operation in _INDEXING or torch.Tag.pointwise in operation.tags:
        tensors = [x for x in tensors if isinstance(x, OnGpu) or x.dim()]
    if len({isinstance(x, OnGpu) for x in tensors}) == 2:
        raise RuntimeError(
            f"Expected all tensors to be on the same device, but found at least two devices, {GPU} and cpu! "
            f"(when checking arguments of {operation})"
        )


def _asks(operation: Any, place: Any, args: tuple[Any, ...]) -> bool:
    """Whether the operation makes the CPU and the GPU wait for each other."""
    first = next((x for x in args if isinstance(x, Tensor)), None)
    moves = (
        operation in _MOVING
        and first is not None
        and place is not None
        and isinstance(first, OnGpu) != (place == _INNER)
    )
    between = operation in _COPYING and len({isinstance(x, OnGpu) for x in args if isinstance(x, Tensor)}) == 2
    return operation in _ASKING or moves or between


class _Stream:
    """A queue of work: here all work is done at once."""

    def __init__(self, device: Any = None) -> None:
        del device

    def wait_stream(self, other: _Stream) -> None: ...


class _Graph:
    """Operations to be repeated on the same tensors, as a CUDA graph does."""

    now: _Graph | None = None  # that which is being recorded

    def __init__(self) -> None:
        self._steps: list[tuple[Any, tuple[Any, ...], dict[str, Any], list[Tensor]]] = []

    @staticmethod
    @contextlib.contextmanager
    def recording(graph: _Graph) -> Iterator[None]:
        _Graph.now = graph
        try:
            yield
        finally:
            _Graph.now = None

    def carried_out(self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        found: list[Tensor] = []
        given = operation(*args, **kwargs)
        _each(found.append, given)
        self._steps.append((operation, args, kwargs, found))
        return given

    def replay(self) -> None:
        for operation, args, kwargs, found in self._steps:
            inputs: list[Tensor] = []
            _each(inputs.append, [args, *kwargs.values()])
            memory = {x.untyped_storage().data_ptr() for x in inputs}
            again: list[Tensor] = []
            _each(again.append, operation(*args, **kwargs))
            for old, new in zip(found, again, strict=True):
                if old.untyped_storage().data_ptr() not in memory:  # neither changed in place nor a view
                    old.copy_(new)


class _Frontend(TorchFunctionMode):
    """What Python sees: devices by name, random numbers, numpy."""

    def __torch_function__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if function is torch.device:
            return function(*args, **(kwargs or {}))
        args = tuple(map(_inner, args))
        kwargs = {name: _inner(value) for name, value in (kwargs or {}).items()}
        if function is Tensor.numpy and isinstance(args[0], OnGpu):
            raise TypeError(
                f"can't convert {GPU} device type tensor to numpy. Use Tensor.cpu() to copy the tensor first"
            )
        if function in _ANSWERS and isinstance(args[0], OnGpu):
            return _ANSWERS[function](args[0])
        if (generator := kwargs.get("generator")) is not None:
            on_gpu = kwargs.get("device") == _INNER or any(isinstance(x, OnGpu) for x in args)
            if (generator.device == GPU) != on_gpu:
                raise RuntimeError(f"Expected a generator of the device of the numbers, found '{generator.device}'")
        if function in (torch.tensor, torch.as_tensor) and kwargs.get("device") == _INNER:
            return function(*args, **{**kwargs, "device": _CPU}).to(_INNER)
        found = function(*args, **kwargs)
        # Not asked of OnGpu alone: within vmap such tensors are hidden in others.
        return GPU if function == _PROPERTIES.device.__get__ and found == _INNER else found


def _inner(value: Any) -> Any:
    """A device as the inner parts of torch call it; anything else as it is."""
    is_gpu = isinstance(value, torch.device | str) and str(value) in ("cuda", "cuda:0")
    return _INNER if is_gpu else value


class _Generator(torch.Generator):
    """A generator of either device."""

    def __new__(cls, device: Any = "cpu") -> Self:
        self = super().__new__(cls)
        self.place = GPU if _inner(device) == _INNER else _CPU
        return self

    place: torch.device

    @property
    def device(self) -> torch.device:  # type: ignore[override] # torch's own cannot be set either
        return self.place
