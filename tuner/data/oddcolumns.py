"""Find what is odd about the columns of a table."""

from collections.abc import Iterator, Sequence

from keras_search.tuner.data.encoding import MOST_CATEGORIES
from keras_search.tuner.data.facts import Column
from keras_search.tuner.data.oddity import Oddity, drop, listed, plural, quoted

LEAST_ROWS = 10
"""Rows from which a column that is different in each is likely to be one of identifiers."""


def odd_columns(columns: Sequence[Column], rows: int) -> Iterator[Oddity]:
    """Tell of columns that only name rows, that never change, with very many categories, and with missing values."""
    naming = [column for column in columns if _names_rows(column, rows)]
    constant = [column for column in columns if column.distinct <= 1 and not column.missing]
    many = [column for column in columns if column.kind == "text" and column.distinct > MOST_CATEGORIES]
    if naming:
        what = f"{_said_of(naming)} another value in every row."
        yield Oddity("note", what, f"Leave out what only names a row, it says nothing of a new one: {_drop(naming)}")
    if constant:
        what = f"{_said_of(constant)} the same value in every row."
        yield Oddity("note", what, f"Leave out what never changes: {_drop(constant)}")
    for column in many:
        if column not in naming:
            what = f"Column {quoted(column.name)} has {column.distinct:,} different texts."
            advice = f"Group them: only the {MOST_CATEGORIES} most frequent are told apart. Or leave it out: "
            yield Oddity("note", what, advice + _drop([column]))
    yield from _odd_gaps([column for column in columns if column.missing], rows)


def _names_rows(column: Column, rows: int) -> bool:
    """Tell whether a column is one of identifiers: different texts, or numbers that count the rows."""
    if column.distinct < rows or rows < LEAST_ROWS:
        return False
    return column.low is None or column.high is None or column.high - column.low == rows - 1


def _odd_gaps(columns: Sequence[Column], rows: int) -> Iterator[Oddity]:
    if not columns:
        return
    counts = [f"{quoted(column.name)} {column.missing:,} ({column.missing / rows:.1%})" for column in columns]
    empty = [column for column in columns if 2 * column.missing > rows]
    hint = f" Leave out what is mostly empty: {_drop(empty)}" if empty else ""
    advice = f"Nothing must be done: a missing number counts as the mean, missing text as a category of its own.{hint}"
    yield Oddity("note", f"Values are missing in {plural(len(columns), 'column')}: {listed(counts)}.", advice)


def _said_of(columns: Sequence[Column]) -> str:
    names = listed([quoted(column.name) for column in columns])
    return f"Column {names} holds" if len(columns) == 1 else f"Columns {names} hold"


def _drop(columns: Sequence[Column]) -> str:
    return drop([column.name for column in columns])
