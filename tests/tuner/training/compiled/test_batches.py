"""A score of a whole batch is computed over the batches that `model.fit` takes."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, losses, ops

from keras_search.tuner.training.compiled.batches import MOST_BYTES, MOST_EXAMPLES, most_at_once, takes_examples_alone
from keras_search.tuner.training.engine import EpochRunner
from keras_search.tuner.training.outputs import evaluated


def f1(wanted: Any, said: Any) -> Any:
    """Give F1 over a batch, as it is often written."""
    right = ops.sum(ops.cast(wanted, "float32") * ops.round(said))
    return 2 * right / (ops.sum(ops.cast(wanted, "float32")) + ops.sum(ops.round(said)) + 1e-7)


def _model(*inside: keras.Layer, loss: Any = "binary_crossentropy", metrics: Any = ("accuracy",)) -> keras.Model:
    model = keras.Sequential([keras.Input((3,)), *inside, layers.Dense(1, "sigmoid")])
    model.compile("sgd", loss, metrics=list(metrics))
    return model


def _graph(change: Callable[[Any], Any]) -> keras.Model:
    inputs = keras.Input((3,))
    model = keras.Model(inputs, layers.Dense(1, "sigmoid")(change(inputs)))
    model.compile("sgd", "binary_crossentropy")
    return model


class Minus(layers.Layer):
    def call(self, inputs: Any) -> Any:
        return inputs - ops.mean(inputs, axis=0)


class Subclass(keras.Model):
    def call(self, inputs: Any) -> Any:
        return inputs


def _subclass() -> keras.Model:
    model = Subclass()
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    "model",
    [
        _model(layers.Dense(4, "relu"), layers.BatchNormalization(), layers.Dropout(0.1)),
        _model(loss=losses.BinaryCrossentropy(from_logits=True), metrics=[keras.metrics.AUC(), "mae"]),
        _model(loss=losses.huber, metrics=[losses.log_cosh]),
        _model(keras.Sequential([keras.Input((3,)), layers.Dense(2)])),
        _graph(layers.Normalization(mean=0.0, variance=1.0)),
    ],
)
def test_models_all_of_keras_own_parts_take_each_example_by_itself(model: keras.Model) -> None:
    assert takes_examples_alone(model)


@pytest.mark.parametrize(
    "model",
    [
        _model(metrics=[f1]),
        _model(metrics=[keras.metrics.MeanMetricWrapper(f1)]),
        _model(loss=lambda wanted, said: 1 - f1(wanted, said)),
        _model(loss=losses.Dice()),
        _model(loss=losses.BinaryCrossentropy(reduction="sum")),
        _model(layers.Lambda(lambda x: x - ops.mean(x, axis=0))),
        _model(Minus()),
        _model(keras.Sequential([keras.Input((3,)), Minus()])),
        _graph(lambda x: x - ops.mean(x, axis=0)),
        _subclass(),
    ],
)
def test_what_may_mix_the_examples_of_a_batch_is_taken_to_do_so(model: keras.Model) -> None:
    assert not takes_examples_alone(model)


def test_a_score_of_batches_is_that_of_model_fit() -> None:
    """Over all examples at once it would be another."""
    keras.utils.set_random_seed(0)
    draw = np.random.default_rng(0)
    x = draw.normal(size=(200, 3)).astype("float32")
    y = (x[:, :1] > 1).astype("float32")
    model = _model(metrics=[f1])
    logs = EpochRunner(model, (x, y), (x[:110], y[:110]), 16).run(0, 1)
    by_keras = model.evaluate(x[:110], y[:110], batch_size=16, verbose=0, return_dict=True)
    assert logs["val_f1"] == pytest.approx(by_keras["f1"], rel=1e-5)
    assert logs["val_f1"] != pytest.approx(float(f1(y[:110], model(x[:110]))), rel=1e-3)
    assert evaluated(model, (x[:110], y[:110]), 16) == pytest.approx(by_keras, rel=1e-6)


def test_large_examples_go_through_a_network_in_smaller_batches() -> None:
    """A hundred pictures of a megabyte each; small rows all at once."""
    pictures = np.broadcast_to(np.float32(0), (100, 2**18))
    assert most_at_once(pictures) == MOST_BYTES // 2**20
    assert most_at_once({"a": pictures, "b": pictures}) == MOST_BYTES // 2**21
    assert most_at_once(np.zeros((5, 28, 28), np.float32)) == MOST_EXAMPLES
