"""Detect whether a study's database has changed since it was read, without opening it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

_CHANGE_COUNTER = slice(24, 28)
"""The place in `study.db` of SQLite's change counter (fileformat2.html, section 1.3.8)."""
_INDEX_HEADER = slice(0, 96)
"""The place in `study.db-shm` of the log's state, stored twice (walformat.html, section 2.1)."""
_SIZE = 2
"""The index of the size in a status."""

State = tuple[Any, ...]


def state_of(database: Path) -> State | None:
    """Return a value that changes with each commit; None if there is no database.

    While a process writes, commits go to the log beside the file. SQLite counts them in the header of the log's index,
    `study.db-shm`. `PRAGMA data_version` works only for a connection that stays open; a commit to the log does not
    update the change counter in the file; and the log, which is overwritten from the start after a checkpoint, may
    keep its size and, for some milliseconds, its time. If the log is empty or gone, all commits are in the file: its
    identity, size, time and counter are its state.
    """
    try:
        file = (*_status(database), _bytes(database, _CHANGE_COUNTER))
    except OSError:
        return None
    log = _optional(_status, _beside(database, "wal"))
    if log is None or log[_SIZE] == 0:  # readers leave an empty one, too
        return file
    return file, log, _optional(_index_header, _beside(database, "shm"))


class Snapshot:
    """A cached reading of a database; if the database changes during the reading, the next one reads it again."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._state: State | None = None
        self._values: dict[Any, Any] = {}

    def get(self, name: Any, read: Callable[[], Any]) -> Any:
        """Return the result of `read`, from the cache if the database is unchanged."""
        state = state_of(self._database)
        if state is None or state != self._state:
            self._values, self._state = {}, state
        if name not in self._values:
            self._values[name] = read()
        return self._values[name]


def _beside(database: Path, ending: str) -> Path:
    return database.with_name(f"{database.name}-{ending}")


def _status(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _index_header(path: Path) -> bytes:
    return _bytes(path, _INDEX_HEADER)


def _bytes(path: Path, part: slice) -> bytes:
    with path.open("rb") as file:
        return file.read(part.stop)[part]


def _optional(read: Callable[[Path], Any], path: Path) -> Any:
    try:
        return read(path)
    except OSError:
        return None
