"""The data for comparing a script's best trial: those of its search, and an unused test set."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from keras_search.errors import UsageError
from keras_search.models.problem import Target
from keras_search.tuner.api.tuners.searching import as_array
from keras_search.tuner.data import Splits, dataset_of, make_splits
from keras_search.tuner.data.passed import mapped_arguments
from keras_search.tuner.data.preparation import Untouched
from keras_search.tuner.data.streams import is_stream, read_stream
from keras_search.tuner.data.tree import Tree, leaves, size, take
from keras_search.tuner.training.scripts.arguments import OtherDataError, by_name, split

NO_TEST = (
    "compare needs test data that had no part in the search: pass x_test= and y_test=. The validation data chose "
    "the best trial, and would flatter it."
)


def splits_for(given: Mapping[str, Any], x_test: Any, y_test: Any, model: keras.Model) -> Splits:
    """Return the training and validation data with a test set; classes and values are recognised.

    If the script trains on a stream, or on what else only `model.fit` takes, the splits hold the test set alone: each
    model is trained on the arguments of `search` anyway.

    Raises:
        UsageError: there is no test set, or it does not consist of arrays or of batches of them.
    """
    test = _test_set(x_test, y_test, model)
    try:
        fit, validation = split(given)
        parts = {"train": (fit["x"], fit["y"]), "val": (validation["x"], validation["y"])}
        arrays = {**test, **_sides(parts, model)}
    except OtherDataError:
        return _without_training(_recognised({**test, **_named_anew(test, "train"), **_named_anew(test, "val")}))
    return _recognised(arrays)


def _test_set(x_test: Any, y_test: Any, model: keras.Model) -> dict[str, Tree]:
    """Return the inputs and the labels to test on; a data set of batches `(x, y)` has both."""
    if x_test is not None and y_test is None and is_stream(x_test):
        x_test, y_test, *weights = read_stream(x_test, "x_test=")
        if weights:
            raise UsageError("x_test= must hold batches (x, y), received (x, y, weights): examples are tested alike.")
    if x_test is None or y_test is None:
        raise UsageError(NO_TEST)
    try:
        sides = mapped_arguments(as_array, x_test), mapped_arguments(as_array, y_test)
        return _sides({"test": sides}, model)
    except OtherDataError as error:
        raise UsageError(f"compare tests on arrays or on a data set of batches (x, y), and {error}.") from None


def _sides(parts: Mapping[str, tuple[Any, Any]], model: keras.Model) -> dict[str, Tree]:
    arrays = {f"x_{part}": by_name(x, model, "input") for part, (x, _) in parts.items()}
    return arrays | {f"y_{part}": by_name(y, model, "output") for part, (_, y) in parts.items()}


def _named_anew(test: Mapping[str, Tree], part: str) -> dict[str, Tree]:
    return {name.replace("test", part): tree for name, tree in test.items()}


def _recognised(arrays: Mapping[str, Tree]) -> Splits:
    try:
        return make_splits(dataset_of("arrays", arrays, own_view="as given"), None, 0, own=True, prepared=False)
    except UsageError:
        return _as_they_are(arrays)


def _without_training(splits: Splits) -> Splits:
    """Leave only the test set."""
    none: dict[str, Any] = {
        part: take(getattr(splits, part), slice(0)) for part in ("x_fit", "y_fit", "x_val", "y_val")
    }
    return replace(splits, **none, own=None if splits.own is None else _without_training(splits.own))


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
