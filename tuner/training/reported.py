"""Read the values that Keras reports for an epoch."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_search.tuner.study.records import Metrics


def number(value: Any) -> float:
    """Return a metric's value as a number: the mean if it has one for each class, as KerasTuner counts it."""
    return float(np.asarray(value).mean())


def numbers(logs: Mapping[str, Any]) -> Metrics:
    """Return the entries that are numbers, or one number for each class."""
    arrays = {str(name): np.asarray(value) for name, value in logs.items() if not isinstance(value, list | tuple)}
    return {name: number(a) for name, a in arrays.items() if _is_metric(a) and a.dtype.kind in "biuf"}


def _is_metric(array: np.ndarray) -> bool:
    return array.size == 1 or (array.ndim == 1 and array.size > 1)
