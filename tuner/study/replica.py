"""A study in memory, brought up to date after each commit by reading only what has changed."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from keras_search.tuner.study import database
from keras_search.tuner.study.database import DamagedStudyError
from keras_search.tuner.study.executions import RETRIED
from keras_search.tuner.study.fact_kinds import NUMBERS, misfit, wrong_fact
from keras_search.tuner.study.folder import StudyFolder
from keras_search.tuner.study.processors import KINDS, Spans, kinds_of, mixed, read_spans
from keras_search.tuner.study.records import Kind, Metrics, Run
from keras_search.tuner.study.snapshot import State, state_of
from keras_search.tuner.study.store import RUN_FIELDS, json_of, run_of_row

SESSION = "session"
"""The event with which a search begins or goes on."""
MOST_CHANGES = 500
"""With more changed runs than this, all are read."""
SECONDS = 30.0
"""The longest that a database may take to be read: one from elsewhere may hold queries without an end."""
INSTRUCTIONS = 100_000
"""Steps of SQLite between two looks at the clock."""
_EPOCH_COLUMNS = "run, epoch, metrics, seconds, worker"


@dataclass(frozen=True)
class Moments:
    """When a run last began, and when and how that training ended, in seconds since 1970."""

    began: float
    worker: int | None
    ended: float | None = None
    how: str = ""


@dataclass(frozen=True)
class Reading:
    """What a study held when it was read; `changed` is the time of its last event, `began` that of its first.

    `runs` are in the order of their start. `sampled`: the test split was opened. `version` differs after each commit.
    """

    state: State | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    runs: Mapping[str, Run] = field(default_factory=dict)
    moments: Mapping[str, Moments] = field(default_factory=dict)
    evaluated: frozenset[str] = frozenset()
    sampled: bool = False
    sessions: tuple[float, ...] = ()
    began: float | None = None
    changed: float | None = None
    last_event: int = 0
    last_row: int = 0
    epochs: int = 0

    @property
    def version(self) -> str:
        """Count the events and epochs that were ever committed."""
        return f"{self.last_event}.{self.epochs}"

    def of_kind(self, kind: Kind) -> dict[str, Run]:
        """Return the runs of one kind by name, in the order of their start."""
        return {name: run for name, run in self.runs.items() if run.kind is kind}


class Replica:
    """The study in `folder`; not for several threads at once, while each `Reading` that it returns may be shared.

    Every change to a run that has ended comes with an event, and every other run that may have changed is unfinished
    or new: these are read again, and all of them if runs were deleted or a session has begun.
    """

    def __init__(self, folder: StudyFolder) -> None:
        self._path = folder.database
        self._digests: dict[str, str] = {}
        self._losses: dict[str, tuple[int | None, float | None]] = {}
        self.reading = Reading()

    def refresh(self) -> Reading:
        """Read what has changed, and return all of it.

        Raises:
            KerasSearchError: the study cannot be read, or is damaged.
        """
        state = state_of(self._path)
        if state is None or state != self.reading.state:
            self.reading = replace(self._read(state), state=state)
        return self.reading

    def losses(self, names: Iterable[str] | None = None) -> Mapping[str, float]:
        """Return the validation loss of each trial's best epoch, if there is one, as `frames.trials` has it.

        Of all trials, or those named.
        """
        runs = self.reading.runs
        wanted = (
            self.reading.of_kind(Kind.TRIAL) if names is None else {name: runs[name] for name in names if name in runs}
        )
        stale = {name for name, run in wanted.items() if self._losses.get(name, ("", None))[0] != run.best_epoch}
        if stale:
            with closing(self._open(sound=True)) as connection:
                found = {name: kept_loss(connection, self._path, runs[name], runs.get) for name in stale}
            self._losses |= {name: (runs[name].best_epoch, loss) for name, loss in found.items()}
        known = ((name, self._losses[name][1]) for name in wanted)
        return {name: loss for name, loss in known if loss is not None}

    def curve(self, name: str) -> dict[int, Metrics]:
        """Return the metrics of each epoch that led to a run's current state, its parents' first."""
        with closing(self._open(sound=True)) as connection:
            return self._curve(connection, name)

    def processors(self, name: str) -> tuple[str, ...]:
        """Return the kinds of processors that trained the epochs which led to a run's state, in their order."""
        if not self.reading.facts.get(KINDS):
            return ()
        with closing(self._open(sound=True)) as connection:

            def spans_of(run: str) -> Spans:
                return read_spans(connection, self._path, "WHERE run = ? ORDER BY epoch", run).get(run, {})

            return kinds_of(name, self.reading.runs, spans_of)

    def mixed_processors(self) -> dict[str, Any]:
        """Return how many runs each kind of processor trained, as `Store.mixed_processors` does."""

        def read() -> Mapping[str, Spans]:
            with closing(self._open(sound=True)) as connection:
                return read_spans(connection, self._path)

        facts = self.reading.facts
        return mixed(facts.get(KINDS, ()), self.reading.runs, read, facts.get("best"))

    def _read(self, state: State | None) -> Reading:
        first = self.reading.state is None or _identity(state) != _identity(self.reading.state)
        if first:
            self._digests.clear()
        with closing(self._open(sound=not first)) as connection:
            read = Reading() if first else self.reading
            read = replace(read, facts=self._facts(connection, read.facts))
            read, touched = self._events(connection, read)
            read = self._runs(connection, read, touched)
            return self._rest(connection, read)

    def _open(self, sound: bool) -> sqlite3.Connection:
        return opened(self._path, sound)

    def _rows(
        self, connection: sqlite3.Connection, table: str, columns: Sequence[str], which: str, *values: Any
    ) -> Any:
        return database.rows(connection, self._path, table, ", ".join(columns), which, *values)

    def _facts(self, connection: sqlite3.Connection, known: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read the facts whose checksum has changed."""
        with database.reporting_damage(self._path):
            digests = dict(connection.execute("SELECT name, checksum FROM facts"))
        facts = {name: value for name, value in known.items() if name in digests}
        for name in (name for name, digest in digests.items() if self._digests.get(name) != digest):
            for _, text in self._rows(connection, "facts", ("name", "value"), "WHERE name = ?", name):
                facts[name] = self._json(text)
                if wrong := wrong_fact(name, facts[name]):
                    raise DamagedStudyError(self._path, wrong)
        missing = sorted({database.FACTS, *facts.get(database.FACTS, ())} - facts.keys())
        if missing:
            raise DamagedStudyError(self._path, f"the fact {missing[0]!r} is missing")
        self._digests = digests
        return MappingProxyType(facts)

    def _events(self, connection: sqlite3.Connection, read: Reading) -> tuple[Reading, set[str] | None]:
        """Read the new events; return also the runs that they are about, None if all may have changed."""
        rows = self._new_events(connection, read.last_event)
        moments, sessions, touched = dict(read.moments), list(read.sessions), set[str]()
        renewed = not read.last_row
        for _, moment, kind, run, worker in rows:
            if kind == SESSION:
                sessions.append(moment)
            if kind in (SESSION, RETRIED):
                renewed = True
            elif run is not None:
                touched.add(run)
                moments[run] = _after(moments.get(run), moment, kind, worker)
        changed = replace(
            read,
            moments=MappingProxyType(moments),
            sessions=tuple(sessions),
            began=read.began if read.began is not None or not rows else rows[0][1],
            changed=rows[-1][1] if rows else read.changed,
            last_event=rows[-1][0] if rows else read.last_event,
        )
        return changed, None if renewed or len(touched) > MOST_CHANGES else touched

    def _new_events(
        self, connection: sqlite3.Connection, after: int
    ) -> list[tuple[int, float, str, str | None, int | None]]:
        with database.reporting_damage(self._path):
            ids = [
                number for (number,) in connection.execute("SELECT id FROM events WHERE id > ? ORDER BY id", (after,))
            ]
        columns = ("time", "kind", "run", "worker")
        rows = self._rows(connection, "events", columns, "WHERE id > ? ORDER BY id", after)
        return [(number, *row) for number, row in zip(ids, rows, strict=True)]

    def _runs(self, connection: sqlite3.Connection, read: Reading, touched: set[str] | None) -> Reading:
        """Read the runs that may have changed."""
        if touched is not None:
            new = self._selected(connection, "WHERE rowid > ? ORDER BY rowid", read.last_row)
            open_ones = {name for name, run in read.runs.items() if not run.finished}
            runs = dict(read.runs)
            for name in (touched | open_ones) - new.keys():
                runs |= self._selected(connection, "WHERE name = ?", name)
            runs |= new
        with database.reporting_damage(self._path):
            count, last = connection.execute("SELECT count(*), coalesce(max(rowid), 0) FROM runs").fetchone()
        if touched is None or count != len(runs):
            runs = self._selected(connection, "ORDER BY rowid")
        parents = {run.parent for run in runs.values() if run.parent}
        missing = sorted({*parents, *filter(None, [read.facts.get("best")])} - runs.keys())
        if missing:
            raise DamagedStudyError(self._path, f"the run {missing[0]!r} is missing")
        return replace(read, runs=MappingProxyType(runs), last_row=last)

    def _selected(self, connection: sqlite3.Connection, which: str, *values: Any) -> dict[str, Run]:
        rows = self._rows(connection, "runs", RUN_FIELDS, which, *values)
        return {run.name: run for run in (run_of_row(self._path, row) for row in rows)}

    def _rest(self, connection: sqlite3.Connection, read: Reading) -> Reading:
        with database.reporting_damage(self._path):
            evaluated = frozenset(run for (run,) in connection.execute("SELECT run FROM evaluations"))
            sampled = connection.execute("SELECT 1 FROM arrays WHERE name = 'sample_indices'").fetchone()
            (epochs,) = connection.execute("SELECT coalesce(max(rowid), 0) FROM epochs").fetchone()
        return replace(read, evaluated=evaluated, sampled=bool(sampled), epochs=epochs)

    def _curve(self, connection: sqlite3.Connection, name: str) -> dict[int, Metrics]:
        parent = self.reading.runs[name].parent
        own = dict(_metrics(connection, self._path, "WHERE run = ? ORDER BY epoch", name))
        return {**(self._curve(connection, parent) if parent else {}), **own}

    def _json(self, text: str) -> Any:
        return json_of(self._path, text)


def opened(path: Path, sound: bool = False) -> sqlite3.Connection:
    """Open a study's database to read it, but not for longer than it may take; `sound` as for `for_reading`.

    Raises:
        KerasSearchError: it cannot be read.
    """
    connection = database.for_reading(path, sound=sound)
    deadline = time.monotonic() + SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, INSTRUCTIONS)
    return connection


def kept_loss(
    connection: sqlite3.Connection, path: Path, run: Run, parent: Callable[[str], Run | None]
) -> float | None:
    """Return the validation loss of a trial's best epoch, which may be one of the trials that it continues."""
    holder: Run | None = run
    while holder is not None:
        for _, metrics in _metrics(connection, path, "WHERE run = ? AND epoch = ?", holder.name, run.best_epoch or 0):
            loss = metrics.get("val_loss")
            return None if loss is None else float(loss)
        holder = parent(holder.parent or "")
    return None


def _metrics(connection: sqlite3.Connection, path: Path, which: str, *values: Any) -> Iterator[tuple[int, Metrics]]:
    for run, epoch, text, _, _ in database.rows(connection, path, "epochs", _EPOCH_COLUMNS, which, *values):
        metrics: Metrics = json_of(path, text)
        if wrong := misfit(f"epoch {epoch} of {run!r}", metrics, NUMBERS):
            raise DamagedStudyError(path, wrong)
        yield epoch, metrics


def _identity(state: State | None) -> tuple[Any, ...] | None:
    """Return the device and the number of the database's file."""
    return None if state is None else (state[0] if isinstance(state[0], tuple) else state)[:2]


def _after(before: Moments | None, moment: float, kind: str, worker: int | None) -> Moments:
    """Return the moments of a run after an event; a test belongs to neither its training nor its end."""
    if kind == "begin":
        ended = before is not None and before.how in ("completed", "failed")
        return before if ended and before is not None else Moments(moment, worker)
    if before is None:
        return Moments(moment, worker, moment, kind)
    return before if before.how in ("completed", "failed") else replace(before, ended=moment, how=kind)
