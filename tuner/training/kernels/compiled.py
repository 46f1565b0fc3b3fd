"""How the functions of this package are compiled: once for this processor, kept on disk for the next process."""

import functools
import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.registry import cpu_target

from keras_search.tuner.system.cpu import LANES
from keras_search.tuner.training.compiled import hashing

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz"}}


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays at its first call, and keep it on disk.

    Sums may be taken in another order, so that they fit into vectors; what is infinite or not a number stays so.
    """
    kept: Any = njit(**_OPTIONS)(function)
    with suppress(RuntimeError):  # there is nowhere to keep it: each process compiles it
        kept._cache = _Cache(function)  # noqa: SLF001 - there is no public way to give a dispatcher a cache
    return kept  # type: ignore[no-any-return]


def kernel(function: Function) -> Function:
    """Make a function a part of the machine code of those that call it.

    Called from there it would be one function in the process that compiles its caller and another in one that finds
    the caller on disk, with other last bits.
    """
    part: Function = njit(forceinline=True, **_OPTIONS)(function)
    return part


def inlined(function: Function) -> Function:
    """Make a function a part of those that call it before anything is compiled, which is sooner done for long ones."""
    part: Function = njit(inline="always", **_OPTIONS)(function)
    return part


class _Cache(FunctionCache):
    """Numba's cache on disk, with files of their own for each version of this package and each processor.

    Numba looks at one source for changes, where what is compiled holds the functions of others as well, and uses a
    file's name again for something else. Whatever goes wrong with a file, the function is compiled.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        name = f"{self._impl.filename_base}-{_version()}"
        self._cache_file = IndexDataCacheFile(self._cache_path, name, _version())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Give what is kept for a signature; None where that is nothing, or damaged."""
        with suppress(Exception):
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled for a signature, if that can be done."""
        with suppress(Exception):
            super().save_overload(sig, data)  # type: ignore[no-untyped-call]


@functools.cache
def _version() -> str:
    """Hash the sources of this package, the constants that it takes from outside, and what it is compiled for."""
    sources = [*sorted(Path(__file__).parent.glob("*.py")), Path(hashing.__file__)]
    machine = f"{cpu_target.target_context.codegen().magic_tuple()} {LANES}".encode()
    return hashlib.sha256(b"".join([machine, *(source.read_bytes() for source in sources)])).hexdigest()[:16]
