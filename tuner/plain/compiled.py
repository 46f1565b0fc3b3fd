"""How the functions of this package are compiled: once for this processor, kept on disk for the next process."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: Any = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz"}}


def compiled(function: Function) -> Function:
    """Compile a function of numbers and arrays at its first call.

    Sums may be taken in another order, so that they fit into vectors; what is infinite or not a number stays so.
    """
    kept: Any = njit(**_OPTIONS)(function)
    try:
        kept.enable_caching()
    except RuntimeError:  # nowhere to write to: it is compiled in each process
        return kept  # type: ignore[no-any-return]
    # Numba looks at one file for changes, but what is compiled holds the functions of others as well.
    kept._cache._cache_file._source_stamp = _digest()
    return kept  # type: ignore[no-any-return]


def inlined(function: Function) -> Function:
    """Make a function a part of those that call it."""
    part: Function = njit(inline="always", **_OPTIONS)(function)
    return part


def _digest() -> str:
    """Hash the sources of this package."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
