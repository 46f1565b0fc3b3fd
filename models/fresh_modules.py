"""Run a user's own files again for each model, so that no state is left from the previous one."""

import logging
import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from keras_search.models import HYPERMODELS
from keras_search.models.source import parse_source

Loaded = TypeVar("Loaded")
Stamp = tuple[int, int]

logger = logging.getLogger("keras_search")

_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_STAMPS: dict[Path, Stamp] = {}
"""The time of the last change and the size of each of the user's files, when it was first run."""
_RUN_ONCE: set[str] = set()
"""Hypermodels whose files cannot be run twice in a process."""


def run_again(name: str, load: Callable[[], Loaded], before: Loaded) -> Loaded:
    """Load a hypermodel anew from its files, run as in a new process: with their initial globals.

    Returns `before` for a built-in one, and if a file was changed since it was first run: a search continues with the
    code that it began with. If a file cannot be run twice, the log says so.
    """
    if name in HYPERMODELS or name in _RUN_ONCE:
        return before
    own = own_modules(name)
    files = {Path(_file(module)) for module in own.values()}
    if not own or any(_STAMPS.setdefault(file, _stamp(file)) != _stamp(file) for file in files):
        return before
    for module in own:
        del sys.modules[module]
    try:
        return load()
    except Exception as error:
        sys.modules.update(own)
        _RUN_ONCE.add(name)
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        logger.warning(f"{name} cannot be run anew for each model ({reason}): all models share its globals.")
        return before


def own_modules(name: str) -> dict[str, ModuleType]:
    """Return the loaded modules of a user's hypermodel: its file, and those beside it or below."""
    source = parse_source(name)
    place = source.path if source.is_file else Path(_file(sys.modules.get(source.place)) or "nowhere")
    beginning = f"{place.parent}{os.sep}"
    return {each: module for each, module in list(sys.modules.items()) if _is_own(each, _file(module), beginning)}


def _is_own(name: str, file: str, beginning: str) -> bool:
    ours = name.partition(".")[0] in {"keras_search", "__main__", "__mp_main__"}
    library = "site-packages" in file or file.startswith(_LIBRARIES)
    return file.startswith(beginning) and file.endswith(".py") and not ours and not library


def _file(module: ModuleType | None) -> str:
    return getattr(module, "__file__", None) or ""


def _stamp(file: Path) -> Stamp:
    """Return the time of a file's last change, in nanoseconds, and its size in bytes; zeros if it is gone."""
    try:
        found = file.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
