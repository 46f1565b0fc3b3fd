"""Keep a study in one SQLite file: one writer, many readers, every change in one transaction.

The runs are the oracle's whole state: a trial and the state that produced it are one row, a result and the
state that has learned it are one row, so neither can be without the other.
"""

import io
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Self

import numpy as np
from filelock import FileLock, Timeout

from keras_search.errors import KerasSearchError
from keras_search.tuner.study.records import Epoch, Evaluation, Kind, Metrics, Run, State
from keras_search.tuner.system import faults
from keras_search.tuner.system.files import replacing

SCHEMA_VERSION = 1
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE runs (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, model TEXT NOT NULL, role TEXT NOT NULL,
    hyperparameters TEXT NOT NULL, seed INTEGER NOT NULL, epochs INTEGER NOT NULL, parent TEXT,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, deaths INTEGER NOT NULL, trained INTEGER NOT NULL,
    score REAL, best_epoch INTEGER, parameters INTEGER, error TEXT
) STRICT;
CREATE TABLE epochs (
    run TEXT NOT NULL REFERENCES runs (name) ON DELETE CASCADE, epoch INTEGER NOT NULL, metrics TEXT NOT NULL,
    seconds REAL NOT NULL, worker INTEGER NOT NULL, PRIMARY KEY (run, epoch)
) STRICT;
CREATE TABLE evaluations (
    run TEXT PRIMARY KEY REFERENCES runs (name) ON DELETE CASCADE, metrics TEXT NOT NULL, probabilities BLOB NOT NULL
) STRICT;
CREATE TABLE arrays (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE events (id INTEGER PRIMARY KEY, time REAL NOT NULL, kind TEXT NOT NULL, run TEXT, worker INTEGER) STRICT;
"""
_RUN_FIELDS = [field.name for field in fields(Run)]


class Store:
    """The open `study.db` of a study; a context manager that closes it.

    `runs` is what the file holds, by name in the order of their start.
    """

    def __init__(self, connection: sqlite3.Connection, lock: FileLock | None) -> None:
        self._connection = connection
        self._lock = lock
        self.runs: dict[str, Run] = {run.name: run for run in self._read_runs()}

    @classmethod
    def create(cls, folder: Path, lock: FileLock, **facts: Any) -> Self:
        """Make `study.db` in `folder`, whose `lock` the caller has claimed, and open it for writing.

        The file appears whole, with `facts` in it: a study that has a `study.db` can be resumed.

        Raises:
            KerasSearchError: the disk is full or the folder cannot be written to.
        """
        path = folder / "study.db"
        try:
            with replacing(path) as partial:
                partial.unlink(missing_ok=True)
                _write_new(partial, facts)
            faults.point("study created")
            return cls(_for_writing(_connect(path, "mode=rw")), lock)
        except (sqlite3.Error, OSError) as error:
            raise KerasSearchError(_explain(error)) from error

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the study in `folder` for writing.

        Raises:
            KerasSearchError: another process writes to it, it may not be written to, or it is damaged.
        """
        lock = claim(folder)
        try:
            return cls(_for_writing(_open_sound(folder / "study.db", "mode=rw")), lock)
        except BaseException as error:
            lock.release()
            if isinstance(error, sqlite3.Error):
                raise KerasSearchError(_explain(error)) from error
            raise

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open the study in `folder` for reading, as it is now, while another process may go on writing to it.

        Raises:
            KerasSearchError: it is damaged.
        """
        connection = _open_sound(folder / "study.db", _reading_mode(folder / "study.db"))
        connection.execute("BEGIN")
        return cls(connection, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and give the study to other writers."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is written inside, or nothing of it.

        Raises:
            KerasSearchError: the disk is full or the folder cannot be written to.
        """
        before = dict(self.runs)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            faults.point("inside commit")
            self._connection.execute("COMMIT")
            faults.point("after commit")
        except BaseException as error:
            self.runs = before
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise KerasSearchError(_explain(error)) from error
            raise

    def set_facts(self, **values: Any) -> None:
        """Keep JSON values that are about the whole study; call inside a transaction."""
        self._connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", _fact_rows(values))

    def fact(self, name: str, default: Any = None) -> Any:
        """Give a value that `set_facts` kept."""
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row[0])

    def put_array(self, name: str, array: np.ndarray) -> None:
        """Keep an array that is about the whole study; call inside a transaction."""
        self._connection.execute("INSERT OR REPLACE INTO arrays VALUES (?, ?)", (name, to_bytes(array)))

    def array(self, name: str) -> np.ndarray | None:
        """Give an array that `put_array` kept, or None."""
        row = self._connection.execute("SELECT value FROM arrays WHERE name = ?", (name,)).fetchone()
        return None if row is None else from_bytes(row[0])

    def put_run(self, run: Run) -> None:
        """Write a run, new or changed; call inside a transaction."""
        row = {**asdict(run), "hyperparameters": json.dumps(run.hyperparameters)}
        marks = ", ".join(f":{name}" for name in _RUN_FIELDS)
        changes = ", ".join(f"{name} = excluded.{name}" for name in _RUN_FIELDS)
        self._connection.execute(
            f"INSERT INTO runs ({', '.join(_RUN_FIELDS)}) VALUES ({marks}) ON CONFLICT (name) DO UPDATE SET {changes}",
            row,
        )
        self.runs[run.name] = run

    def put_epoch(self, epoch: Epoch) -> None:
        """Write an epoch of a run; call inside a transaction."""
        row = (epoch.run, epoch.epoch, json.dumps(epoch.metrics), epoch.seconds, epoch.worker)
        self._connection.execute("INSERT OR REPLACE INTO epochs VALUES (?, ?, ?, ?, ?)", row)

    def put_evaluation(self, evaluation: Evaluation) -> None:
        """Write what a retrained model says of the test split; call inside a transaction."""
        row = (evaluation.run, json.dumps(evaluation.metrics), evaluation.probabilities)
        self._connection.execute("INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?)", row)

    def put_event(self, kind: str, run: str | None = None, worker: int | None = None) -> None:
        """Note that something happened now; call inside a transaction."""
        row = (time.time(), kind, run, worker)
        self._connection.execute("INSERT INTO events (time, kind, run, worker) VALUES (?, ?, ?, ?)", row)

    def delete_runs(self, names: list[str]) -> None:
        """Forget runs with their epochs and evaluations; call inside a transaction."""
        self._connection.executemany("DELETE FROM runs WHERE name = ?", [(name,) for name in names])
        for name in names:
            del self.runs[name]

    def of_kind(self, kind: Kind) -> dict[str, Run]:
        """Give the runs of one kind by name, in the order of their start."""
        return {name: run for name, run in self.runs.items() if run.kind is kind}

    def history(self, name: str) -> dict[int, Metrics]:
        """Give the metrics of each epoch that led to a run's present state, its parents' epochs first."""
        parent = self.runs[name].parent
        own = self._connection.execute("SELECT epoch, metrics FROM epochs WHERE run = ? ORDER BY epoch", (name,))
        before = self.history(parent) if parent else {}
        return {**before, **{epoch: json.loads(metrics) for epoch, metrics in own}}

    def epochs(self) -> list[Epoch]:
        """List every committed epoch."""
        rows = self._connection.execute("SELECT run, epoch, metrics, seconds, worker FROM epochs ORDER BY run, epoch")
        return [Epoch(run, epoch, json.loads(text), seconds, worker) for run, epoch, text, seconds, worker in rows]

    def evaluated(self) -> set[str]:
        """Name the runs that were tested."""
        return {run for (run,) in self._connection.execute("SELECT run FROM evaluations")}

    def evaluations(self) -> dict[str, Evaluation]:
        """Give every evaluation on the test split by run."""
        rows = self._connection.execute("SELECT run, metrics, probabilities FROM evaluations ORDER BY run")
        return {run: Evaluation(run, json.loads(metrics), blob) for run, metrics, blob in rows}

    def events(self) -> list[tuple[float, str, str | None, int | None]]:
        """List what happened as (seconds since 1970, kind, run, worker)."""
        return list(self._connection.execute("SELECT time, kind, run, worker FROM events ORDER BY id"))

    def _read_runs(self) -> Iterator[Run]:
        for row in self._connection.execute(f"SELECT {', '.join(_RUN_FIELDS)} FROM runs ORDER BY rowid"):
            yield _as_run(dict(zip(_RUN_FIELDS, row, strict=True)))


def to_bytes(array: np.ndarray) -> bytes:
    """Give an array as the bytes of an `.npy` file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def from_bytes(content: bytes) -> np.ndarray:
    """Give the array of the bytes of an `.npy` file."""
    array: np.ndarray = np.load(io.BytesIO(content), allow_pickle=False)
    return array


def _as_run(row: Mapping[str, Any]) -> Run:
    values = {"hyperparameters": json.loads(row["hyperparameters"])}
    return Run(**{**row, **values, "kind": Kind(row["kind"]), "state": State(row["state"])})


def claim(folder: Path) -> FileLock:
    """Take the lock of the study in `folder`, which the system takes back from a process that dies.

    Raises:
        KerasSearchError: another process has it, or the folder cannot be written to.
    """
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise KerasSearchError(
            f"The study {folder.name!r} is in use by another process: wait for it or end it."
        ) from None
    except OSError as error:
        raise KerasSearchError(f"The study's folder {folder} cannot be written to: {error.strerror}.") from None
    return lock


def _write_new(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a `study.db` that holds nothing but `facts`."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.executescript(f"{_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION};")
        with connection:
            connection.executemany("INSERT INTO facts VALUES (?, ?)", _fact_rows(facts))
    finally:
        connection.close()


def _fact_rows(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, json.dumps(value)) for name, value in facts.items()]


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=30)


def _for_writing(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _reading_mode(path: Path) -> str:
    """Tell SQLite how to read a file; where it may not write beside it and nobody else does, as one that stays."""
    beside = path.with_name(f"{path.name}-wal")
    in_use = beside.exists() and beside.stat().st_size > 0
    return "mode=ro" if in_use or os.access(path.parent, os.W_OK) else "mode=ro&immutable=1"


def _open_sound(path: Path, mode: str) -> sqlite3.Connection:
    if not path.is_file():
        raise KerasSearchError(f"{path} is missing: {path.parent} is not a study.")
    try:
        connection = _connect(path, mode)
        problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in DAMAGE:
            raise KerasSearchError(f"{path} could not be read ({error}).") from error
        problem, version = str(error), SCHEMA_VERSION
    if problem == "ok" and version == 0:
        problem = "it holds no study"
    if problem != "ok":
        raise KerasSearchError(
            f"{path} is damaged ({problem}): bring it back from a copy, or start again with --overwrite."
        )
    if version != SCHEMA_VERSION:
        raise KerasSearchError(
            f"{path} has format {version}, this keras-search reads {SCHEMA_VERSION}: use its version."
        )
    return connection


def _explain(error: sqlite3.Error | OSError) -> str:
    if "full" in str(error):
        return "The disk is full: make room and continue with keras-search resume. Nothing that was committed is lost."
    return f"The study could not be written to ({error}): mend that and continue with keras-search resume."
