"""Import large libraries quickly."""

import functools
import gc
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
