"""Read the values that Keras reports for an epoch."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_search.tuner.study.records import Metrics


def numbers(logs: Mapping[str, Any]) -> Metrics:
    """Return the entries that are single numbers."""
    arrays = {str(name): np.asarray(value) for name, value in logs.items() if not isinstance(value, list | tuple)}
    return {name: float(a.item()) for name, a in arrays.items() if a.size == 1 and a.dtype.kind in "biuf"}
