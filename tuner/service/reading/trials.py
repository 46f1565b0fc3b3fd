"""The trials of a study, a page at a time: searched, filtered and sorted, as plain values without pandas."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from keras_search.errors import UsageError
from keras_search.tuner.report.trial_rows import TRIAL_COLUMNS, headings, hyperparameter_names, trial_row
from keras_search.tuner.service.reading.answers import Column, TrialsPage
from keras_search.tuner.service.reading.library import Book, clean, making_sense
from keras_search.tuner.study.records import Kind
from keras_search.tuner.study.replica import Reading
from keras_search.tuner.study.trial_pages import COLUMNS, Order, reading_pages

LOSS = TRIAL_COLUMNS.index("val_loss")
NUMBERS = ("score", "val_loss", "epochs", "best_epoch", "parameters")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """The rows of all trials by name, without their losses, which take longer to read than all else."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def place(self, column: str) -> int:
        """Return the place of a column.

        Raises:
            UsageError: there is none of that name.
        """
        names = [each.name for each in self.columns]
        if column not in names:
            raise UsageError(f"No column {column[:100]!r} to sort by. Columns: {', '.join(names)}.")
        return names.index(column)


def trials_page(
    book: Book,
    offset: int = 0,
    limit: int = 100,
    sort: str = "trial",
    descending: bool = False,
    state: str | None = None,
    search: str = "",
) -> TrialsPage:
    """Return a page of the trials; those without a value in the column `sort` come last.

    Raises:
        UsageError: there is no such column.
        KerasSearchError: the study cannot be read.
    """
    words = search.casefold().split()
    if not (words or sort == TRIAL_COLUMNS[LOSS] or book.size):
        page = _page_from_disk(book, offset, limit, sort, descending, state)
        if page is not None:
            return page
    table = book.derive("trials", trials_table)
    place = table.place(sort)
    rows = with_losses(book, table.rows) if words or place == LOSS else table.rows
    chosen = [row for row in rows if (state is None or row[1] == state) and _has(row, words)]
    known = [row for row in chosen if row[place] is not None]
    known.sort(key=lambda row: _key(row[place]), reverse=descending)
    ordered = known + [row for row in chosen if row[place] is None]
    shown = with_losses(book, ordered[offset : offset + limit])
    return _page(table, shown, len(ordered), offset, limit)


def _page_from_disk(
    book: Book, offset: int, limit: int, sort: str, descending: bool, state: str | None
) -> TrialsPage | None:
    """Read the page alone; None if a trial has a hyperparameter that is not in the search space."""
    path = book.folder.database
    with making_sense(book.folder):
        names, columns = book.snapshot.get("columns", partial(_columns_on_disk, path))
        if columns is None:
            return None
        place = Table(columns, ()).place(sort)
        by = None if sort in COLUMNS else names[place - len(TRIAL_COLUMNS)]
        with reading_pages(path, sound=True) as pages:
            runs = pages.read(Order(sort, by, descending), state, offset, limit)
            losses, total = pages.losses(runs), pages.count(state)
        rows = [tuple(map(clean, trial_row(run, names, losses.get(run.name)))) for run in runs]
        return _page(Table(columns, ()), rows, total, offset, limit)


def _columns_on_disk(path: Path) -> tuple[list[str], tuple[Column, ...] | None]:
    """Return the hyperparameters of the search space, and the columns of the trials; None if a trial has others."""
    with reading_pages(path) as pages:
        types, names = pages.types(), hyperparameter_names(pages.space(), ())
    if not types.keys() <= set(names):
        return names, None
    return names, trial_columns(names, [_kind_of_json(types.get(name, set())) for name in names])


def _page(table: Table, rows: Sequence[Row], total: int, offset: int, limit: int) -> TrialsPage:
    names = [column.name for column in table.columns]
    items = tuple(dict(zip(names, row, strict=True)) for row in rows)
    return TrialsPage(items=items, columns=table.columns, total=total, offset=offset, limit=limit)


def trials_table(reading: Reading) -> Table:
    """Return all trials, as `frames.trials` lists them, but for their losses."""
    runs = sorted(reading.of_kind(Kind.TRIAL).values(), key=lambda run: run.name)
    names = hyperparameter_names(reading.facts["space"], runs)
    rows = tuple(tuple(map(clean, trial_row(run, names, None))) for run in runs)
    places = range(len(TRIAL_COLUMNS), len(TRIAL_COLUMNS) + len(names))
    return Table(trial_columns(names, [_kind([row[place] for row in rows]) for place in places]), rows)


def trial_columns(names: Sequence[str], kinds: Sequence[Any]) -> tuple[Column, ...]:
    """Return the columns of a table of trials with these hyperparameters, each of a kind."""
    known = [Column(name=name, kind="number" if name in NUMBERS else "text") for name in TRIAL_COLUMNS]
    shown = zip(headings(names, TRIAL_COLUMNS, "hp_"), kinds, strict=True)
    return (*known, *(Column(name=name, kind=kind, hyperparameter=True) for name, kind in shown))


def with_losses(book: Book, rows: Sequence[Row]) -> list[Row]:
    """Return rows with their losses."""
    losses = book.losses([row[0] for row in rows])
    return [(*row[:LOSS], clean(losses.get(row[0])), *row[LOSS + 1 :]) for row in rows]


def _kind(values: Sequence[Any]) -> Any:
    types = {type(value) for value in values if value is not None}
    if types == {bool}:
        return "flag"
    return "number" if types and types <= {int, float} else "text"


def _kind_of_json(types: AbstractSet[str]) -> Any:
    """Return the kind of a column by the types that SQLite tells of its values, as `_kind` does by the values."""
    present = types - {"null"}
    if present and present <= {"true", "false"}:
        return "flag"
    return "number" if present and present <= {"integer", "real"} else "text"


def _has(row: Row, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = " ".join(str(value) for value in row if value is not None).casefold()
    return all(word in text for word in words)


def _key(value: Any) -> tuple[bool, Any]:
    return (True, value) if isinstance(value, str) else (False, value)
