"""`njit` for loops that call each other across files, `inner` and `overload` for what they are made of.

numba's cache of a function is good as long as the file that the function stands in is the same, whatever becomes of the
functions it calls. Here a change in any file of compiled loops makes all of them be compiled again. Where there is no
folder for a cache, there is none.

numba also makes machine code of every function that it compiles, together with all that this one calls, before the next
one that calls it is optimised and translated as a whole once more. What is only called from compiled loops has no use
for the first: it stays LLVM's intermediate code, optimised no further than numba does before it looks for references
that nobody needs. That saves a third of the time to compile, and loops are as fast (docs/speed.md).
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numba.extending
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

_ROOT = Path(__file__).parents[2]
_FOLDERS = ("game/compiled", "agent/ntuple", "agent/search")


class _Codegen:
    """A code generator but for the environment, of which code that does not run has none."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def set_env(self, *_: Any) -> None: ...


class Part(JITCodeLibrary):  # type: ignore[misc] # numba has no types
    """The code of a function to be linked with others, which is kept from the engine that makes machine code."""

    @property
    def codegen(self) -> _Codegen:
        return _Codegen(self._codegen)

    def _optimize_final_module(self) -> None:
        try:
            cheap, tuning = self._codegen._module_pass_manager(
                loop_vectorize=False, slp_vectorize=False, opt=0, cost="cheap"
            )
            cheap.run(self._final_module, tuning)
        except (AttributeError, TypeError, ValueError):  # another numba, whose passes are made otherwise
            super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def get_pointer_to_function(self, _: str) -> int:
        self._ensure_finalized()
        return 0


class _PartCompiler(Compiler):  # type: ignore[misc] # as above
    def define_pipelines(self) -> Any:
        state = self.state
        if state["library"] is None:
            part = Part(state["targetctx"].codegen(), state["func_id"].func_qualname)
            part.enable_object_caching()
            state["library"] = part
        return super().define_pipelines()


# A numba that lacks what a Part builds on compiles as it does.
_NEEDED = ("_optimize_final_module", "_finalize_dynamic_globals", "_verify_declare_only_symbols", "_ensure_finalized")
_PARTS = {"pipeline_class": _PartCompiler} if all(hasattr(JITCodeLibrary, name) for name in _NEEDED) else {}
_OPTIONS: dict[str, Any] = {"no_cfunc_wrapper": True, **_PARTS}


def inner(function: Any) -> Any:
    """For functions that compiled loops alone call: without a way in from Python, nor a cache, nor machine code of
    their own. Called from Python it runs as Python, where all that it calls does."""
    return numba.extending.register_jitable(**_OPTIONS)(function)


def overload(function: Any) -> Any:
    """As `numba.extending.overload`, where what takes the place of `function` is `inner`."""
    return numba.extending.overload(function, jit_options=_OPTIONS)


def njit(**options: Any) -> Callable[[Any], Any]:
    """As `numba.njit`, with these options."""

    def compiled(function: Any) -> Any:
        try:
            found = numba.njit(**options)(function)
        except RuntimeError:  # "cannot cache function: no locator available"
            return numba.njit(**{**options, "cache": False})(function)
        with contextlib.suppress(AttributeError):  # a numba that keeps its stamp elsewhere: as careful as it is itself
            index = found._cache._cache_file
            index._source_stamp = (index._source_stamp, stamp())
        return found

    return compiled


@functools.cache
def stamp() -> tuple[tuple[str, float, int], ...]:
    """Name, time of the last change and size of every file of compiled loops."""
    files = sorted(file for folder in _FOLDERS for file in (_ROOT / folder).rglob("*.py"))
    return tuple((file.name, file.stat().st_mtime, file.stat().st_size) for file in files)
