"""The jobs in the service's database."""

import json
import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from keras_search.tuner.service.database import Database, now
from keras_search.tuner.service.problems import UnknownName

Kind = Literal["start", "resume", "export", "report"]
State = Literal["waiting", "starting", "running", "done", "failed", "stopped", "lost"]
Stop = Literal["", "after epoch", "at once"]
ACTIVE = ("starting", "running")
SEARCHES = ("start", "resume")
KEPT = 200
"""Jobs that have ended and are remembered."""


@dataclass(frozen=True)
class Job:
    """A job; times are in seconds since 1970, and `command` is what follows `keras-search`.

    `stop` is how it was asked to end, and `sent` how far that was passed on to its process. `place` orders the queue.
    """

    id: str
    kind: Kind
    study: str
    state: State
    place: float
    command: tuple[str, ...]
    created: float
    started: float | None
    ended: float | None
    exit_code: int | None
    message: str
    stop: Stop
    sent: Stop

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.state not in ("waiting", *ACTIVE)


def add(connection: sqlite3.Connection, kind: Kind, study: str, command: Sequence[str]) -> Job:
    """Put a job at the end of the queue."""
    last = connection.execute("SELECT max(place) FROM jobs").fetchone()[0]
    identifier = secrets.token_hex(6)
    connection.execute(
        "INSERT INTO jobs (id, kind, study, state, place, command, created) VALUES (?, ?, ?, 'waiting', ?, ?, ?)",
        (identifier, kind, study, (last or 0.0) + 1.0, json.dumps(list(command)), now()),
    )
    return get(connection, identifier)


def get(connection: sqlite3.Connection, identifier: str) -> Job:
    """Return a job.

    Raises:
        UnknownName: there is none.
    """
    row = connection.execute("SELECT * FROM jobs WHERE id = ?", (identifier,)).fetchone()
    if row is None:
        raise UnknownName(f"No job has the id {identifier[:100]!r}.")
    return _job(row)


def waiting(connection: sqlite3.Connection) -> list[Job]:
    """List the jobs that wait, in the order of the queue."""
    return _jobs(connection.execute("SELECT * FROM jobs WHERE state = 'waiting' ORDER BY place, created"))


def active(connection: sqlite3.Connection) -> list[Job]:
    """List the jobs whose processes run, as far as is known, or are being started."""
    return _jobs(connection.execute("SELECT * FROM jobs WHERE state IN ('starting', 'running') ORDER BY started"))


def ended(connection: sqlite3.Connection, count: int) -> list[Job]:
    """List the last jobs that ended, the latest first."""
    query = "SELECT * FROM jobs WHERE ended IS NOT NULL ORDER BY ended DESC LIMIT ?"
    return _jobs(connection.execute(query, (count,)))


def of_study(connection: sqlite3.Connection, study: str) -> list[Job]:
    """List the jobs of a study that wait or run, those that run first."""
    return [job for job in (*active(connection), *waiting(connection)) if job.study == study]


def begin(database: Database, identifier: str) -> bool:
    """Take a job out of the queue to start it; return whether it was still there."""
    with database.writing() as connection:
        query = "UPDATE jobs SET state = 'starting', started = ? WHERE id = ? AND state = 'waiting'"
        return connection.execute(query, (now(), identifier)).rowcount == 1


def put_back(database: Database, identifier: str) -> None:
    """Return a job that could not be started to its place in the queue."""
    with database.writing() as connection:
        connection.execute(
            "UPDATE jobs SET state = 'waiting', started = NULL WHERE id = ? AND state = 'starting'", (identifier,)
        )


def set_running(database: Database, identifier: str) -> None:
    """Record that a job's process has begun."""
    with database.writing() as connection:
        connection.execute("UPDATE jobs SET state = 'running' WHERE id = ? AND state = 'starting'", (identifier,))


def set_sent(database: Database, identifier: str, stop: Stop) -> None:
    """Record that a job's process was asked to end."""
    with database.writing() as connection:
        connection.execute("UPDATE jobs SET sent = ? WHERE id = ?", (stop, identifier))


def end(connection: sqlite3.Connection, identifier: str, state: State, exit_code: int | None, message: str) -> None:
    """Record how a job ended."""
    connection.execute(
        "UPDATE jobs SET state = ?, exit_code = ?, message = ?, ended = ? WHERE id = ? AND ended IS NULL",
        (state, exit_code, message, now(), identifier),
    )


def forget_old(connection: sqlite3.Connection) -> list[str]:
    """Delete all but the last jobs that ended, and return the ids of the deleted."""
    old = [job.id for job in ended(connection, 10**9)[KEPT:]]
    connection.executemany("DELETE FROM jobs WHERE id = ?", [(identifier,) for identifier in old])
    return old


def _jobs(found: sqlite3.Cursor) -> list[Job]:
    return [_job(row) for row in found.fetchall()]


def _job(row: sqlite3.Row) -> Job:
    values = {name: row[name] for name in row.keys()}  # noqa: SIM118 - a row is no mapping
    return Job(**{**values, "command": tuple(json.loads(values["command"]))})
