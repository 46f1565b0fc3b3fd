"""Tell what a column of a table holds, numbers or categories, and read it as such."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd

from keras_search.errors import UsageError
from keras_search.tuner.data.tree import Array

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
"""What stands, in any case, for a missing value among numbers; among categories only "" does."""
TRUTH = {"true": 1.0, "false": 0.0}
PLAIN_TYPES = {str, bool, int, float, np.bool_, Decimal, date}
LONGEST_CATEGORY = 200
"""Characters; longer text says something, which is more than naming a category."""
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?|\d{1,2}([./-])\d{1,2}\2(\d{4}|\d{2})([T ].*)?")
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")


@dataclass(frozen=True)
class Place:
    """Say where a column is, for errors: `'age' of people.csv`; it can be left out where `optional`."""

    column: str
    file: str
    optional: bool = True

    def __str__(self) -> str:
        return f"{self.column!r} of {self.file}"

    def error(self, found: str, *remedies: str) -> UsageError:
        """Say what was found in the column, and what can be done."""
        drop = [f"leave it out with --drop {_quoted(self.column)}"] if self.optional else []
        *first, last = (*remedies, *drop)
        return UsageError(f"Column {self} {found}: {', '.join(first)}{', or ' if first else ''}{last}.")


def read_column(values: pd.Series, place: Place) -> Array:
    """Read a column as numbers, float32 `(n,)` and NaN where missing, or as text `(n,)` and "" where missing.

    What is true or false becomes 1 or 0.

    Raises:
        UsageError: it holds text among numbers, dates, infinite numbers, or text that names no category.
    """
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return _as_float32(values.to_numpy(np.float64, na_value=np.nan), place)
    texts = as_texts(values, place)
    numbers, filled = parsed(texts)
    if len(others := np.flatnonzero(filled & np.isnan(numbers))) == 0:
        return _as_float32(numbers, place)
    if 2 * len(others) <= filled.sum():
        raise text_among_numbers(texts, int(others[0]), place)
    _check_categories(texts[filled], place)
    return texts


def read_numbers(values: pd.Series, place: Place) -> Array:
    """Read a column that is known to hold numbers, as float32 `(n,)`, NaN where missing.

    Raises:
        UsageError: it holds something else.
    """
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return _as_float32(values.to_numpy(np.float64, na_value=np.nan), place)
    texts = as_texts(values, place)
    numbers, filled = parsed(texts)
    if len(others := np.flatnonzero(filled & np.isnan(numbers))):
        raise text_among_numbers(texts, int(others[0]), place)
    return _as_float32(numbers, place)


def as_texts(values: pd.Series, place: Place) -> Array:
    """Give what is written in a column, without blanks around it and "" where there is nothing, `(n,)`.

    Raises:
        UsageError: it holds dates or things that are no values.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        raise _dates(str(values.dropna().iloc[0]), place)
    plain = values.astype(object).where(values.notna(), "")
    strange = sorted(kind.__name__ for kind in {type(value) for value in plain} - PLAIN_TYPES)
    if strange:
        raise place.error(f"holds values of the type {strange[0]}", "write text or numbers")
    return np.array([str(value).strip() for value in plain], dtype=np.str_)


def parsed(texts: Array, words: bool = True) -> tuple[Array, Array]:
    """Read texts `(n,)` as numbers, float64 and NaN where they are none; and say which hold anything.

    With `words`, true and false are numbers too.
    """
    lower = np.char.lower(texts)
    numbers = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(np.float64, copy=True)
    for word, value in TRUTH.items() if words else ():
        numbers[lower == word] = value
    return numbers, ~np.isin(lower, list(MISSING))


def text_among_numbers(texts: Array, row: int, place: Place) -> UsageError:
    """Say which text stands where numbers were; `row` counts from 0, the error from 1 below the header."""
    found = f"holds numbers, but {str(texts[row])!r} in row {row + 1}"
    return place.error(found, "write a number there", "leave the cell empty")


def check_no_decimal_commas(texts: Array, place: Place) -> None:
    """Refuse texts, none of them empty, of which half or more are numbers with a decimal comma.

    Raises:
        UsageError: they are.
    """
    if 2 * sum(DECIMAL_COMMA.fullmatch(text) is not None for text in texts) >= len(texts):
        raise place.error(f"holds numbers with a decimal comma, such as {str(texts[0])!r}", "write them with a point")


def _check_categories(texts: Array, place: Place) -> None:
    """Check that texts, none of them empty, name categories."""
    first = str(texts[0])
    if all(DATE.fullmatch(text) for text in texts):
        raise _dates(first, place)
    check_no_decimal_commas(texts, place)
    longest = int(np.char.str_len(texts).max())
    if longest > LONGEST_CATEGORY:
        raise place.error(f"holds texts of up to {longest:,} characters", "write categories")


def _dates(example: str, place: Place) -> UsageError:
    return place.error(f"holds dates, such as {example!r}", "write them as numbers, days since the first for example")


def _as_float32(numbers: Array, place: Place) -> Array:
    with np.errstate(over="ignore"):
        values = numbers.astype(np.float32)
    if len(broken := np.flatnonzero(np.isinf(values))):
        found = f"holds {numbers[broken[0]]:g} in row {broken[0] + 1}, which is no finite float32 number"
        raise place.error(found, "correct it", "leave the cell empty")
    return values


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]+", name) else repr(name)
