"""Know what a plot was drawn from."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from keras_search.tuner.report.contents import ReportData

_FIELDS = frozenset(field.name for field in fields(ReportData))


class Watched(ReportData):
    """The data of a report that note which of their fields are read, also by their own properties."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if name in _FIELDS:
            read: dict[str, Any] = super().__getattribute__("__dict__").setdefault("_read", {})
            read[name] = value
        return value


def watched(data: ReportData) -> Watched:
    """Return the same data, watched."""
    return Watched(**{name: getattr(data, name) for name in _FIELDS})


def what_was_read(data: Watched) -> dict[str, Any]:
    """Return the fields that were read since the last call, with their values."""
    read: dict[str, Any] = vars(data).pop("_read", {})
    return read


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
