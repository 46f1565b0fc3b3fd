"""What a step leaves behind once it is traced."""

import gc

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_search.tuner.training.compiled.updates import keep_gradients
from keras_search.tuner.training.engine import EpochRunner


class _Own(keras.Sequential):
    """A model of the user's own, whose programs are kept no longer than itself."""


def _train(units: int) -> None:
    model = _Own([keras.Input((4,)), keras.layers.Dense(units), keras.layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = np.ones((8, 4), np.float32), np.zeros(8, np.int64)
    EpochRunner(model, data, data, batch_size=4).run(seed=0, epoch=1)


def _graphs() -> int:
    keras.backend.clear_session()
    gc.collect()
    return sum(type(thing).__name__ == "FuncGraph" for thing in gc.get_objects())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_the_graphs_of_a_trained_model_go_with_it() -> None:
    _train(1)
    before = _graphs()
    for units in (2, 3, 4):
        _train(units)
    assert _graphs() == before


def test_an_optimizer_spared_the_sum_over_replicas_makes_the_same_step() -> None:
    steps = []
    for spared in (False, True):
        weights = keras.Variable(np.arange(3.0, dtype=np.float32))
        optimizer = keras.optimizers.Adam(0.1, clipnorm=1.0, weight_decay=0.01)
        optimizer.build([weights])
        if spared:
            keep_gradients(optimizer)
        for _ in range(3):
            optimizer.apply([tf.constant([1.0, -2.0, 0.5])], [weights])
        steps.append(np.asarray(weights.value).tobytes())
    assert steps[0] == steps[1]
