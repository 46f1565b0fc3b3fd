"""Read the file of a table: its columns and their raw contents."""

import importlib.util
import json
from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from keras_search.errors import KerasSearchError, UsageError
from keras_search.tuner.data.arrays import reason
from keras_search.tuner.data.cells import Cells
from keras_search.tuner.data.csvfile import checked_names, read_csv, unpacked
from keras_search.tuner.data.tablenames import EXPECTED, LINES_ENDINGS, ending_of
from keras_search.tuner.system.memory import usable_memory

NAMES_SHOWN = 20
LEAST_GROWTH = 7
"""A table takes this many times the size of its file in memory or more; measured: 7 (numbers) to 20 (texts)."""


def read_cells(path: Path, written: Collection[str] | None = None) -> Cells:
    """Read every row of a table; of a text file, the columns `written` as texts, all if it is None.

    Raises:
        UsageError: no such file, or it is not a table with named columns and a row.
        KerasSearchError: the library that reads it is not installed.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder, expected a table, {EXPECTED}.")
    if not path.is_file():
        raise UsageError(f"No file {path}. Check the path of the table.")
    _check_size(path)
    try:
        cells = _read(path, ending_of(path), written)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {reason(error)}.") from error
    if cells.frame.empty:
        raise UsageError(f"{path} must hold rows below its header, received none.")
    return cells


def _check_size(path: Path) -> None:
    """Refuse a table that would fill the memory: all of it is read before the kinds of its columns are known."""
    size, memory = path.stat().st_size, usable_memory()
    if size * LEAST_GROWTH > memory:
        raise UsageError(
            f"{path} has {size / 1e9:,.1f} GB; a table takes {LEAST_GROWTH} times that in memory and more, and "
            f"{memory / 1e9:,.1f} GB may be used. Take fewer rows, or save numbers with numpy.savez: an .npz file may "
            "be larger than the memory."
        )


def listed(names: Iterable[str]) -> str:
    """List names of columns on one line, the first 20 of many."""
    every = [repr(name) for name in names]
    more = f" and {len(every) - NAMES_SHOWN} more" if len(every) > NAMES_SHOWN else ""
    return ", ".join(every[:NAMES_SHOWN]) + more


def _read(path: Path, ending: str, written: Collection[str] | None) -> Cells:
    if ending in LINES_ENDINGS:
        return Cells(_read_lines(path))
    if ending in (".parquet", ".xlsx") and path.suffix.lower() != ending:
        raise UsageError(f"{path} is a packed {ending} file: unpack it.")
    if ending == ".parquet":
        return Cells(_read_parquet(path))
    return Cells(_read_excel(path)) if ending == ".xlsx" else read_csv(path, ending, written)


def _read_parquet(path: Path) -> pd.DataFrame:
    if importlib.util.find_spec("pyarrow") is None:
        raise KerasSearchError("Reading a .parquet file takes pyarrow: pip install keras-search[parquet]")
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except Exception as error:  # pyarrow has its own errors
        raise UsageError(f"{path} is not a .parquet file: {reason(error)}.") from error
    frame = frame.reset_index(drop=frame.index.names == [None])  # an index with a name is a column
    frame.columns = pd.Index(checked_names([str(name) for name in frame.columns], path))
    return frame


def _read_excel(path: Path) -> pd.DataFrame:
    """Read the only non-empty sheet of an Excel file."""
    if importlib.util.find_spec("openpyxl") is None:
        raise KerasSearchError(
            "Reading an .xlsx file takes openpyxl: pip install keras-search[excel]; or save it as .csv."
        )
    try:
        sheets = pd.read_excel(path, sheet_name=None, header=None, engine="openpyxl", dtype=object)
    except Exception as error:  # openpyxl passes on many errors of others
        raise UsageError(f"{path} is not an .xlsx file: {reason(error)}.") from error
    filled = {name: sheet for name, sheet in sheets.items() if not sheet.empty}
    if len(filled) > 1:
        raise UsageError(
            f"{path} must have only one sheet that is not empty, it has {len(filled)}, {listed(map(str, filled))}: "
            "save the one that you want as .csv."
        )
    if not filled:
        raise UsageError(f"{path} is empty, expected a header with the names of the columns, and rows below.")
    (sheet,) = filled.values()
    names = ["" if pd.isna(name) else str(name) for name in sheet.iloc[0]]
    frame = sheet.iloc[1:].dropna(how="all").reset_index(drop=True).infer_objects()
    frame.columns = pd.Index(checked_names(names, path))
    return frame


def _read_lines(path: Path) -> pd.DataFrame:
    """Read one JSON object per line."""
    rows = []
    try:
        lines = unpacked(path).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} must be UTF-8 text: {reason(error)}.") from error
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line) if line.strip() else None
        except ValueError as error:
            raise UsageError(f"{path}, line {number}, must be one JSON object: {reason(error)}.") from error
        if row is None:
            continue
        if not isinstance(row, dict):
            raise UsageError(f"{path}, line {number}, must be one JSON object, received {line.strip()[:40]!r}.")
        rows.append(row)
    frame = pd.DataFrame.from_records(rows)
    frame.columns = pd.Index(checked_names([str(name) for name in frame.columns], path))
    return frame
