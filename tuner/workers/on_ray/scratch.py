"""The folder of a node for what its workers need: data that all of them map, and a place of its own for each."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from keras_search.errors import KerasSearchError

OLD_SECONDS = 3600.0
"""How long what a killed worker has left behind is kept, and data that no worker uses."""
LOCK = "lock"

Fetch = Callable[[], Mapping[str, Iterable[memoryview | bytes]]]


class Scratch:
    """The folder of the node `node`, below the system's for temporary files; only its user may enter."""

    def __init__(self, node: str, parent: Path | None = None) -> None:
        user = os.getuid() if hasattr(os, "getuid") else 0
        top = (parent or Path(tempfile.gettempdir())) / f"keras-search-{user}"
        top.mkdir(mode=0o700, exist_ok=True)
        if top.is_symlink() or (hasattr(os, "getuid") and top.stat().st_uid != user):
            raise KerasSearchError(f"{top} must be a folder of the user who runs Ray: move it away on this node.")
        self._top, self.home = top, top / node
        (self.home / "data").mkdir(parents=True, exist_ok=True)

    def keep_data(self, seal: str, fetch: Fetch) -> tuple[Path, int]:
        """Return the folder of the data with this seal, and the bytes fetched: none if the node has them already."""
        place = self.home / "data" / seal
        with FileLock(place.with_suffix(".lock")):
            if place.is_dir():
                os.utime(place)
                return place, 0
            partial = place.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            fetched = sum(_write(partial / name, pieces) for name, pieces in fetch().items())
            partial.replace(place)
        return place, fetched

    def claim(self, name: str) -> tuple[Path, FileLock]:
        """Make a worker's own folder; it is in use while this process holds its lock."""
        place = self.home / name
        place.mkdir()
        lock = FileLock(place / LOCK)
        lock.acquire()
        return place, lock

    def sweep(self, older: float = OLD_SECONDS) -> None:
        """Delete what killed workers of any search have left behind, and data that were not used for long."""
        for lock in self._top.glob(f"*/*/{LOCK}"):
            if _age(lock.parent) > older and _is_free(lock):
                shutil.rmtree(lock.parent, ignore_errors=True)
        used = {link.readlink() for link in self._top.glob("*/*/data") if link.is_symlink()}
        for data in self._top.glob("*/data/*"):
            if data.is_dir() and data not in used and _age(data) > older:
                shutil.rmtree(data, ignore_errors=True)


def _write(path: Path, pieces: Iterable[memoryview | bytes]) -> int:
    with path.open("wb") as file:
        return sum(file.write(piece) for piece in pieces)


def _age(path: Path) -> float:
    with suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0


def _is_free(path: Path) -> bool:
    try:
        with FileLock(path).acquire(timeout=0):
            return True
    except (Timeout, OSError):
        return False
