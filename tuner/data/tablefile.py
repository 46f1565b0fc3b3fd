"""Read the file of a table: which columns it has, and what lies in them as found."""

import csv
import importlib.util
import warnings
from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data.arrays import reason

SEPARATORS = (",", ";", "\t")
NAMES_SHOWN = 20
UNNAMED = "Unnamed: "
"""With its place behind, what pandas calls a column without a name."""


def read_frame(path: Path, as_text: Collection[str] = ()) -> pd.DataFrame:
    """Read a `.csv` or `.parquet` file, every row below the header; numbers where a column holds nothing else.

    The columns in `as_text` are text as it is written. A CSV is UTF-8, its separator a comma, semicolon or tab.

    Raises:
        UsageError: no such file, or it is no table with named columns and a row.
        KerasSearchError: what reads it is not installed.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder, expected a table, a .csv or .parquet file.")
    if not path.is_file():
        raise UsageError(f"No file {path}. Check the path of the table.")
    try:
        frame = _read_parquet(path) if path.suffix.lower() == ".parquet" else _read_csv(path, as_text)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise UsageError(f"{path} must be UTF-8 text, received the byte 0x{byte:02x}: save it as UTF-8.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {reason(error)}.") from error
    if frame.empty:
        raise UsageError(f"{path} must hold rows below its header, received none.")
    return frame


def listed(names: Iterable[str]) -> str:
    """Write names of columns on one line, the first 20 of many."""
    every = [repr(name) for name in names]
    more = f" and {len(every) - NAMES_SHOWN} more" if len(every) > NAMES_SHOWN else ""
    return ", ".join(every[:NAMES_SHOWN]) + more


def _read_csv(path: Path, as_text: Collection[str]) -> pd.DataFrame:
    separator, names = _header(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                path, sep=separator, header=0, names=names, index_col=False, encoding="utf-8-sig",
                skipinitialspace=True, keep_default_na=False, na_values=[""], low_memory=False,
                dtype={name: str for name in as_text if name in names},
            )  # fmt: skip
    except UnicodeDecodeError:
        raise
    except (pd.errors.ParserError, pd.errors.ParserWarning, ValueError) as error:
        found = reason(error).removeprefix("Error tokenizing data. C error: ")
        raise UsageError(
            f"{path} must have a value for each of its {len(names)} columns in every row: {found}."
        ) from error


def _header(path: Path) -> tuple[str, list[str]]:
    """Find the separator, which is what parts the header into most names, and the names.

    Raises:
        UsageError: there is no header, or it has a name twice.
    """
    found: dict[str, list[str]] = {}
    for separator in SEPARATORS:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, delimiter=separator, skipinitialspace=True)
            found[separator] = next((row for row in rows if row), [])
    separator = max(SEPARATORS, key=lambda each: len(found[each]))
    if not found[separator]:
        raise UsageError(f"{path} is empty, expected a header with the names of the columns, and rows below.")
    return separator, _checked_names(found[separator], path)


def _read_parquet(path: Path) -> pd.DataFrame:
    if importlib.util.find_spec("pyarrow") is None:
        raise KerasSearchError("A .parquet file is read with pyarrow: pip install keras-search[parquet]")
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except Exception as error:  # pyarrow has its own errors
        raise UsageError(f"{path} is not a .parquet file: {reason(error)}.") from error
    frame = frame.reset_index(drop=frame.index.names == [None])  # an index with a name is a column
    frame.columns = pd.Index(_checked_names([str(name) for name in frame.columns], path))
    return frame


def _checked_names(given: list[str], path: Path) -> list[str]:
    """Give the names of the columns, those without one as pandas calls them."""
    names = [name.strip() or f"{UNNAMED}{place}" for place, name in enumerate(given)]
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise UsageError(f"{path} must name each column once, received {twice[0]!r} {names.count(twice[0])} times.")
    return names
