"""Name a script's metrics as in a process that has made no others, so that a notebook's cell can run again."""

import copy
import re
from collections.abc import Sequence
from typing import Any

import keras

_NUMBERED = re.compile(r"(.*)_(\d+)")


def named_anew(metrics: Any, objectives: Sequence[str]) -> Any:
    """Return metrics with the names that Keras gives them in a new process: `auc`, not `auc_1`.

    Keras numbers metrics without a name by those that the process has made before. A name that one of the `objectives`
    contains stays.
    """
    taken = {each.name for each in keras.tree.flatten(metrics) if isinstance(each, keras.metrics.Metric)}
    taken = {name for name in taken if _number_given(name) is None}

    def renamed(metric: Any) -> Any:
        first = _first_name(metric)
        if first is None or any(metric.name in name for name in objectives):
            return metric
        names = (first if number == 0 else f"{first}_{number}" for number in range(len(taken) + 1))
        name = next(name for name in names if name not in taken)
        taken.add(name)
        if name == metric.name:
            return metric
        anew = copy.copy(metric)
        anew.name = name
        return anew

    return keras.tree.map_structure(renamed, metrics)


def _first_name(metric: Any) -> str | None:
    """Return the name of its kind, if a metric has that with a number."""
    found = _number_given(metric.name) if isinstance(metric, keras.metrics.Metric) else None
    if found is None or found.replace("_", "") != type(metric).__name__.replace("_", "").lower():
        return None
    return found


def _number_given(name: str) -> str | None:
    found = _NUMBERED.fullmatch(name)
    return None if found is None else found[1]
