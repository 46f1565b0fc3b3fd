"""Tell whether a study's database has changed since it was read, without opening it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

_CHANGE_COUNTER = slice(24, 28)
"""Where in `study.db` SQLite counts the changes of the file (fileformat2.html, section 1.3.8)."""
_INDEX_HEADER = slice(0, 96)
"""Where in `study.db-shm` the state of the log is, twice (walformat.html, section 2.1)."""
_SIZE = 2
"""The place of the size in a status."""

State = tuple[Any, ...]


def state_of(database: Path) -> State | None:
    """Return a value that is another one after each commit; None if there is no database.

    While a process writes, commits go to the log beside the file. SQLite itself sees by the header of the log's index,
    `study.db-shm`, that there was one: it counts them. `PRAGMA data_version` tells that only to a connection that stays
    open, the change counter in the file is not written by each commit to the log, and the log, which begins anew in the
    same bytes after a checkpoint, may keep its size and, within some milliseconds, its time. Where the log is empty or
    gone, all commits are in the file: its identity, size, time and counter are its state.
    """
    try:
        file = (*_status(database), _bytes(database, _CHANGE_COUNTER))
    except OSError:
        return None
    log = _optional(_status, _beside(database, "wal"))
    if log is None or log[_SIZE] == 0:  # which readers leave too
        return file
    return file, log, _optional(_index_header, _beside(database, "shm"))


class Snapshot:
    """What was read of a database, kept until that changes; what changes while it is read is read again next time."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._state: State | None = None
        self._values: dict[Any, Any] = {}

    def get(self, name: Any, read: Callable[[], Any]) -> Any:
        """Return what `read` gives, from before if the database is as it was then."""
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
