"""Read pandas DataFrames as tables."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from keras_search.errors import UsageError
from keras_search.tuner.data.dataset import Dataset
from keras_search.tuner.data.source import Source

if TYPE_CHECKING:
    import pandas as pd

    from keras_search.tuner.data.table import Table

NAME = "table"
"""The name of a data set that was passed as a DataFrame."""
WHERE = "the DataFrame"
TARGET = "target"
"""The default name of the column to predict."""


def is_frame(given: object) -> "TypeGuard[pd.DataFrame]":
    """Return whether something is a DataFrame, without importing pandas."""
    return type(given).__name__ == "DataFrame" and type(given).__module__.split(".")[0] == "pandas"


def is_table(arrays: Mapping[str, Any]) -> bool:
    """Return whether `x_train` is a DataFrame that must be read as a table.

    That is one with more than plain numbers, or one with the column to predict in it.
    """
    given: Any = arrays.get("x_train")
    if not is_frame(given):
        return False
    return (
        arrays.get("y_train") is None
        or isinstance(arrays["y_train"], str)
        or not all(
            isinstance(dtype, np.dtype) and dtype.kind in "iuf" and not given.iloc[:, place].isna().any()
            for place, dtype in enumerate(given.dtypes)
        )
    )


def frame_dataset(frame: "pd.DataFrame", source: Source, name: str = NAME, where: str = WHERE) -> Dataset:
    """Make a data set of a DataFrame with the column to predict in it; its index is left out.

    `name` is that of the data set, `where` names the DataFrame in errors.

    Raises:
        UsageError: as `dataset_of_table`.
    """
    from keras_search.tuner.data.table import dataset_of_table

    return dataset_of_table(_table(_plain(frame, "dataset"), {}, where), source, name)


def parts_dataset(arrays: Mapping[str, Any], source: Source, name: str = NAME, where: str = WHERE) -> Dataset:
    """Make a data set of `x_train`, a DataFrame, `y_train`, and the same for `val` and `test` if they exist.

    `y_train` is a column of labels or values, or the name of a column of `x_train`; that may be `source.target` too.

    Raises:
        UsageError: the parts do not fit together, or as `dataset_of_table`.
    """
    import pandas as pd

    from keras_search.tuner.data.table import dataset_of_table

    parts = [part for part in ("train", "val", "test") if f"x_{part}" in arrays]
    target = _target(arrays, source)
    frames = {part: _with_target(arrays, part, target) for part in parts}
    names = list(frames["train"].columns)
    for part, frame in frames.items():
        if missing := [name for name in names if name not in frame.columns]:
            raise UsageError(f"x_{part} lacks the column {missing[0]!r} that x_train has.")
    rows = pd.concat([frame[names] for frame in frames.values()], ignore_index=True)
    counts = {part: len(frame) for part, frame in frames.items()}
    return dataset_of_table(_table(rows, counts, where), replace(source, target=target), name)


def _table(frame: "pd.DataFrame", counts: Mapping[str, int], where: str) -> "Table":
    from keras_search.tuner.data.cells import Cells
    from keras_search.tuner.data.table import Table

    return Table(Cells(frame), where, where, counts)


def _plain(frame: Any, what: str) -> "pd.DataFrame":
    """Return a DataFrame with distinct texts as column names, without its index."""
    if not is_frame(frame):
        raise UsageError(f"{what} must be a DataFrame as x_train is, received {type(frame).__name__}.")
    names = [str(name) for name in frame.columns]
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise UsageError(f"{what} must name each column once, received {twice[0]!r} {names.count(twice[0])} times.")
    plain: pd.DataFrame = frame.reset_index(drop=True).set_axis(names, axis="columns")
    return plain


def _target(arrays: Mapping[str, Any], source: Source) -> str:
    """Return the name of the column to predict."""
    y: Any = arrays.get("y_train")
    if isinstance(y, str):
        return y
    if y is None and source.target is None:
        raise UsageError("Pass y_train=, a column or its name, with x_train=, or name the column with target=.")
    named = getattr(y, "name", None)
    if named is None and is_frame(y) and y.shape[1] == 1:
        named = y.columns[0]
    return source.target or (str(named) if named is not None else TARGET)


def _with_target(arrays: Mapping[str, Any], part: str, target: str) -> "pd.DataFrame":
    """Return a part with the column to predict in it."""
    import pandas as pd

    frame, y = _plain(arrays[f"x_{part}"], f"x_{part}"), arrays.get(f"y_{part}")
    if y is None or isinstance(y, str):
        if target not in frame.columns:
            raise UsageError(
                f"x_{part} has no column {target!r} to predict: it has {', '.join(map(repr, frame.columns))}."
            )
        return frame
    if target in frame.columns:
        raise UsageError(
            f"x_{part} has a column {target!r}, which is also the name of y_{part}: leave one of them out."
        )
    values = y.iloc[:, 0] if is_frame(y) else y
    column = pd.Series(values).reset_index(drop=True) if np.ndim(values) == 1 else pd.Series(np.asarray(values)[:, 0])
    if np.ndim(y) not in (1, 2) or (np.ndim(y) == 2 and np.shape(y)[1] != 1) or len(column) != len(frame):
        raise UsageError(
            f"y_{part} must be a label or value for each of the {len(frame)} rows of x_{part}, received shape "
            f"{np.shape(y)}."
        )
    return frame.assign(**{target: column})
