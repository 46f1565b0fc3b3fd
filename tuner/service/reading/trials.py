"""The trials of a study, a page at a time: searched, filtered and sorted, as plain values without pandas."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from keras_search.errors import UsageError
from keras_search.tuner.report.trial_rows import TRIAL_COLUMNS, headings, hyperparameter_names, trial_row
from keras_search.tuner.service.reading.answers import Column, TrialsPage
from keras_search.tuner.service.reading.library import Book, clean
from keras_search.tuner.study.records import Kind
from keras_search.tuner.study.replica import Reading

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
    table = book.derive("trials", trials_table)
    place, words = table.place(sort), search.casefold().split()
    rows = with_losses(book, table.rows) if words or place == LOSS else table.rows
    chosen = [row for row in rows if (state is None or row[1] == state) and _has(row, words)]
    known = [row for row in chosen if row[place] is not None]
    known.sort(key=lambda row: _key(row[place]), reverse=descending)
    ordered = known + [row for row in chosen if row[place] is None]
    names = [column.name for column in table.columns]
    items = (dict(zip(names, row, strict=True)) for row in with_losses(book, ordered[offset : offset + limit]))
    return TrialsPage(items=tuple(items), columns=table.columns, total=len(ordered), offset=offset, limit=limit)


def trials_table(reading: Reading) -> Table:
    """Return all trials, as `frames.trials` lists them, but for their losses."""
    runs = sorted(reading.of_kind(Kind.TRIAL).values(), key=lambda run: run.name)
    names = hyperparameter_names(reading.facts["space"], runs)
    rows = tuple(tuple(map(clean, trial_row(run, names, None))) for run in runs)
    known = [Column(name=name, kind="number" if name in NUMBERS else "text") for name in TRIAL_COLUMNS]
    others = [
        Column(name=name, kind=_kind([row[place] for row in rows]), hyperparameter=True)
        for place, name in enumerate(headings(names, TRIAL_COLUMNS, "hp_"), len(TRIAL_COLUMNS))
    ]
    return Table((*known, *others), rows)


def with_losses(book: Book, rows: Sequence[Row]) -> list[Row]:
    """Return rows with their losses."""
    losses = book.losses([row[0] for row in rows])
    return [(*row[:LOSS], clean(losses.get(row[0])), *row[LOSS + 1 :]) for row in rows]


def _kind(values: Sequence[Any]) -> Any:
    types = {type(value) for value in values if value is not None}
    if types == {bool}:
        return "flag"
    return "number" if types and types <= {int, float} else "text"


def _has(row: Row, words: Sequence[str]) -> bool:
    if not words:
        return True
    text = " ".join(str(value) for value in row if value is not None).casefold()
    return all(word in text for word in words)


def _key(value: Any) -> tuple[bool, Any]:
    return (True, value) if isinstance(value, str) else (False, value)
