"""Import large libraries quickly."""

import functools
import gc
import sys
import typing
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Import without the garbage collector, which takes a quarter of TensorFlow's time and finds nothing."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextmanager
def annotations_compiled_once() -> Iterator[None]:
    """Let `typing` compile each annotation in quotes once: TensorFlow has 18,000, most of them the same few."""
    namespace = vars(typing)
    namespace["compile"] = functools.cache(compile)  # found before the builtin of this name
    try:
        yield
    finally:
        del namespace["compile"]


@contextmanager
def unavailable(name: str) -> Iterator[None]:
    """Let the block's imports of an optional package fail as if it were not installed, unless it is loaded already."""
    hidden = name not in sys.modules
    if hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # by which Python knows what cannot be imported
    try:
        yield
    finally:
        if hidden:
            del sys.modules[name]
