"""Labels and probabilities by the compiled loss and the shape of the outputs."""

import keras
import numpy as np
import pytest

from keras_search.tuner.outputs import classifies, measured, probabilities, takes_one_hot


def model(loss: object, width: int = 3) -> keras.Model:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(width)])
    network.compile("sgd", loss)
    return network


@pytest.mark.parametrize(
    ("loss", "one_hot"),
    [
        ("sparse_categorical_crossentropy", False),
        ("categorical_crossentropy", True),
        (keras.losses.CategoricalFocalCrossentropy(), True),
        ("mse", True),
        (keras.losses.KLDivergence(), True),
        (lambda y, outputs: keras.ops.mean(outputs) + 0 * keras.ops.mean(y), False),
    ],
)
def test_labels_follow_the_loss(loss: object, one_hot: bool) -> None:
    assert takes_one_hot(model(loss), 3) is one_hot


def test_a_regression_of_one_number_takes_the_number() -> None:
    assert not takes_one_hot(model("mse", width=1), 3)


def test_outputs_that_say_something_of_each_class_classify() -> None:
    assert classifies((5, 3), 3)
    assert classifies((5, 1), 2)
    assert not classifies((5, 1), 3)
    assert not classifies((5, 4, 3), 3)


def test_one_column_of_two_classes_becomes_two() -> None:
    chances = probabilities(np.array([[0.25], [1.0]], np.float32), model("binary_crossentropy", width=1))
    assert chances.tolist() == [[0.75, 0.25], [0.0, 1.0]]


def test_logits_become_probabilities() -> None:
    logits = np.array([[0.0, 1.0, 1000.0], [1.0, 1.0, 1.0]], np.float32)
    chances = probabilities(logits, model(keras.losses.SparseCategoricalCrossentropy(from_logits=True)))
    np.testing.assert_allclose(chances, [[0, 0, 1], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-6)
    binary = model(keras.losses.BinaryCrossentropy(from_logits=True), width=1)
    assert probabilities(np.zeros((1, 1), np.float32), binary).tolist() == [[0.5, 0.5]]


def test_accuracy_and_log_loss_are_measured() -> None:
    chances = np.array([[0.5, 0.5], [0.0, 1.0], [1.0, 0.0]], np.float32)
    found = measured(chances, np.array([0, 1, 1]))
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["loss"] == pytest.approx((np.log(2) + 0 - np.log(1e-7)) / 3)
