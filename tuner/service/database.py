"""The service's own file, `service.db`: jobs, tokens, sessions and notes; everything else is in the studies."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from keras_search.errors import KerasSearchError

VERSION = 1
PATIENCE = 30.0
"""Seconds to wait for another thread's transaction."""
_SCHEMA = """
CREATE TABLE tokens (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL UNIQUE, label TEXT NOT NULL, created REAL NOT NULL
) STRICT;
CREATE TABLE sessions (
    digest TEXT PRIMARY KEY, token TEXT NOT NULL, expires REAL NOT NULL
) STRICT;
CREATE TABLE jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, study TEXT NOT NULL, state TEXT NOT NULL, place REAL NOT NULL,
    command TEXT NOT NULL, created REAL NOT NULL, started REAL, ended REAL, exit_code INTEGER,
    message TEXT NOT NULL DEFAULT '', stop TEXT NOT NULL DEFAULT '', sent TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE notes (study TEXT PRIMARY KEY, text TEXT NOT NULL, changed REAL NOT NULL) STRICT;
"""


class Database:
    """`service.db`; each use opens it anew, so that any thread may."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._anchor: sqlite3.Connection | None = None

    def prepare(self) -> None:
        """Create the file if there is none; it stays open until `close`, so that reading it needs no space on the disk.

        Raises:
            KerasSearchError: it cannot be written, is damaged, or of another version.
        """
        with self.writing() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
            elif version != VERSION:
                raise KerasSearchError(
                    f"{self.path} has format {version}, this keras-search reads {VERSION}: "
                    "use the version that wrote it."
                )

        self._anchor = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
        self._anchor.execute("SELECT count(*) FROM jobs").fetchone()

    def close(self) -> None:
        """Close the file."""
        if self._anchor is not None:
            self._anchor.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open the database to read from it as it is now.

        Raises:
            KerasSearchError: it cannot be read.
        """
        with self._opened() as connection:
            connection.execute("BEGIN")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Commit everything that is written in the block, or nothing.

        Raises:
            KerasSearchError: it cannot be written, for instance because the disk is full.
        """
        with self._opened() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as connection:
                connection.row_factory = sqlite3.Row
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.Error as error:
            raise KerasSearchError(_explained(self.path, error)) from error


def _explained(path: Path, error: sqlite3.Error) -> str:
    if "full" in str(error):
        return "The disk is full: free some space and try again. Running searches keep what they have committed."
    if isinstance(error, sqlite3.OperationalError):
        return f"{path} could not be used ({error}): fix that and try again."
    return f"{path} is damaged ({error}): move it away and start again. The studies are not affected."


def now() -> float:
    """Return the time, in seconds since the epoch."""
    return time.time()
