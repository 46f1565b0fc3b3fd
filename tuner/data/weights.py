"""Weight examples by their class."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from keras_search.errors import UsageError, did_you_mean
from keras_search.tuner.data.dataset import Dataset, class_labels
from keras_search.tuner.data.tree import Array

BALANCED: Literal["balanced"] = "balanced"
ClassWeight = Literal["balanced"] | Mapping[str, float]
"""A weight for each class by its name, or `balanced`: all classes have the same total weight."""
_WEIGHT = re.compile(r".+=(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.DOTALL)


def weights_of(pairs: Sequence[str]) -> ClassWeight | None:
    """Read `balanced` alone, or a `CLASS=WEIGHT` for each class with a weight other than 1; None for nothing.

    Raises:
        UsageError: it is neither.
    """
    if tuple(pairs) in ((), (BALANCED,)):
        return BALANCED if pairs else None
    for pair in pairs:
        if not _WEIGHT.fullmatch(pair):
            raise UsageError(
                f"--class-weight must be balanced, or CLASS=WEIGHT, received {pair!r}.{did_you_mean(pair, [BALANCED])}"
            )
    return {name: float(weight) for name, _, weight in (pair.rpartition("=") for pair in pairs)}


def class_weights(dataset: Dataset, wanted: ClassWeight) -> Array:
    """Return the weights float32 `(n_train,)` of the training examples; their mean is 1 if `wanted` is `balanced`.

    A class that `wanted` does not name has weight 1, as in `model.fit`.

    Raises:
        UsageError: the data have no classes, or `wanted` names one that they do not have.
    """
    labels = class_labels(dataset)
    if labels is None or len(dataset.targets) > 1:
        raise UsageError(
            "--class-weight is for data with one output of classes; give other examples individual weights."
        )
    names = dataset.class_names
    if isinstance(wanted, str):
        counts = np.bincount(labels, minlength=len(names))
        return (len(labels) / (len(names) * counts))[labels].astype(np.float32)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        there, close = ", ".join(names[:20]), did_you_mean(unknown[0], names)
        raise UsageError(f"--class-weight names the class {unknown[0]!r}, the data have {there}.{close}")
    return np.array([wanted.get(name, 1.0) for name in names], np.float32)[labels]
