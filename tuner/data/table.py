"""Read a table as a data set: a column to predict, and columns of numbers and of categories to predict it from."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from keras_search.errors import UsageError
from keras_search.models.problem import Target
from keras_search.tuner.data.columns import Place, as_texts, check_no_decimal_commas, parsed, read_column, read_numbers
from keras_search.tuner.data.dataset import Columns, Dataset
from keras_search.tuner.data.labels import MOST_CLASSES
from keras_search.tuner.data.source import Source, Task
from keras_search.tuner.data.tablefile import UNNAMED, listed, read_frame
from keras_search.tuner.data.tree import Array, take


def read_table(path: Path, source: Source) -> Dataset:
    """Read a `.csv` or `.parquet` file, its test part still to be set aside.

    Columns that hold nothing are left out. What is to predict are classes where it is text, true or false, or at
    most 20 different whole numbers, unless `source.task` says otherwise; else it is values.

    Raises:
        UsageError: the first thing that is wrong with it, with its column and, where it is in one, its row, counted
            from 1 below the header.
    """
    target = source.target
    frame = read_frame(path, as_text=() if target is None else (target,))
    if target is None or target not in frame.columns:
        received = f"received {target!r}" if target else "received none"
        raise UsageError(
            f"--target must name the column of {path} to predict, {received}. It has: {listed(frame.columns)}."
        )
    read = {name: read_column(frame[name], Place(name, path.name)) for name in _features(frame, target, source, path)}
    columns = {name: values for name, values in read.items() if _holds_anything(values)}
    if not columns:
        raise UsageError(f"{path} must have a column besides {target!r} to predict it from, received none.")
    numbers = tuple(name for name, values in columns.items() if values.dtype == np.float32)
    texts = tuple(name for name in columns if name not in numbers)
    y, class_names = _read_target(frame[target], source.task, Place(target, path.name, optional=False))
    x = _rows(columns, numbers, texts, len(frame))
    return Dataset(
        name=path.stem,
        x_train=x,
        y_train=y,
        x_test=take(x, slice(0)),
        y_test=y[:0],
        targets=(Target("", class_names),),
        columns=Columns(numbers, texts, target),
    )


def read_rows(path: Path, numbers: Sequence[str], texts: Sequence[str]) -> dict[str, Array]:
    """Read the rows of a file as a table with these columns has them; what else is there does not matter.

    Raises:
        UsageError: a column is missing, or holds text where numbers were.
    """
    frame = read_frame(path, as_text=texts)
    missing = [name for name in (*numbers, *texts) if name not in frame.columns]
    if missing:
        raise UsageError(f"{path} lacks columns that the model learned from: {listed(missing)}.")
    place = {name: Place(name, path.name, optional=False) for name in (*numbers, *texts)}
    columns = {name: read_numbers(frame[name], place[name]) for name in numbers}
    columns |= {name: as_texts(frame[name], place[name]) for name in texts}
    return _rows(columns, numbers, texts, len(frame))


def _features(frame: pd.DataFrame, target: str, source: Source, path: Path) -> list[str]:
    """Name the columns to predict from: all without the target and those dropped."""
    for name in source.drop:
        if name not in frame.columns:
            raise UsageError(f"--drop {name!r} is no column of {path}. It has: {listed(frame.columns)}.")
        if name == target:
            raise UsageError(f"--drop {name!r} is the column to predict: keep it, or choose another --target.")
    features = [name for name in frame.columns if name != target and name not in source.drop]
    for name in features:
        if name.startswith(UNNAMED) and frame[name].notna().any():
            raise Place(name, path.name).error("has no name, as an index that was written with the rows", "name it")
    return features


def _holds_anything(values: Array) -> bool:
    return not (values.dtype == np.float32 and bool(np.isnan(values).all()))


def _read_target(values: pd.Series, task: Task | None, place: Place) -> tuple[Array, tuple[str, ...]]:
    """Read what is to predict: int64 `(n,)` with the names of its classes, or float32 `(n, 1)` without."""
    texts = as_texts(values, place)
    numbers, filled = parsed(texts, words=False)
    others = np.flatnonzero(filled & np.isnan(numbers))
    if task == "regression" or not len(others):
        _check_filled(filled, place)
        if len(others):
            received = f"received {str(texts[others[0]])!r} in row {others[0] + 1}"
            raise UsageError(f"Column {place}, the target, must hold numbers for --task regression, {received}.")
        return _numeric_target(numbers, task, place)
    _check_filled(texts != "", place)
    if task is None and 2 * len(others) <= filled.sum():
        found = f"holds numbers, but {str(texts[others[0]])!r} in row {others[0] + 1}"
        raise place.error(found, "write a number there", "add --task classification")
    if task is None:
        check_no_decimal_commas(texts, place)
    names, y = np.unique(texts, return_inverse=True)
    return _classes(y, names.tolist(), place)


def _numeric_target(numbers: Array, task: Task | None, place: Place) -> tuple[Array, tuple[str, ...]]:
    """Tell numbers that are classes from values."""
    values = read_numbers(pd.Series(numbers), place)
    present, y = np.unique(numbers, return_inverse=True)
    whole = bool((present == np.floor(present)).all())
    if task == "classification" or (task is None and whole and len(present) <= MOST_CLASSES):
        return _classes(y, [str(int(value)) if whole else repr(float(value)) for value in present], place)
    if len(present) == 1:
        raise UsageError(f"Column {place}, the target, must hold different values, every row is {present[0]:g}.")
    return values[:, None], ()


def _check_filled(filled: Array, place: Place) -> None:
    missing = np.flatnonzero(~filled)
    if len(missing):
        raise UsageError(
            f"Column {place}, the target, must be filled in every row: {len(missing):,} of {len(filled):,} are empty, "
            f"the first is row {missing[0] + 1}. Fill them in, or delete those rows."
        )


def _classes(y: Array, names: Sequence[str], place: Place) -> tuple[Array, tuple[str, ...]]:
    if len(names) < 2:
        raise UsageError(f"Column {place}, the target, must hold at least 2 classes, every row is {names[0]!r}.")
    return y.astype(np.int64), tuple(names)


def _rows(columns: Mapping[str, Array], numbers: Sequence[str], texts: Sequence[str], rows: int) -> dict[str, Array]:
    """Put the columns of each kind side by side: float32 `(rows, n_numbers)`, text `(rows, n_texts)`."""
    none = {"numbers": np.empty((rows, 0), np.float32), "texts": np.empty((rows, 0), np.str_)}
    parts = {"numbers": numbers, "texts": texts}
    return {
        part: np.stack([columns[n] for n in names], axis=1) if names else none[part] for part, names in parts.items()
    }
