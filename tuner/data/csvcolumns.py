"""Read the columns of delimited text: as numbers where their texts say no more than that, else as texts.

Text takes ten times as long to read. A column is read as numbers only if `recognising` would read the same numbers
from its texts, and would notice nothing else about them: codes with leading zeros, whole numbers that float64 merges,
points that may separate thousands. Only the sign of a whole zero is lost.
"""

import io
import warnings
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from keras_search.tuner.data.cells import SOME, Cells
from keras_search.tuner.data.columns import MISSING, parsed
from keras_search.tuner.data.recognising import LONGEST_WHOLE, POINTED, decimal_mark
from keras_search.tuner.data.tree import Array

LEAST_ROWS = SOME
"""Fewer rows are all read as texts: that takes no time."""
_GAPS = sorted({spell(word) for word in MISSING for spell in (str.lower, str.upper, str.capitalize)} | {"NaN", "NaT"})
"""The usual spellings of a missing value; a column with another is read as texts."""
_BEFORE_CELLS = b" \t\n\v\f\r"
"""What may precede a cell, besides the separator."""
_PIECE = 1 << 18
"""The number of characters that are searched at once: they and what is found of them fit the processor's cache."""


def read_columns(text: io.StringIO, separator: str, names: list[str], written: Collection[str] | None) -> Cells:
    """Read the rows from the present place of `text` on; the columns `written`, or all if it is None, as texts.

    Raises:
        pandas.errors.EmptyDataError: there is no row.
        pandas.errors.ParserError: a row is too long, or a quote is not closed.
        pandas.errors.ParserWarning: the first row is too long.
    """
    start = text.tell()

    def read(**how: Any) -> pd.DataFrame:
        text.seek(start)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame: pd.DataFrame = pd.read_csv(
                text, sep=separator, header=None, names=names, index_col=False, skipinitialspace=True, low_memory=False,
                **how,
            )  # fmt: skip
        return frame

    read_texts = partial(read, dtype=str, na_filter=False)
    first = pd.DataFrame()
    with suppress(pd.errors.EmptyDataError, pd.errors.ParserError, pd.errors.ParserWarning):  # which all rows meet too
        first = read_texts(nrows=SOME)
    firsts = {} if written is None or len(first) < LEAST_ROWS else _firsts(first, written)
    if not firsts:
        return Cells(read_texts(), separator)
    types = {name: str for name in names if name not in firsts}
    frame = read(dtype=types, keep_default_na=False, na_values=dict.fromkeys(firsts, _GAPS))
    if others := _worth_reading(frame, firsts, text.getvalue(), separator):
        text.seek(start)
        return read_columns(text, separator, names, {*(written or ()), *others})
    if _has_blank_rows(frame[names[1:] or names]):
        return Cells(read_texts(), separator)
    return Cells(frame, separator, firsts)


def _firsts(first: pd.DataFrame, written: Collection[str]) -> dict[str, Array]:
    """Return the texts of the columns that may be numbers, by the first rows."""
    names = [name for name in first.columns if name not in written]
    texts = {name: np.char.strip(first[name].to_numpy(dtype=np.str_)) for name in names}
    return {name: some for name, some in texts.items() if _may_be_numbers(some)}


def _may_be_numbers(texts: Array) -> bool:
    """Return whether the first texts of a column are plain numbers, and not all may have points between thousands."""
    numbers, filled = parsed(texts, words=False)
    plain = not (filled & np.isnan(numbers)).any()
    return plain and not all(map(POINTED.fullmatch, texts[filled]))


def _worth_reading(frame: pd.DataFrame, firsts: Mapping[str, Array], text: str, separator: str) -> list[str]:
    """List the columns whose texts, of which `firsts` are known, say more than the numbers in `frame`.

    Those of whole numbers do if one begins with a zero, which is looked for anywhere in `text`. Where the decimal mark
    of the file is in question, those of columns that may have shown it do.
    """
    settled = separator == "," and '"' not in text
    others = [name for name, first in firsts.items() if not _says_no_more(frame[name], first, settled)]
    whole = [name for name in firsts if name not in others and _is_whole(frame[name])]
    return others + whole if whole and _has_leading_zeros(text, separator) else others


def _says_no_more(values: pd.Series, first: Array, settled: bool) -> bool:
    if values.dtype not in (np.int64, np.float64) or (values.abs() >= LONGEST_WHOLE).any():
        return False
    return settled or values.dtype == np.int64 or decimal_mark([first], None) == "."


def _is_whole(values: pd.Series) -> bool:
    return values.dtype == np.int64 or bool((values.isna() | (values % 1 == 0)).all())


def _has_blank_rows(frame: pd.DataFrame) -> bool:
    """Return whether a row has nothing in all of these columns, as empty rows at the end and comments have."""
    blank = np.ones(len(frame), bool)
    for name in sorted(frame.columns, key=lambda name: frame[name].dtype == "str"):  # numbers are quicker
        if not blank.any():
            break
        values = frame[name]
        blank &= (values == "" if values.dtype == "str" else values.isna()).to_numpy()
    return bool(blank.any())


def _has_leading_zeros(text: str, separator: str) -> bool:
    """Return whether a cell may begin with a zero and another digit."""
    text = text.replace('"', "")  # also between the zero and the digit
    starts = np.zeros(256, bool)
    starts[list(_BEFORE_CELLS + separator.encode()[-1:])] = True
    for place in range(0, len(text), _PIECE):
        characters = np.frombuffer(text[place : place + _PIECE + 2].encode(), np.uint8)
        before, first, second = characters[:-2], characters[1:-1], characters[2:]
        digit = second - ord("0") < 10  # unsigned: what is below "0" wraps to above 9
        if (digit & (first == ord("0")) & starts[before]).any():
            return True
    return False
