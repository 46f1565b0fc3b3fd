"""Find what is odd about the columns of a table."""

import re
import shlex
from collections.abc import Iterator, Sequence

from keras_search.tuner.data.encoding import MOST_CATEGORIES
from keras_search.tuner.data.facts import Column
from keras_search.tuner.data.oddity import Oddity, drop, listed, plural, quoted

LEAST_GROUPS = 5
"""A column with such a name and at least so many different values probably identifies groups of rows."""
_GROUP = re.compile(
    r"(?:^|[_\W])(?:id|uid|uuid|guid|patient|subject|person|participant|user|customer|client|household|family|session|"
    r"device|speaker|animal|group|batch|plot)(?:[_\W]|$)",
    re.IGNORECASE,
)
_GROUP_ENDING = re.compile(r"[a-z](?:Id|ID)$")


def odd_columns(columns: Sequence[Column], rows: int) -> Iterator[Oddity]:
    """Find columns that only identify rows, constant ones, and those with many categories or missing values."""
    naming = [column for column in columns if column.names_rows]
    constant = [column for column in columns if column.distinct <= 1 and not column.missing]
    many = [column for column in columns if column.kind == "text" and column.distinct > MOST_CATEGORIES]
    if naming:
        what = f"{_said_of(naming)} a different value in every row."
        yield Oddity("note", what, f"Leave out identifiers of rows, they say nothing about new ones: {_drop(naming)}")
    if constant:
        what = f"{_said_of(constant)} the same value in every row."
        yield Oddity("note", what, f"Leave out what is constant: {_drop(constant)}")
    for column in many:
        if column not in naming:
            what = f"Column {quoted(column.name)} has {column.distinct:,} different texts."
            advice = f"Group them: only the {MOST_CATEGORIES} most frequent are distinguished. Or leave it out: "
            yield Oddity("note", what, advice + _drop([column]))
    for column in columns:
        if _names_groups(column, rows):
            each = rows / column.distinct
            what = f"Column {quoted(column.name)} seems to identify whose rows they are, {each:.1f} each on average."
            advice = "Rows of new ones are harder to predict; to keep all rows of one on the same side of every split: "
            yield Oddity("note", what, f"{advice}--group {shlex.quote(column.name)}")
    yield from _odd_gaps([column for column in columns if column.missing], rows)


def _names_groups(column: Column, rows: int) -> bool:
    """Judge by its name and its repeated values whether a column identifies whose rows they are."""
    named = _GROUP.search(column.name) or _GROUP_ENDING.search(column.name)
    return bool(named) and column.whole and not column.names_rows and LEAST_GROUPS <= column.distinct <= rows / 1.5


def _odd_gaps(columns: Sequence[Column], rows: int) -> Iterator[Oddity]:
    if not columns:
        return
    counts = [f"{quoted(column.name)} {column.missing:,} ({column.missing / rows:.1%})" for column in columns]
    empty = [column for column in columns if 2 * column.missing > rows]
    hint = f" Leave out what is mostly empty: {_drop(empty)}" if empty else ""
    advice = f"No action needed: a missing number counts as the mean, missing text as a category of its own.{hint}"
    yield Oddity("note", f"Values are missing in {plural(len(columns), 'column')}: {listed(counts)}.", advice)


def _said_of(columns: Sequence[Column]) -> str:
    names = listed([quoted(column.name) for column in columns])
    return f"Column {names} holds" if len(columns) == 1 else f"Columns {names} hold"


def _drop(columns: Sequence[Column]) -> str:
    return drop([column.name for column in columns])
