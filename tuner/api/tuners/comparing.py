"""The data for comparing a script's best trial: those of its search, and an unused test set."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from keras_search.errors import UsageError
from keras_search.models.problem import Target
from keras_search.tuner.api.tuners.searching import as_array
from keras_search.tuner.data import Splits, dataset_of, make_splits
from keras_search.tuner.data.passed import mapped_arguments
from keras_search.tuner.data.preparation import Untouched
from keras_search.tuner.data.tree import Tree, leaves, size
from keras_search.tuner.training.scripts.arguments import OtherDataError, by_name, split

NO_TEST = (
    "compare needs test data that had no part in the search: pass x_test= and y_test=. The validation data chose "
    "the best trial, and would flatter it."
)


def splits_for(given: Mapping[str, Any], x_test: Any, y_test: Any, model: keras.Model) -> Splits:
    """Return the training and validation data with a test set; classes and values are recognised.

    Raises:
        UsageError: there is no test set, or the data are not arrays.
    """
    if x_test is None or y_test is None:
        raise UsageError(NO_TEST)
    try:
        fit, validation = split(given)
        parts = {
            "train": (fit["x"], fit["y"]),
            "val": (validation["x"], validation["y"]),
            "test": (mapped_arguments(as_array, x_test), mapped_arguments(as_array, y_test)),
        }
        arrays = {f"x_{part}": by_name(x, model, "input") for part, (x, _) in parts.items()}
        arrays |= {f"y_{part}": by_name(y, model, "output") for part, (_, y) in parts.items()}
    except OtherDataError as error:
        raise UsageError(f"compare takes only arrays, and {error}.") from None
    try:
        return make_splits(dataset_of("arrays", arrays, own_view="as given"), None, 0, own=True, prepared=False)
    except UsageError:
        return _as_they_are(arrays)


def data_facts(splits: Splits, dataset_name: str, digest: str) -> dict[str, Any]:
    """Return the facts that a study stores about its data."""
    return {
        "name": dataset_name,
        "digest": digest,
        "class_names": list(splits.class_names),
        "targets": [asdict(target) for target in splits.targets],
        "passed": True,
        "code": "",
    }


def _as_they_are(arrays: Mapping[str, Tree]) -> Splits:
    """Take labels that are neither classes nor values, or no proper ones: only the model's own metrics measure them."""
    targets = tuple(
        Target(name, shape=tuple(np.shape(labels)[1:])) for name, labels in leaves(arrays["y_train"]).items()
    )
    for part in ("train", "val", "test"):
        if size(arrays[f"x_{part}"]) != size(arrays[f"y_{part}"]):
            raise UsageError(f"The arrays of the {part} part must have one length.")
    return Splits(
        x_fit=arrays["x_train"],
        y_fit=arrays["y_train"],
        x_val=arrays["x_val"],
        y_val=arrays["y_val"],
        x_test=arrays["x_test"],
        y_test=arrays["y_test"],
        targets=targets,
        preparation=Untouched(),
        raw_test=arrays["x_test"],
    )
