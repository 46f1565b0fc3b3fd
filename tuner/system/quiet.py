"""Keep TensorFlow from printing during its import: its libraries' early log messages obey no variable."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

TENSORFLOW = "tensorflow"


NOTHING = -1
"""The copy of a descriptor that was closed."""

_lock, _kept, _users = threading.Lock(), NOTHING, 0


@contextmanager
def silent_stderr() -> Iterator[None]:
    """Discard output to file descriptor 2 during the block, and any in another thread that overlaps with it.

    A block that imports TensorFlow then prints nothing.
    """
    global _kept, _users
    with _lock:
        if not _users:
            _kept = _discard_stderr()
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users and _kept != NOTHING:
                os.dup2(_kept, 2)
                os.close(_kept)


def _discard_stderr() -> int:
    """Let file descriptor 2 lead nowhere and return a copy of what it was, `NOTHING` if it was closed."""
    try:
        kept = os.dup(2)
    except OSError:
        return NOTHING
    if sys.stderr is not None:
        sys.stderr.flush()
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    return kept


def silence_import_of_tensorflow() -> None:
    """Let TensorFlow print nothing when the user's code imports it, nor when it looks for GPUs for the first time."""
    if TENSORFLOW not in sys.modules and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Find TensorFlow where the other finders do, once."""

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        if name != TENSORFLOW:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _QuietLoader(spec.loader.name, spec.loader.path)
        return spec


class _QuietLoader(SourceFileLoader):
    """Execute a module's file as ever, in silence."""

    def exec_module(self, module: ModuleType) -> None:
        with silent_stderr():
            super().exec_module(module)
            module.config.list_physical_devices()
