"""Compile the functions of this package once for this processor, cached on disk for the next process."""

import functools
import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.ccallback import CFunc
from numba.core.registry import cpu_target

from keras_search.tuner.system.cpu import FUSES, LANES, REGISTERS
from keras_search.tuner.system.turns import Turn
from keras_search.tuner.training.compiled import hashing

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: Any = {"nogil": True, "error_model": "numpy"}
"""No `fastmath`: the processor must not decide in which order numbers are added, or which products are rounded."""


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays at its first call, and cache it on disk.

    LLVM puts into vectors only what that does not change. Sums that are to be fast are those of `sums`.
    """
    kept: Any = njit(**_OPTIONS)(function)
    with suppress(RuntimeError):  # no place for a cache: each process compiles it
        kept._cache = cache = _Cache(function)  # noqa: SLF001 - there is no public way to give a dispatcher a cache
        kept.compile = in_turn(kept.compile, cache)
    return kept  # type: ignore[no-any-return]


def kernel(function: Function) -> Function:
    """Inline a function into the machine code of its callers.

    As a separate function it would differ, in the last bits, between the process that compiles its caller and one that
    loads the caller from disk.
    """
    part: Function = njit(forceinline=True, **_OPTIONS)(function)
    return part


def inlined(function: Function) -> Function:
    """Inline a function into its callers before anything is compiled, which is faster for long ones."""
    part: Function = njit(inline="always", **_OPTIONS)(function)
    return part


def cached_call(function: Callable[..., Any], signature: Any) -> Any:
    """Compile a function that others call by its address, or load it from the cache on disk."""
    kept: Any = CFunc(function, (signature.args, signature.return_type), {}, _OPTIONS)
    with suppress(RuntimeError):
        kept._cache = cache = _Cache(function)  # noqa: SLF001 - as above
        kept.compile = in_turn(kept.compile, cache)
    kept.compile()
    return kept


def in_turn(compile_one: Function, cache: "_Cache") -> Function:
    """Let others compile once a function is compiled, or cannot be."""

    @functools.wraps(compile_one)
    def in_this_turn(*arguments: Any) -> Any:
        try:
            return compile_one(*arguments)
        finally:
            cache.leave_turns()

    return in_this_turn  # type: ignore[return-value]


def is_kept(function: Any) -> bool:
    """Return whether a compiled function is on the disk, for arguments of some types."""
    cache = getattr(function, "_cache", None)
    return isinstance(cache, _Cache) and cache.is_there


class _Cache(FunctionCache):
    """Numba's cache on disk, with separate files for each version of this package and each processor.

    Numba checks only one source for changes, although the compiled code includes functions of others, and reuses file
    names for something else. Whatever goes wrong with a file, the function is compiled.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        name = f"{self._impl.filename_base}-{_version()}"
        self._cache_file = IndexDataCacheFile(self._cache_path, name, _version())
        self._turns = 0

    @property
    def is_there(self) -> bool:
        """Whether something was cached for this function."""
        return any(Path(self._cache_path).glob(f"{self._impl.filename_base}-{_version()}*"))

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the cached function for a signature; None if there is none, or it is damaged.

        If it is being compiled by another process, wait for that.
        """
        found = self._load(sig, target_context)
        if found is None:
            self._turns += _turn().take()
            found = self._load(sig, target_context)
        return found

    def leave_turns(self) -> None:
        """Let other processes compile."""
        while self._turns:
            self._turns -= 1
            _turn().leave()

    def _load(self, sig: Any, target_context: Any) -> Any:
        with suppress(Exception):
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Cache the compiled function for a signature, if possible."""
        with suppress(Exception):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


@functools.cache
def _turn() -> Turn:
    """Return the turn to compile: one for all functions of this package, which compile one another."""
    cache: Any = FunctionCache(is_kept)
    return Turn(Path(cache._cache_path) / f".compiling-{_version()}.lock")  # noqa: SLF001 - as above


@functools.cache
def _version() -> str:
    """Hash the sources of this package, the constants that it takes from outside, and the target of compilation."""
    sources = [*sorted(Path(__file__).parent.rglob("*.py")), Path(hashing.__file__)]
    machine = f"{cpu_target.target_context.codegen().magic_tuple()} {LANES} {REGISTERS} {FUSES}".encode()
    return hashlib.sha256(b"".join([machine, *(source.read_bytes() for source in sources)])).hexdigest()[:16]
