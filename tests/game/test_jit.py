"""Parts of compiled loops: the same results as in Python, and no machine code of their own."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_lock import global_compiler_lock

from game.compiled.jit import Part, inner, njit, overload


class Pair(NamedTuple):
    one: Any
    other: Any


@inner
def least(array: Any) -> Any:
    found = array[0]
    for value in array[1:]:
        found = min(found, value)
    return found


def added(pair: Any) -> Any:
    raise NotImplementedError


@overload(added)  # type: ignore[untyped-decorator] # as all of jit.py
def _added(pair: Any) -> Any:  # noqa: ARG001 - as `added`
    def both(pair: Any) -> Any:
        return least(pair.one) + least(pair.other)

    return both


def add(one: Any, other: Any) -> Any:
    if one[0] < 0:
        raise ValueError("less than nothing")
    return added(Pair(one, other)) + least(one)


def test_a_loop_with_parts_does_what_they_say() -> None:
    one, other = np.array([5, 3, 9]), np.array([0.5, 0.25])
    assert njit()(add)(one, other) == 3 + 0.25 + 3
    with pytest.raises(ValueError, match="less than nothing"):
        njit()(add)(-one, other)


def test_parts_are_kept_from_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[str] = []
    place = JITCodeLibrary._finalize_specific

    def noted(self: Any) -> None:
        placed.append(self.name)
        place(self)

    monkeypatch.setattr(JITCodeLibrary, "_finalize_specific", noted)
    numba.njit(lambda one: one.sum())(np.arange(3, dtype=np.int8))
    assert placed, "or nothing would be noted"
    placed.clear()
    njit()(add)(np.array([5, 3], np.int16), np.array([7], np.int16))
    assert any(name.endswith("add") for name in placed)
    assert not [name for name in placed if "least" in name or "both" in name]


def test_a_numba_that_makes_its_passes_otherwise_compiles_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    codegen = numba.core.registry.cpu_target.target_context.codegen()
    usual = type(codegen)._module_pass_manager

    def otherwise(self: Any, **options: Any) -> Any:
        if "opt" in options and options["opt"] == 0 and not options.get("loop_vectorize", True):
            cheap.append(options)
            if len(cheap) % 2:  # the first of two is that of a part, the other numba's own
                raise TypeError("what is slp_vectorize?")
        return usual(self, **options)

    cheap: list[Any] = []
    monkeypatch.setattr(type(codegen), "_module_pass_manager", otherwise)
    library = Part(codegen, "alone")
    with global_compiler_lock:
        library.finalize()
    assert len(cheap) == 2
    assert library.get_pointer_to_function("alone") == 0
