"""Keep results that take seconds to compute, for the next command that needs them."""

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from keras_search.tuner.system.plain import plain

MOST = 300
"""How many results are kept; the oldest go first."""
PLACE = "KERAS_SEARCH_CACHE"
"""The environment variable with another folder for them."""


def cached(kind: str, key: Iterable[object], make: Callable[[], Any]) -> Any:
    """Return the plain JSON values that `make` makes, from the disk if they were made before under the same key.

    The key has to name everything that decides them; the sources of this package are a part of it. Where nothing can
    be kept, they are made each time.
    """
    text = json.dumps([kind, *map(str, key), _sources()])
    path = _folder() / f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:32]}.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["key"] == text:
            return found["value"]
    value = plain(make())
    with suppress(OSError):
        _keep(path, json.dumps({"key": text, "value": value}))
    return value


def _keep(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(content, encoding="utf-8")
    partial.replace(path)
    held = sorted(path.parent.glob("*.json"), key=lambda each: each.stat().st_mtime)
    for old in held[:-MOST]:
        old.unlink(missing_ok=True)


def _folder() -> Path:
    """Return where the system keeps what can be made again."""
    if chosen := os.environ.get(PLACE):
        return Path(chosen)
    home = os.environ.get("LOCALAPPDATA") if sys.platform == "win32" else os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "keras-search"


@cache
def _sources() -> str:
    """Identify the version of this package: the number, size and time of its files."""
    states = [path.stat() for path in Path(__file__).resolve().parents[1].rglob("*.py")]
    return f"{len(states)} {sum(each.st_size for each in states)} {max(each.st_mtime_ns for each in states)}"
