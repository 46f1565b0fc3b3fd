"""Import large libraries quickly."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module


def import_quickly(*modules: str) -> None:
    """Import modules without the garbage collector, which takes a quarter of TensorFlow's time and finds nothing."""
    with _uncollected():
        for module in modules:
            import_module(module)


@contextmanager
def _uncollected() -> Iterator[None]:
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
