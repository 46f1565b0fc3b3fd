"""A page of trials straight from a study's database: to read all trials of a long search takes a second or more."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from keras_search.tuner.study import database
from keras_search.tuner.study.database import DamagedStudyError
from keras_search.tuner.study.fact_kinds import wrong_fact
from keras_search.tuner.study.records import Kind, Run
from keras_search.tuner.study.replica import kept_loss, opened
from keras_search.tuner.study.store import RUN_FIELDS, json_of, run_of_row

COLUMNS = {
    "trial": "name",
    "state": "state",
    "score": "iif(abs(score) = 9e999, NULL, score)",
    "epochs": "trained",
    "best_epoch": "best_epoch",
    "parameters": "parameters",
    "parent": "coalesce(parent, '')",
    "error": "coalesce(error, '')",
}
"""The columns of trials that the database can put in order, and what they are there."""
_VALUE = "(SELECT value FROM json_each(runs.hyperparameters) WHERE key = ?)"
_TYPES = "SELECT DISTINCT each.key, each.type FROM runs, json_each(runs.hyperparameters) AS each WHERE kind = ?"


@dataclass(frozen=True)
class Order:
    """By a column of `COLUMNS`, or else by a hyperparameter; trials without a value come last."""

    column: str = "trial"
    hyperparameter: str | None = None
    descending: bool = False

    @property
    def text(self) -> str:
        """The order in SQL; a name has the place of a parameter."""
        key = COLUMNS[self.column] if self.hyperparameter is None else _VALUE
        return f"ORDER BY {key} IS NULL, {key} {'DESC' if self.descending else 'ASC'}, name"

    @property
    def values(self) -> tuple[str, ...]:
        """The parameters."""
        return () if self.hyperparameter is None else (self.hyperparameter,) * 2


@contextmanager
def reading_pages(path: Path, sound: bool = False) -> Iterator["TrialPages"]:
    """Open a database to read pages of its trials as they are now; `sound` as for `database.for_reading`.

    Raises:
        KerasSearchError: it cannot be read, or is damaged.
    """
    with closing(opened(path, sound)) as connection:
        yield TrialPages(path, connection)


class TrialPages:
    """The trials in an open database."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path, self._connection = path, connection

    def space(self) -> Any:
        """Return the fact of the search space."""
        for _, text in database.rows(self._connection, self._path, "facts", "name, value", "WHERE name = 'space'"):
            space = json_of(self._path, text)
            if wrong := wrong_fact("space", space):
                raise DamagedStudyError(self._path, wrong)
            return space
        raise DamagedStudyError(self._path, "the fact 'space' is missing")

    def types(self) -> Mapping[str, set[str]]:
        """Return the types of JSON that the values of each hyperparameter have in all trials."""
        found: dict[str, set[str]] = {}
        with database.reporting_damage(self._path):
            for name, kind in self._connection.execute(_TYPES, (Kind.TRIAL.value,)):
                found.setdefault(name, set()).add(kind)
        return found

    def count(self, state: str | None) -> int:
        """Count the trials, all or those in a state."""
        which, *values = _where(state)
        with database.reporting_damage(self._path):
            return int(self._connection.execute(f"SELECT count(*) FROM runs {which}", values).fetchone()[0])

    def read(self, order: Order, state: str | None, offset: int, limit: int) -> list[Run]:
        """Read a page of the trials, all or those in a state."""
        which, *values = _where(state)
        return list(self._runs(f"{which} {order.text} LIMIT ? OFFSET ?", *values, *order.values, limit, offset))

    def losses(self, runs: list[Run]) -> Mapping[str, float]:
        """Read the validation loss of each trial's best epoch, if there is one."""

        @cache
        def parent(name: str) -> Run | None:
            return next(self._runs("WHERE name = ?", name), None)

        found = {run.name: kept_loss(self._connection, self._path, run, parent) for run in runs}
        return {name: loss for name, loss in found.items() if loss is not None}

    def _runs(self, which: str, *values: Any) -> Iterator[Run]:
        rows = database.rows(self._connection, self._path, "runs", ", ".join(RUN_FIELDS), which, *values)
        return (run_of_row(self._path, row) for row in rows)


def _where(state: str | None) -> tuple[str, ...]:
    if state is None:
        return "WHERE kind = ?", Kind.TRIAL.value
    return "WHERE kind = ? AND state = ?", Kind.TRIAL.value, state
