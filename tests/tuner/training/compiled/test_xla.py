"""When XLA compiles an epoch: a function of the model, the batch size and the steps."""

import keras
import pytest

from keras_search.tuner.training.compiled.xla import xla_compiles


def _network(optimizer, *middle):
    layers = [keras.Input((784,)), keras.layers.Dense(512), *middle, keras.layers.Dense(10, "softmax")]
    model = keras.Sequential(layers)
    model.compile(optimizer, "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


def _least(optimizer, batch_size=32, *middle):
    """Give the number of steps, rounded up to hundreds, from which XLA compiles a network."""
    model = _network(optimizer, *middle)
    return next(steps for steps in range(0, 10**6, 100) if xla_compiles(model, batch_size, steps))


def test_xla_compiles_long_trainings():
    """The more it saves in a step, the earlier."""
    least = [_least(name) for name in ("nadam", "rmsprop", "adam", "sgd")]
    assert least == sorted(set(least))
    assert _least("adam", batch_size=256) < _least("adam")


def test_an_optimizer_with_a_kernel_of_its_own_needs_it_less():
    """RMSprop has one with momentum only."""
    assert _least("rmsprop") < _least(keras.optimizers.RMSprop(momentum=0.9))


def test_layers_between_the_products_need_it_more():
    """XLA makes one loop of an activation, a normalisation and a dropout."""
    layers = [keras.layers.BatchNormalization(), keras.layers.Activation("gelu"), keras.layers.Dropout(0.5)]
    least = [_least("adam", 32, *layers[:count]) for count in range(4)]
    assert least == sorted(set(least), reverse=True)


def test_the_choice_is_the_same_each_time():
    """It knows of nothing but the model."""
    assert _least("adam") == _least("adam")


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.GaussianNoise(0.1),
        lambda: keras.layers.Dropout(0.5, noise_shape=(None, 1)),
        lambda: keras.Sequential([keras.layers.Reshape((512, 1)), keras.layers.Conv1D(1, 3), keras.layers.Flatten()]),
    ],
    ids=["noise", "shaped dropout", "convolution"],
)
def test_xla_is_left_out_where_it_is_slow(layer):
    """TensorFlow's random numbers and convolutions are."""
    assert xla_compiles(_network("adam", keras.layers.Dropout(0.5)), 32, 10**6)
    assert not xla_compiles(_network("adam", layer()), 32, 10**6)
