"""A user's own code draws the same numbers after the same seed, and keeps what was compiled where it draws none."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from keras_search.tuner.training.compiled import fresh_start


def drawn() -> list[float]:
    """Draw from every global generator, with and without a seed of the operation's own."""
    return [
        random.random(),
        float(np.random.rand()),
        float(tf.random.normal(())),
        float(tf.random.uniform((), seed=3)),
        float(tf.random.uniform((), seed=3)),
        float(keras.random.normal(())),
    ]


def test_the_numbers_are_those_of_keras() -> None:
    keras.utils.set_random_seed(7)
    expected = drawn()
    fresh_start.begin_anew(7)
    assert drawn() == expected
    fresh_start.begin_anew(7)
    assert drawn() == expected
    fresh_start.begin_anew(8)
    assert drawn()[2] != expected[2]


def test_functions_draw_the_same_after_the_same_seed() -> None:
    def traced() -> list[float]:
        draw = tf.function(lambda: tf.random.normal(()))
        return [float(draw()), float(draw())]

    fresh_start.begin_anew(7)
    first = traced()
    fresh_start.begin_anew(7)
    assert traced() == first


@pytest.mark.slow
def test_the_caches_are_emptied_only_where_something_was_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    emptied: list[int] = []
    original = context.Context._set_global_seed

    def noting(eager: context.Context, seed: int) -> None:
        emptied.append(seed)
        original(eager, seed)

    monkeypatch.setattr(context.Context, "_set_global_seed", noting)
    monkeypatch.setattr(fresh_start, "_DRAWS", fresh_start._Draws())
    drawn()
    fresh_start.begin_anew(1)
    fresh_start.begin_anew(2)
    keras.layers.Dense(2).build((None, 2))
    fresh_start.begin_anew(3)
    assert emptied == [1]
    tf.random.normal(())
    fresh_start.begin_anew(4)
    assert emptied == [1, 4]
    fresh_start.keep_nothing()
    fresh_start.begin_anew(5)
    fresh_start.begin_anew(6)
    assert emptied == [1, 4, 5]


def test_a_function_that_was_traced_before_draws_anew() -> None:
    """What it draws from is in TensorFlow's caches, and no operation asks for its seed again."""
    fresh_start.begin_anew(0)
    draw = tf.function(lambda: tf.random.uniform(()))
    draw()
    fresh_start.begin_anew(1)
    first = [float(draw()), float(draw())]
    for _ in range(3):
        fresh_start.begin_anew(1)
        assert [float(draw()), float(draw())] == first


def test_what_was_set_for_the_whole_process_is_as_it_was_at_first() -> None:
    keras.config.set_floatx("float64")
    keras.config.set_epsilon(0.5)
    keras.config.set_image_data_format("channels_first")
    keras.config.set_dtype_policy("mixed_bfloat16")
    tf.config.run_functions_eagerly(True)
    fresh_start.begin_anew(0)
    assert (keras.config.floatx(), keras.config.epsilon()) == ("float32", 1e-7)
    assert (keras.config.image_data_format(), keras.config.dtype_policy().name) == ("channels_last", "float32")
    assert not tf.config.functions_run_eagerly()


def test_the_global_generator_of_tensorflow_is_seeded() -> None:
    drawn_after = []
    for _ in range(2):
        fresh_start.begin_anew(5)
        drawn_after.append(float(tf.random.get_global_generator().normal(())))
    assert drawn_after[0] == drawn_after[1]
