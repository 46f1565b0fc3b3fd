"""Know what a plot was drawn from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from keras_search.tuner.report.contents import ReportData

Value = TypeVar("Value")
Key = str | tuple[str, str]
"""A field or a property of a report's data, or a method with its argument."""
_NOTED = frozenset({*(field.name for field in fields(ReportData)), "baselines", "output"})
"""What is noted when it is read; the two properties are, and not the fields that they follow from."""


class Watched(ReportData):
    """The data of a report that note what of them is read, also by their own properties."""

    def __getattribute__(self, name: str) -> Any:
        read = super().__getattribute__
        return _note(self, name, lambda: read(name)) if name in _NOTED else read(name)

    @property
    def baselines(self) -> list[str]:
        """The names of the baselines; those that are planned before they are compared."""
        return vars(self).get("_planned") or super().baselines

    def of_trials(self, frame: str) -> pd.DataFrame:
        """Return the rows of a frame that are about trials, and note only those."""
        read = super().of_trials
        return _note(self, ("of_trials", frame), lambda: read(frame))

    def of_retrained(self, model: str) -> pd.DataFrame:
        """Return the rows about the retrainings of a model, and note only those."""
        read = super().of_retrained
        return _note(self, ("of_retrained", model), lambda: read(model))


def _note(data: Watched, key: Key, read: Callable[[], Value]) -> Value:
    """Return what `read` returns and note it by its key; what is read meanwhile is a part of it, and not noted."""
    own = object.__getattribute__(data, "__dict__")
    if own.get("_within"):
        return read()
    own["_within"] = True
    try:
        value = read()
    finally:
        own["_within"] = False
    own.setdefault("_read", {})[key] = value
    return value


def watched(data: ReportData, baselines: Sequence[str] = ()) -> Watched:
    """Return the same data, watched; `baselines` are those that are planned, in the order of the report."""
    found = Watched(**{field.name: getattr(data, field.name) for field in fields(ReportData)})
    vars(found)["_planned"] = list(baselines)
    return found


def what_was_read(data: Watched) -> dict[Key, Any]:
    """Return what was read since the last call, with its values."""
    read: dict[Key, Any] = vars(data).pop("_read", {})
    return read


def read_again(data: ReportData, key: Key) -> Any:
    """Return what a key stands for."""
    return getattr(data, key) if isinstance(key, str) else getattr(data, key[0])(key[1])


def same(one: Any, other: Any) -> bool:
    """Return whether two fields of a report hold the same, NaN being the same as NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, pd.DataFrame):
        return bool(one.columns.equals(other.columns) and one.equals(other))
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return bool(one == other)
