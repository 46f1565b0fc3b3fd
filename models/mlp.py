"""Hypermodels of fully connected networks, ordinary KerasTuner functions `build(hp)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_search.models.assembling import assembled, compile_for, flattened, heads
from keras_search.models.blocks import ACTIVATIONS, NORMALIZATIONS, activated, dropout
from keras_search.models.builtin import BuiltIn
from keras_search.models.optimizing import OptimizerChoice, choose_optimizer, make_optimizer
from keras_search.models.problem import Problem

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters

MAX_LAYERS = 4


@dataclass(frozen=True)
class Mlp:
    """The hyperparameters of a network; `hidden` are the units and the dropout rate of each layer."""

    activation: str
    normalization: str
    input_rate: float
    hidden: tuple[tuple[int, float], ...]
    optimizer: OptimizerChoice


def mlp(problem: Problem) -> BuiltIn[Mlp]:
    """Return the build function that searches layers, regularization, optimizer, learning rate and batch size.

    Units and dropout rate of a layer exist only if the network has that layer; `input_dropout` drops pixels,
    which on MNIST is worth more than wider layers. The largest network, four layers of 512, has
    1.2 million parameters on 28x28 images.
    """

    def make(chosen: Mlp) -> keras.Model:
        import keras

        network = [*flattened(problem), *dropout(chosen.input_rate)]
        for units, rate in chosen.hidden:
            network += activated(keras.layers.Dense(units), chosen.activation, chosen.normalization, rate)
        model = assembled(problem, network, heads(problem))
        return compile_for(problem, model, make_optimizer(chosen.optimizer, problem))

    return BuiltIn(_choose, make)


def _choose(hp: HyperParameters) -> Mlp:
    depth = hp.Int("layers", 1, MAX_LAYERS, default=2)
    activation = hp.Choice("activation", ACTIVATIONS)
    normalization = hp.Choice("batch_normalization", NORMALIZATIONS)
    input_rate = hp.Choice("input_dropout", [0.0, 0.1, 0.2])
    hidden = []
    for number in range(1, MAX_LAYERS + 1):
        with hp.conditional_scope("layers", list(range(number, MAX_LAYERS + 1))):
            units = hp.Int(f"units_{number}", 128, 512, step=2, sampling="log", default=256)
            rate = hp.Choice(f"dropout_{number}", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], default=0.2)
        hidden.append((units, rate))
    return Mlp(activation, normalization, input_rate, tuple(hidden[:depth]), choose_optimizer(hp))


def lr_batch(problem: Problem) -> BuiltIn[float]:
    """Return the build function of the 128-64 network in nine settings: three learning rates, three batch sizes."""

    def choose(hp: HyperParameters) -> float:
        learning_rate: float = hp.Choice("learning_rate", [0.0001, 0.001, 0.01])
        hp.Choice("batch_size", [32, 64, 128])
        return learning_rate

    def make(learning_rate: float) -> keras.Model:
        import keras

        hidden = [keras.layers.Dense(128, activation="relu"), keras.layers.Dense(64, activation="relu")]
        model = assembled(problem, [*flattened(problem), *hidden], heads(problem))
        return compile_for(problem, model, keras.optimizers.Adam(learning_rate))

    return BuiltIn(choose, make)
