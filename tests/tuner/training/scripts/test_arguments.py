"""What compiled epochs take of the arguments of `model.fit`, held to Keras' own functions."""

from typing import Any

import keras
import numpy as np
import pytest
from keras.src.trainers.data_adapters.array_slicing import train_validation_split
from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

from keras_search.tuner.training.scripts.arguments import OtherDataError, few_rows, named, whole_arrays

X, Y = np.arange(40.0).reshape(10, 4), np.arange(10) % 3


def model(inputs: int = 1, outputs: int = 1) -> keras.Model:
    given = [keras.Input((4,), name=f"in{place}") for place in range(inputs)]
    made = [keras.layers.Dense(1, name=f"out{place}")(given[0]) for place in range(outputs)]
    return keras.Model(given if inputs > 1 else given[0], made if outputs > 1 else made[0])


@pytest.mark.parametrize("share", [0.01, 0.1, 0.2, 0.33, 0.5, 0.8])
def test_the_last_rows_are_validated_on_as_in_keras(share: float) -> None:
    found = whole_arrays({"x": X, "y": Y, "validation_split": share}, model())
    (x, y, _), (x_val, y_val, _) = train_validation_split((X, Y, None), validation_split=share)
    for mine, theirs in zip((*found.fit, *found.validation), (x, y, x_val, y_val), strict=True):
        assert np.array_equal(mine, np.asarray(theirs))
    assert found.fit[0].dtype == np.float32


@pytest.mark.parametrize("y", [Y, Y[:, None], np.eye(3)[Y], Y.astype(float)])
def test_classes_weigh_what_they_weigh_in_keras(y: np.ndarray) -> None:
    weights = {0: 0.5, 2: 3.0}
    found = whole_arrays({"x": X, "y": y, "validation_data": (X, y), "class_weight": weights}, model())
    assert len(found.fit) == 3
    assert np.array_equal(found.fit[2], class_weight_to_sample_weights(y, weights))
    assert len(found.validation) == 2


def test_lists_go_by_the_names_of_the_models_inputs_and_outputs() -> None:
    found = whole_arrays({"x": [X, X + 1], "y": [Y, Y + 1], "validation_split": 0.5}, model(2, 2))
    assert list(found.fit[0]) == ["in0", "in1"]
    assert list(found.fit[1]) == ["out0", "out1"]


def test_batch_size_and_shuffle_are_as_given() -> None:
    found = whole_arrays({"x": X, "y": Y, "validation_split": 0.5, "batch_size": 3, "shuffle": False}, model())
    assert (found.batch_size, found.shuffle) == (3, False)
    assert named(((X, Y, 8), {"epochs": 2})).keys() == {"x", "y", "batch_size", "epochs"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "there is nothing to validate on"),
        ({"validation_split": 0.5, "steps_per_epoch": 3}, "steps_per_epoch is given"),
        ({"validation_split": 0.5, "validation_freq": 2}, "validation_freq is given"),
        ({"validation_split": 0.5, "shuffle": "batch"}, "shuffle is 'batch'"),
        ({"validation_data": object()}, "validation_data is not a pair of arrays"),
        ({"validation_split": 0.99}, "leaves nothing on one side"),
        ({"validation_split": 0.5, "y": None}, "the data are not arrays"),
        ({"validation_split": 0.5, "y": Y.tolist()}, "the data are not arrays"),
        ({"validation_split": 0.5, "sample_weight": np.ones((10, 2))}, "sample_weight is not one number per example"),
        ({"validation_data": (X, Y), "y": Y[:5]}, "the arrays differ in length"),
    ],
)
def test_what_only_fit_can_train_on_is_said(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(OtherDataError, match=reason):
        whole_arrays({"x": X, "y": Y, **given}, model())


def test_few_rows_are_cut_wherever_arrays_are() -> None:
    args, kwargs = few_rows(((X, [Y]), {"validation_data": (X, Y), "epochs": 3}), 2)
    assert len(args[0]) == len(args[1][0]) == len(kwargs["validation_data"][1]) == 2
    assert kwargs["epochs"] == 3
