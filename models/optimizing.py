"""The optimization hyperparameters that the built-in hypermodels share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras_search.models.problem import Problem

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters

MOMENTUM = 0.9


def choose_optimizer(hp: HyperParameters, problem: Problem) -> keras.optimizers.Optimizer:
    """Choose the optimizer, its learning rate and schedule, and the batch size that the training will use.

    `sgd` (momentum 0.9) has a learning rate of its own, `sgd_learning_rate`: it needs about 50 times the
    `learning_rate` of the adaptive optimizers, so one range for all would waste most of the draws.
    """
    from keras import optimizers

    name = hp.Choice("optimizer", ["adam", "adamw", "nadam", "rmsprop", "sgd"])
    with hp.conditional_scope("optimizer", ["adam", "adamw", "nadam", "rmsprop"]):
        adaptive_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    with hp.conditional_scope("optimizer", ["sgd"]):
        sgd_rate = hp.Float("sgd_learning_rate", 5e-3, 5e-1, sampling="log", default=5e-2)
    batch_size = hp.Choice("batch_size", [32, 64, 128, 256], default=128)
    rate = sgd_rate if name == "sgd" else adaptive_rate
    if hp.Choice("schedule", ["constant", "cosine"], default="cosine") == "cosine":
        rate = optimizers.schedules.CosineDecay(rate, problem.steps(batch_size))
    if name == "sgd":
        return optimizers.SGD(rate, momentum=MOMENTUM)
    adaptive = {
        "adam": optimizers.Adam,
        "adamw": optimizers.AdamW,
        "nadam": optimizers.Nadam,
        "rmsprop": optimizers.RMSprop,
    }
    return adaptive[name](rate)
