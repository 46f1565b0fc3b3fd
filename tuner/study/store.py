"""Keep a study in one SQLite file: one writer, many readers, every change in one transaction.

The runs are the oracle's whole state: a trial and the state that produced it are one row, a result and the
state that has learned it are one row, so neither can be without the other.
"""

import io
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from filelock import FileLock

from keras_search.errors import KerasSearchError
from keras_search.tuner.study import database
from keras_search.tuner.study.database import FACTS, SCHEMA_VERSION, DamagedStudyError, checksum, claim
from keras_search.tuner.study.fact_kinds import NUMBERS, VALUES, misfit, wrong_fact
from keras_search.tuner.study.folder import check_run_name
from keras_search.tuner.study.processors import KINDS, Spans, mixed, read_spans
from keras_search.tuner.study.records import Epoch, Evaluation, Kind, Metrics, Run, State
from keras_search.tuner.study.runs import Runs
from keras_search.tuner.system import faults

__all__ = ["MODEL", "SCHEMA_VERSION", "DamagedStudyError", "Store", "claim", "from_bytes", "to_bytes"]

MODEL = -1
"""The epoch under which the hash of a run's model is stored."""
RUN_FIELDS = tuple(field.name for field in fields(Run))
_EPOCH_COLUMNS = "run, epoch, metrics, seconds, worker"


class Store:
    """The open `study.db` of a study; a context manager that closes it.

    `runs` are those in the file, by name in the order of their start.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: FileLock | None) -> None:
        self.path, self._connection, self._lock = path, connection, lock
        self.runs = Runs(self._read_runs())
        self._fact_names = self._check_complete()

    @classmethod
    def create(cls, folder: Path, lock: FileLock, **facts: Any) -> Self:
        """Create `study.db` in `folder`, whose `lock` the caller has claimed, and open it for writing.

        Raises:
            KerasSearchError: the disk is full or the folder cannot be written to.
        """
        database.write_study(folder, facts)
        return cls.open(folder, lock)

    @classmethod
    def open(cls, folder: Path, lock: FileLock | None = None) -> Self:
        """Open the study in `folder` for writing; `lock` is its lock if the caller has claimed it.

        Raises:
            KerasSearchError: another process writes to it, it is not writable, or it is damaged.
        """
        lock = lock or claim(folder)
        try:
            return cls._opened(folder / "study.db", database.for_writing, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open the study in `folder` for reading, as it is now, while another process may go on writing to it.

        Raises:
            KerasSearchError: it is damaged.
        """
        return cls._opened(folder / "study.db", database.for_reading, None)

    @classmethod
    def _opened(cls, path: Path, connect: Callable[[Path], sqlite3.Connection], lock: FileLock | None) -> Self:
        try:
            connection = connect(path)
            try:
                return cls(path, connection, lock)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            raise KerasSearchError(
                database.explain(error) if lock else f"{path} could not be read ({error})."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and release the study to other writers."""
        self._connection.close()
        if self._lock is not None:
            self._lock.release()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything that is written in the block, or nothing.

        Raises:
            KerasSearchError: the disk is full or the folder cannot be written to.
        """
        fact_names = self._fact_names
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            faults.point("inside commit")
            self._connection.execute("COMMIT")
            faults.point("after commit")
        except BaseException as error:
            self._fact_names = fact_names
            with suppress(sqlite3.Error, DamagedStudyError):
                self._connection.execute("ROLLBACK")
                self.runs.replace(list(self._read_runs()))
            if isinstance(error, sqlite3.Error):
                raise KerasSearchError(database.explain(error)) from error
            raise

    def set_facts(self, **values: Any) -> None:
        """Store JSON values about the whole study; call inside a transaction."""
        if not values.keys() <= self._fact_names:
            self._fact_names = self._fact_names | values.keys()
            values[FACTS] = sorted(self._fact_names)
        self._connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", database.fact_rows(values))

    def fact(self, name: str, default: Any = None) -> Any:
        """Return a value that `set_facts` stored."""
        for _, text in self._rows("facts", "name, value", "WHERE name = ?", name):
            return self._checked(name, self._json(text))
        return default

    def _checked(self, name: str, value: Any) -> Any:
        wrong = wrong_fact(name, value)
        if wrong:
            raise DamagedStudyError(self.path, wrong)
        return value

    def needed(self, name: str) -> Any:
        """Return a value that every study has.

        Raises:
            DamagedStudyError: it is missing.
        """
        value = self.fact(name)
        if value is None:
            raise DamagedStudyError(self.path, f"the fact {name!r} is missing")
        return value

    def put_array(self, name: str, array: np.ndarray) -> None:
        """Store an array about the whole study; call inside a transaction."""
        self._put("arrays", name, to_bytes(array))

    def array(self, name: str) -> np.ndarray | None:
        """Return an array that `put_array` stored, or None."""
        for _, content in self._rows("arrays", "name, value", "WHERE name = ?", name):
            return from_bytes(content)
        return None

    def put_run(self, run: Run) -> None:
        """Write a run, new or changed; call inside a transaction."""
        row = {**asdict(run), "hyperparameters": json.dumps(run.hyperparameters)}
        names = (*RUN_FIELDS, "checksum")
        values = [row[name] for name in RUN_FIELDS]
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        self._connection.execute(
            f"INSERT INTO runs ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
            f"ON CONFLICT (name) DO UPDATE SET {changes}",
            (*values, checksum("runs", values)),
        )
        self.runs.put(run)

    def put_epoch(self, epoch: Epoch) -> None:
        """Write an epoch of a run; call inside a transaction."""
        self._put("epochs", epoch.run, epoch.epoch, json.dumps(epoch.metrics), epoch.seconds, epoch.worker)

    def put_processor(self, run: str, epoch: int, kind: str) -> bool:
        """Record on what kind of processor an epoch of a run was trained; return whether the study has a further kind.

        Later epochs, which are to be trained again, are no longer of any kind. Call inside a transaction.
        """
        known = self._spans("WHERE run = ? ORDER BY epoch", run).get(run, {})
        before = {since: found for since, found in known.items() if since < epoch}
        now = before if [*before.values()][-1:] == [kind] else {**before, epoch: kind}
        if now != known:
            self._connection.execute("DELETE FROM processors WHERE run = ? AND epoch >= ?", (run, epoch))
            if epoch in now:
                self._put("processors", run, epoch, kind)
        kinds = self.fact(KINDS, [])
        if kind not in kinds:
            self.set_facts(**{KINDS: [*kinds, kind]})
        return kind not in kinds

    def put_evaluation(self, evaluation: Evaluation) -> None:
        """Write a retrained model's results on the test split; call inside a transaction."""
        self._put("evaluations", evaluation.run, json.dumps(evaluation.metrics), evaluation.probabilities)

    def put_file(self, run: str, epoch: int, digest: str) -> None:
        """Store the hash of a run's checkpoint after an epoch, or, as epoch `MODEL`, that of its model."""
        self._put("files", run, epoch, digest)

    def file(self, run: str, epoch: int) -> str | None:
        """Return a hash that `put_file` stored."""
        rows = self._rows("files", "run, epoch, digest", "WHERE run = ? AND epoch = ?", run, epoch)
        return next((str(digest) for _, _, digest in rows), None)

    def put_event(self, kind: str, run: str | None = None, worker: int | None = None) -> None:
        """Record an event at the current time; call inside a transaction."""
        row = (time.time(), kind, run, worker)
        self._connection.execute(
            "INSERT INTO events (time, kind, run, worker, checksum) VALUES (?, ?, ?, ?, ?)",
            (*row, checksum("events", row)),
        )

    def delete_runs(self, names: list[str]) -> None:
        """Delete runs with their epochs and evaluations; call inside a transaction."""
        self._connection.executemany("DELETE FROM runs WHERE name = ?", [(name,) for name in names])
        for name in names:
            self.runs.delete(name)

    def of_kind(self, kind: Kind) -> MappingProxyType[str, Run]:
        """Return a live view of the runs of one kind by name, in the order of their start."""
        return self.runs.of_kind(kind)

    def processors(self) -> Mapping[str, Spans]:
        """Return the kinds of processors that trained each run, as far as they were recorded."""
        return self._spans() if self.fact(KINDS) else {}

    def mixed_processors(self) -> dict[str, Any]:
        """Return how many runs each kind of processor trained, with a sentence about that; empty if there is one."""
        return mixed(self.fact(KINDS, []), self.runs, self._spans, self.fact("best"))

    def _spans(self, *which: str) -> dict[str, dict[int, str]]:
        return read_spans(self._connection, self.path, *which)

    def history(self, name: str) -> dict[int, Metrics]:
        """Return the metrics of each epoch that led to a run's current state, its parents' epochs first."""
        parent = self.runs[name].parent
        own = {epoch.epoch: epoch.metrics for epoch in self._epochs("WHERE run = ? ORDER BY epoch", name)}
        return {**(self.history(parent) if parent else {}), **own}

    def metrics(self, name: str, epoch: int) -> Metrics | None:
        """Return the metrics of an epoch of a run's own, None if it has none of that number."""
        return next((found.metrics for found in self._epochs("WHERE run = ? AND epoch = ?", name, epoch)), None)

    def epochs(self) -> list[Epoch]:
        """List every committed epoch."""
        return list(self._epochs("ORDER BY run, epoch"))

    def _epochs(self, which: str, *values: Any) -> Iterator[Epoch]:
        for run, epoch, text, seconds, worker in self._rows("epochs", _EPOCH_COLUMNS, which, *values):
            yield Epoch(run, epoch, self._metrics(text, f"epoch {epoch} of {run!r}"), seconds, worker)

    def evaluated(self) -> set[str]:
        """Return the names of the runs that were tested."""
        with database.reporting_damage(self.path):
            return {run for (run,) in self._connection.execute("SELECT run FROM evaluations")}

    def evaluations(self) -> dict[str, Evaluation]:
        """Return every evaluation on the test split by run."""
        rows = self._rows("evaluations", "run, metrics, probabilities", "ORDER BY run")
        return {run: Evaluation(run, self._metrics(text, f"the test of {run!r}"), blob) for run, text, blob in rows}

    def events(self) -> list[tuple[float, str, str | None, int | None]]:
        """List what happened as (seconds since 1970, kind, run, worker)."""
        return list(self._rows("events", "time, kind, run, worker", "ORDER BY id"))

    def _put(self, table: str, *values: Any) -> None:
        marks = ", ".join("?" * (len(values) + 1))
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", (*values, checksum(table, values)))

    def _rows(self, table: str, columns: str, which: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Read rows and check that each is as it was written.

        Raises:
            DamagedStudyError: one is not.
        """
        return database.rows(self._connection, self.path, table, columns, which, *values)

    def _metrics(self, text: str, of: str) -> Metrics:
        metrics: Metrics = self._json(text)
        wrong = misfit(of, metrics, NUMBERS)
        if wrong:
            raise DamagedStudyError(self.path, wrong)
        return metrics

    def _json(self, text: str) -> Any:
        return json_of(self.path, text)

    def _read_runs(self) -> Iterator[Run]:
        for row in self._rows("runs", ", ".join(RUN_FIELDS), "ORDER BY rowid"):
            yield run_of_row(self.path, row)

    def _check_complete(self) -> frozenset[str]:
        """Make sure that no fact is missing and no run that another row refers to; return the names of the facts."""
        there = {name: self._checked(name, self._json(text)) for name, text in self._rows("facts", "name, value", "")}
        names = frozenset(there.get(FACTS, ()))
        missing = sorted({FACTS, *names} - there.keys())
        if missing:
            raise DamagedStudyError(self.path, f"the fact {missing[0]!r} is missing")
        parents = {run.parent for run in self.runs.values() if run.parent} | {there.get("best") or ""} - {""}
        if parents - self.runs.keys():
            raise DamagedStudyError(self.path, f"the run {min(parents - self.runs.keys())!r} is missing")
        return names


def to_bytes(array: np.ndarray) -> bytes:
    """Return an array as the bytes of an `.npy` file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def from_bytes(content: bytes) -> np.ndarray:
    """Return the array of the bytes of an `.npy` file."""
    try:
        array: np.ndarray = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError("bytes that are not an array of numbers") from error
    return array


def json_of(path: Path, text: str) -> Any:
    """Return the value of a JSON text in the database at `path`.

    Raises:
        DamagedStudyError: it is none.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise DamagedStudyError(path, f"invalid JSON: {error}") from error


def run_of_row(path: Path, row: Sequence[Any]) -> Run:
    """Return the run of a row of the database at `path`, whose columns are `RUN_FIELDS`.

    Raises:
        DamagedStudyError: no run can be like this.
    """
    values = dict(zip(RUN_FIELDS, row, strict=True))
    try:
        return _as_run({**values, "hyperparameters": json_of(path, values["hyperparameters"])})
    except (ValueError, TypeError, KerasSearchError) as error:
        raise DamagedStudyError(path, f"the run {row[0]!r} cannot be read: {error}") from error


def _as_run(row: Mapping[str, Any]) -> Run:
    check_run_name(row["name"])
    wrong = misfit("its hyperparameters", row["hyperparameters"], VALUES)
    if wrong:
        raise ValueError(wrong)
    return Run(**{**row, "kind": Kind(row["kind"]), "state": State(row["state"])})
