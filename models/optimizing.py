"""The optimization hyperparameters that the built-in hypermodels share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keras_search.models.problem import Problem

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters

MOMENTUM = 0.9


@dataclass(frozen=True)
class OptimizerChoice:
    """The hyperparameters of an optimizer; `decays`: its learning rate falls as a cosine to the end of training."""

    name: str
    learning_rate: float
    batch_size: int
    decays: bool


def choose_optimizer(hp: HyperParameters) -> OptimizerChoice:
    """Choose the optimizer, its learning rate and schedule, and the batch size that the training will use.

    `sgd` (momentum 0.9) has a learning rate of its own, `sgd_learning_rate`: it needs about 50 times the
    `learning_rate` of the adaptive optimizers, so one range for all would waste most of the draws.
    """
    name = hp.Choice("optimizer", ["adam", "adamw", "nadam", "rmsprop", "sgd"])
    with hp.conditional_scope("optimizer", ["adam", "adamw", "nadam", "rmsprop"]):
        adaptive_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    with hp.conditional_scope("optimizer", ["sgd"]):
        sgd_rate = hp.Float("sgd_learning_rate", 5e-3, 5e-1, sampling="log", default=5e-2)
    batch_size = hp.Choice("batch_size", [32, 64, 128, 256], default=128)
    decays = hp.Choice("schedule", ["constant", "cosine"], default="cosine") == "cosine"
    return OptimizerChoice(name, sgd_rate if name == "sgd" else adaptive_rate, batch_size, decays)


def make_optimizer(choice: OptimizerChoice, problem: Problem) -> keras.optimizers.Optimizer:
    """Return the chosen optimizer."""
    from keras import optimizers

    rate = choice.learning_rate
    if choice.decays:
        rate = optimizers.schedules.CosineDecay(rate, problem.steps(choice.batch_size))
    if choice.name == "sgd":
        return optimizers.SGD(rate, momentum=MOMENTUM)
    adaptive = {
        "adam": optimizers.Adam,
        "adamw": optimizers.AdamW,
        "nadam": optimizers.Nadam,
        "rmsprop": optimizers.RMSprop,
    }
    return adaptive[choice.name](rate)
