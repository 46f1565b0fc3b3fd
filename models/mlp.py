"""Hypermodels of fully connected networks, ordinary KerasTuner functions `build(hp)`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keras_search.models.assembling import assembled, compile_for, flattened, heads
from keras_search.models.blocks import ACTIVATIONS, NORMALIZATIONS, activated, dropout
from keras_search.models.optimizing import choose_optimizer
from keras_search.models.problem import Problem

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters

MAX_LAYERS = 4


def mlp(problem: Problem) -> Callable[[HyperParameters], keras.Model]:
    """Return the build function that searches layers, regularization, optimizer, learning rate and batch size.

    Units and dropout rate of a layer exist only if the network has that layer; `input_dropout` drops pixels,
    which on MNIST is worth more than wider layers. The largest network, four layers of 512, has
    1.2 million parameters on 28x28 images.
    """

    def build(hp: HyperParameters) -> keras.Model:
        import keras

        depth = hp.Int("layers", 1, MAX_LAYERS, default=2)
        activation = hp.Choice("activation", ACTIVATIONS)
        normalization = hp.Choice("batch_normalization", NORMALIZATIONS)
        input_rate = hp.Choice("input_dropout", [0.0, 0.1, 0.2])
        network = [*flattened(problem), *dropout(input_rate)]
        for number in range(1, MAX_LAYERS + 1):
            with hp.conditional_scope("layers", list(range(number, MAX_LAYERS + 1))):
                units = hp.Int(f"units_{number}", 128, 512, step=2, sampling="log", default=256)
                rate = hp.Choice(f"dropout_{number}", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], default=0.2)
            if number <= depth:
                network += activated(keras.layers.Dense(units), activation, normalization, rate)
        model = assembled(problem, network, heads(problem))
        return compile_for(problem, model, choose_optimizer(hp, problem))

    return build


def lr_batch(problem: Problem) -> Callable[[HyperParameters], keras.Model]:
    """Return the build function of the 128-64 network in nine settings: three learning rates, three batch sizes."""

    def build(hp: HyperParameters) -> keras.Model:
        import keras

        learning_rate = hp.Choice("learning_rate", [0.0001, 0.001, 0.01])
        hp.Choice("batch_size", [32, 64, 128])
        hidden = [keras.layers.Dense(128, activation="relu"), keras.layers.Dense(64, activation="relu")]
        model = assembled(problem, [*flattened(problem), *hidden], heads(problem))
        return compile_for(problem, model, keras.optimizers.Adam(learning_rate))

    return build
