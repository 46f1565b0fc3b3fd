"""Compare a script's best trial: of streams, of several inputs and outputs, and of what only `model.fit` takes."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search import kt
from keras_search.errors import UsageError
from keras_search.tuner.data import open_splits

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 4)).astype("float32")
Y = (X[:, 0] + X[:, 1] > 0).astype("int64")
TEST = slice(80, 120)


def build(hp: Any) -> keras.Model:
    """Build a small network of two classes."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(hp.Choice("units", [4, 8]), activation="relu")])
    model.add(keras.layers.Dense(2, activation="softmax"))
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build_two(hp: Any) -> keras.Model:
    """Build a network of two inputs and two outputs."""
    left, right = keras.Input((2,), name="left"), keras.Input((2,), name="right")
    both = keras.layers.Dense(hp.Choice("units", [4, 8]), activation="relu")(keras.layers.Concatenate()([left, right]))
    outputs = [
        keras.layers.Dense(2, activation="softmax", name="sign")(both),
        keras.layers.Dense(1, name="sum")(both),
    ]
    model = keras.Model([left, right], outputs)
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], metrics=[["accuracy"], []])
    return model


def batches(rows: slice) -> Any:
    return tf.data.Dataset.from_tensor_slices((X[rows], Y[rows])).batch(16)


def searched(folder: Path, hypermodel: Any, objective: Any, *args: Any, **kwargs: Any) -> Any:
    tuner = kt.GridSearch(hypermodel, objective, directory=folder, project_name="study", workers=1)
    tuner.search(*args, **{"epochs": 2, "verbose": 0, **kwargs})
    return tuner


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed:UserWarning")
def test_a_stream_is_compared_on_a_stream(tmp_path: Path) -> None:
    tuner = searched(tmp_path, build, "val_accuracy", batches(slice(60)), validation_data=batches(slice(60, 80)))
    with pytest.raises(UsageError, match="compare needs test data"):
        tuner.compare()
    verdict = tuner.compare(batches(TEST), compare_seeds=2)
    frame = tuner.study.comparison()
    assert list(frame["role"]) == ["tuned", "defaults"]
    splits = open_splits(tmp_path / "study" / "data", test=True)
    assert np.array_equal(np.asarray(splits.y_test), Y[TEST])
    assert len(splits.x_fit) == 0
    again = tuner.compare(X[TEST], Y[TEST], compare_seeds=2)
    assert again.verdict == verdict.verdict
    with pytest.raises(UsageError, match="was tested on other data"):
        tuner.compare(X[:20], Y[:20])


@pytest.mark.slow
@pytest.mark.parametrize("named", [False, True], ids=["lists", "dicts"])
def test_several_inputs_and_outputs_are_compared(tmp_path: Path, named: bool) -> None:
    def data(rows: slice) -> tuple[Any, Any]:
        x, y = [X[rows, :2], X[rows, 2:]], [Y[rows], X[rows].sum(axis=1)]
        if not named:
            return x, y
        return dict(zip(("left", "right"), x, strict=True)), dict(zip(("sign", "sum"), y, strict=True))

    objective = kt.Objective("val_sign_accuracy", "max")
    tuner = searched(tmp_path, build_two, objective, *data(slice(60)), validation_data=data(slice(60, 80)))
    verdict = tuner.compare(*data(TEST), compare_seeds=2)
    assert verdict.verdict
    assert len(tuner.study.comparison()) == 2


@pytest.mark.slow
def test_what_only_fit_takes_is_compared(tmp_path: Path) -> None:
    tuner = searched(
        tmp_path, build, "val_accuracy", X[:60], Y[:60], validation_data=(X[60:80], Y[60:80]), steps_per_epoch=3,
        class_weight={0: 1.0, 1: 2.0},
    )  # fmt: skip
    assert tuner.compare(X[TEST], Y[TEST], compare_seeds=2).verdict
