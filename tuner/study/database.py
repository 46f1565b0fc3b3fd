"""The file `study.db`: its tables, how it is created and opened, and the checksum of every row."""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from keras_search.errors import KerasSearchError
from keras_search.tuner.system import faults, lock_holder
from keras_search.tuner.system.files import replacing

SCHEMA_VERSION = 3
LOCK = "lock"
FACTS = "facts"
"""The fact that lists the names of all others, none of which may be missing."""
UNREADABLE = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL),
    *(sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOLFS),
}
"""SQLite's error codes when nothing is wrong with the file itself."""
_ADDED = """
CREATE TABLE IF NOT EXISTS processors (
    run TEXT NOT NULL REFERENCES runs (name) ON DELETE CASCADE, epoch INTEGER NOT NULL, kind TEXT NOT NULL,
    checksum TEXT NOT NULL, PRIMARY KEY (run, epoch)
) STRICT;
"""
"""The table that studies of the same format lack if they were written before there was one."""
_SCHEMA = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;
CREATE TABLE runs (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, model TEXT NOT NULL, role TEXT NOT NULL,
    hyperparameters TEXT NOT NULL, seed INTEGER NOT NULL, epochs INTEGER NOT NULL, parent TEXT,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, deaths INTEGER NOT NULL, trained INTEGER NOT NULL,
    score REAL, best_epoch INTEGER, parameters INTEGER, error TEXT, engine TEXT NOT NULL,
    checksum TEXT NOT NULL
) STRICT;
CREATE TABLE epochs (
    run TEXT NOT NULL REFERENCES runs (name) ON DELETE CASCADE, epoch INTEGER NOT NULL, metrics TEXT NOT NULL,
    seconds REAL NOT NULL, worker INTEGER NOT NULL, checksum TEXT NOT NULL, PRIMARY KEY (run, epoch)
) STRICT;
CREATE TABLE evaluations (
    run TEXT PRIMARY KEY REFERENCES runs (name) ON DELETE CASCADE, metrics TEXT NOT NULL, probabilities BLOB NOT NULL,
    checksum TEXT NOT NULL
) STRICT;
CREATE TABLE files (
    run TEXT NOT NULL REFERENCES runs (name) ON DELETE CASCADE, epoch INTEGER NOT NULL, digest TEXT NOT NULL,
    checksum TEXT NOT NULL, PRIMARY KEY (run, epoch)
) STRICT;
CREATE TABLE arrays (name TEXT PRIMARY KEY, value BLOB NOT NULL, checksum TEXT NOT NULL) STRICT;
CREATE TABLE events (
    id INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, run TEXT, worker INTEGER, checksum TEXT NOT NULL
) STRICT;
{_ADDED}"""


class StudyInUseError(KerasSearchError):
    """Raised if another process holds the lock of a study."""


class DamagedStudyError(KerasSearchError):
    """Raised if a study's database is not what was written."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path} is damaged ({problem}): restore it from a backup, or start again with --overwrite.")


def checksum(table: str, values: Iterable[Any]) -> str:
    """Hash the values of a row, equally before they are written and after they are read.

    From a column of floats, SQLite returns a whole number as a float, and zero without its sign.
    """
    parts = [value if isinstance(value, bytes) else _canonical(value).encode() for value in values]
    return blake2b(
        b"".join(b"%d:%b" % (len(part), part) for part in (table.encode(), *parts)), digest_size=8
    ).hexdigest()


def _canonical(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**53):
        return repr(float(value) + 0.0)
    return repr(value)


def write_study(folder: Path, facts: Mapping[str, Any]) -> None:
    """Create `study.db` in `folder`: it appears whole, with `facts` in it, and can be resumed from then on.

    Raises:
        KerasSearchError: the disk is full or the folder cannot be written to.
    """
    path = folder / "study.db"
    try:
        with replacing(path) as partial:
            partial.unlink(missing_ok=True)
            _write_new(partial, {**facts, FACTS: sorted(facts)})
    except (sqlite3.Error, OSError) as error:
        raise KerasSearchError(explain(error)) from error
    faults.point("study created")


def _write_new(path: Path, facts: Mapping[str, Any]) -> None:
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.executescript(f"{_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};")
        with connection:
            connection.executemany("INSERT INTO facts VALUES (?, ?, ?)", fact_rows(facts))
    finally:
        connection.close()


def fact_rows(facts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the rows of facts, as JSON with their checksums."""
    texts = {name: json.dumps(value) for name, value in facts.items()}
    return [(name, text, checksum("facts", (name, text))) for name, text in texts.items()]


def claim(folder: Path, name: str = "") -> FileLock:
    """Acquire the lock of the study in `folder`, which the system releases when the process dies.

    Raises:
        StudyInUseError: another process holds it.
        KerasSearchError: the folder cannot be written to.
    """
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StudyInUseError(
            f"The study {name or folder.name!r} is in use by another process: wait for it or end it."
        ) from None
    except OSError as error:
        raise KerasSearchError(f"The study's folder {folder} cannot be written to: {error.strerror}.") from None
    return lock


def holder_of(folder: Path) -> int | None:
    """Return the process that runs the study in `folder`, 0 if the system does not say which; None if nobody does."""
    return lock_holder.holder_of(folder / LOCK)


def for_writing(path: Path) -> sqlite3.Connection:
    """Open a database to write to it.

    Raises:
        KerasSearchError: it is missing, damaged, or of another version.
    """
    connection = _open_sound(path, "mode=rw")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(_ADDED)
    return connection


def for_reading(path: Path, sound: bool = False) -> sqlite3.Connection:
    """Open a database as it is now, while another process may go on writing to it.

    `sound`: it was found sound before, and is not examined as a whole again.

    Raises:
        KerasSearchError: it is missing, damaged, or of another version.
    """
    connection = _opened(path, _reading_mode(path)) if sound else _open_sound(path, _reading_mode(path))
    connection.execute("BEGIN")
    return connection


@contextmanager
def reporting_damage(path: Path) -> Iterator[None]:
    """Distinguish a database that makes no sense from one that the system does not let us read.

    Raises:
        KerasSearchError: either.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        raise DamagedStudyError(path, "invalid text") from error
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in UNREADABLE:
            raise KerasSearchError(f"{path} could not be read ({error}).") from error
        raise DamagedStudyError(path, " ".join(str(error).split())) from error


def _reading_mode(path: Path) -> str:
    """Choose how SQLite reads a file: as immutable if it cannot write beside it and nobody else does."""
    beside = path.with_name(f"{path.name}-wal")
    in_use = beside.exists() and beside.stat().st_size > 0
    return "mode=ro" if in_use or os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"


def rows(
    connection: sqlite3.Connection, path: Path, table: str, columns: str, which: str, *values: Any
) -> Iterator[tuple[Any, ...]]:
    """Read rows of the database at `path` and check that each is as it was written.

    Raises:
        DamagedStudyError: one is not.
    """
    with reporting_damage(path):
        for *row, found in connection.execute(f"SELECT {columns}, checksum FROM {table} {which}", values):
            if checksum(table, row) != found:
                raise DamagedStudyError(path, f"a row of {table}, {row[0]!r}, is not as it was written")
            yield tuple(row)


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    if not path.is_file():
        raise KerasSearchError(f"{path} is missing: {path.parent} is not a study.")
    with reporting_damage(path):
        return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=30)


def _open_sound(path: Path, mode: str) -> sqlite3.Connection:
    connection = _opened(path, mode)
    try:
        _check_sound(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_sound(path: Path, connection: sqlite3.Connection) -> None:
    with reporting_damage(path):
        problem = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    if problem == "ok" and version == 0:
        problem = "it contains no study"
    if problem != "ok":
        raise DamagedStudyError(path, problem)
    if version < SCHEMA_VERSION:
        raise KerasSearchError(
            f"{path} was made by an earlier version of keras-search: use that version to read it, or start again "
            "with --overwrite, which keeps the old study in the trash."
        )
    if version != SCHEMA_VERSION:
        raise KerasSearchError(
            f"{path} has format {version}, this keras-search reads {SCHEMA_VERSION}: use the version that wrote it."
        )


def explain(error: sqlite3.Error | OSError) -> str:
    """Advise what to do when a study could not be written."""
    if "full" in str(error):
        return "The disk is full: free some space and continue with keras-search resume. All committed work is safe."
    return f"The study could not be written to ({error}): fix that and continue with keras-search resume."
