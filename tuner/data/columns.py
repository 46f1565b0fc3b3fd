"""Read the cells of a table's column: as texts, as plain numbers, or by a reading that was chosen before."""

import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from keras_search.errors import UsageError
from keras_search.tuner.data.numberforms import PERCENT
from keras_search.tuner.data.readings import DateReading, NumberReading, Reading
from keras_search.tuner.data.tree import Array

MISSING = frozenset(
    ["", "na", "n/a", "n.a.", "#n/a", "#na", "nan", "-nan", "nat", "null", "none", "nil", "<na>", "?", "-", "--",
     "\u2013", "\u2014", ".", "..", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"]
)  # fmt: skip
"""The texts, in upper or lower case, of a missing value among numbers and dates; among categories only "" is."""
TRUTH = {"true": 1.0, "false": 0.0}
PLAIN_TYPES = (str, bool, int, float, np.generic, Decimal, date, time)
SECONDS = 86400


@dataclass(frozen=True)
class ColumnPlace:
    """The place of a column, for errors: `'age' of people.csv`; the column can be left out if `optional`.

    `below` is another file whose rows follow, and the number of rows before it.
    """

    column: str
    file: str
    optional: bool = True
    below: tuple[int, str] | None = None

    def __str__(self) -> str:
        return f"{self.column!r} of {self.file}"

    def row(self, index: int) -> str:
        """Name a row, counted from 0, by its number in its file, from 1 below the header."""
        if self.below is None:
            return f"row {index + 1}"
        count, other = self.below
        return f"row {index + 1} of {self.file}" if index < count else f"row {index - count + 1} of {other}"

    def error(self, found: str, *remedies: str) -> UsageError:
        """Make the error for what was found in the column, with the ways to fix it."""
        drop = [f"leave it out with --drop {_quoted(self.column)}"] if self.optional else []
        *first, last = (*remedies, *drop)
        return UsageError(f"Column {self} {found}: {', '.join(first)}{', or ' if first else ''}{last}.")

    def read_as(self, kind: str) -> str:
        """Format the option that decides how the column is read."""
        return f"--read-as {_quoted(f'{self.column}={kind}')}"


def is_typed(values: pd.Series) -> bool:
    """Return whether a column holds numbers or truth values by its type, not as texts."""
    dtype = values.dtype
    return pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype) or _is_span(values)


def is_dated(values: pd.Series) -> bool:
    """Return whether a column holds dates by its type."""
    return pd.api.types.is_datetime64_any_dtype(values.dtype)


def typed_numbers(values: pd.Series, place: ColumnPlace) -> Array:
    """Return the numbers of a column, float64 `(n,)`, NaN where missing; time spans are in days.

    Raises:
        UsageError: a number is infinite, or too large for float32.
    """
    if _is_span(values):
        return np.asarray(values.dt.total_seconds(), np.float64) / SECONDS
    return checked(values.to_numpy(np.float64, na_value=np.nan), place)


def typed_days(values: pd.Series) -> Array:
    """Return dates as days since 1970-01-01, float64 `(n,)`, NaN where missing; in UTC if they have a zone."""
    plain = values.dt.tz_convert(None) if getattr(values.dtype, "tz", None) else values
    microseconds = plain.to_numpy("datetime64[us]").astype(np.int64)
    return np.where(values.isna(), np.nan, microseconds / (SECONDS * 1e6))


def as_texts(values: pd.Series, place: ColumnPlace) -> Array:
    """Return the texts of a column, stripped of blanks and "" if empty, `(n,)`.

    Raises:
        UsageError: it holds objects that are not values.
    """
    if is_dated(values):
        values = values.dt.strftime("%Y-%m-%d %H:%M:%S")
    if pd.api.types.is_string_dtype(values.dtype) and values.dtype != object:
        return np.asarray(np.char.strip(values.fillna("").to_numpy(dtype=np.str_)))
    plain = values.astype(object).where(values.notna(), "")
    strange = sorted({type(value).__name__ for value in plain if not isinstance(value, PLAIN_TYPES)})
    if strange:
        raise place.error(f"holds values of the type {strange[0]}", "write text or numbers")
    return np.array([_text(value) for value in plain], dtype=np.str_)


def parsed(texts: Array, words: bool = True) -> tuple[Array, Array]:
    """Read texts `(n,)` as plain numbers, float64 with NaN for other texts; and return which are not empty.

    With `words`, true and false are numbers too.
    """
    places, different = pd.factorize(texts.astype(object))  # most columns of texts have few different ones
    numbers = pd.to_numeric(pd.Series(different, dtype=object), errors="coerce").to_numpy(np.float64, copy=True)
    others = np.flatnonzero(np.isnan(numbers))
    lower, filled = np.char.lower(different[others].astype(np.str_)), np.ones(len(different), bool)
    for word, value in TRUTH.items() if words else ():
        numbers[others[lower == word]] = value
    filled[others[np.isin(lower, list(MISSING))]] = False
    return numbers[places], filled[places]


def read_numbers(values: pd.Series, place: ColumnPlace) -> Array:
    """Read a column that is known to hold plain numbers, as float64 `(n,)`, NaN where missing.

    Raises:
        UsageError: it holds something else.
    """
    if is_typed(values):
        return typed_numbers(values, place)
    texts = as_texts(values, place)
    numbers, filled = parsed(texts)
    if len(others := np.flatnonzero(filled & np.isnan(numbers))):
        raise text_among_numbers(texts, int(others[0]), place)
    return checked(numbers, place)


def read_alike(values: pd.Series, reading: Reading, place: ColumnPlace) -> Array:
    """Read a column with an earlier reading, float64 `(n, features)`, NaN where missing.

    Raises:
        UsageError: a cell is written differently.
    """
    dates = isinstance(reading, DateReading)
    if isinstance(reading, DateReading) and is_dated(values):
        return reading.of_days(typed_days(values))
    if isinstance(reading, NumberReading) and is_typed(values):
        if reading.unit == PERCENT:  # a spreadsheet stores 5% as 0.05
            raise place.error(f"holds {reading}, received numbers", "write them as texts, such as '5%'")
        return typed_numbers(values, place)[:, None]
    texts = as_texts(values, place)
    _, filled = parsed(texts, words=False)
    found = reading.apply(np.where(filled, texts, ""))
    if len(others := np.flatnonzero(filled & np.isnan(found[:, 0]))):
        row = int(others[0])
        raise place.error(f"holds {reading}, but {str(texts[row])!r} in {place.row(row)}", "write it like the others",
                          "leave the cell empty")  # fmt: skip
    return found if dates else checked(found[:, 0], place)[:, None]


def text_among_numbers(texts: Array, row: int, place: ColumnPlace, what: str = "number") -> UsageError:
    """Make the error for a text among numbers or dates; `row` counts from 0, the error from 1 below the header."""
    found = f"holds {what}s, but {str(texts[row])!r} in {place.row(row)}"
    categories = [f"read it as categories with {place.read_as('text')}"] if place.optional else []
    return place.error(found, f"write a {what} there", "leave the cell empty", *categories)


def checked(numbers: Array, place: ColumnPlace) -> Array:
    """Return the numbers once it is certain that networks can take them.

    Raises:
        UsageError: one is infinite, or too large for float32.
    """
    if len(broken := np.flatnonzero(np.abs(numbers) > np.finfo(np.float32).max)):
        found = f"holds {numbers[broken[0]]:g} in {place.row(int(broken[0]))}, which is not a finite float32 number"
        raise place.error(found, "correct it", "leave the cell empty")
    return numbers


def _is_span(values: pd.Series) -> bool:
    return pd.api.types.is_timedelta64_dtype(values.dtype)


def _text(value: Any) -> str:
    """Format a value; a whole number without a point, whatever its type."""
    if isinstance(value, float | np.floating) and float(value).is_integer() and abs(float(value)) < 2**53:
        return str(int(value))
    return str(value).strip()


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[\w.=-]+", name) else repr(name)
