"""Optimizers that average weights (`use_ema=True`): what `model.fit` puts into a model only when it ends."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from keras_search.tuner.system import tf_private


def settle(model: keras.Model) -> None:
    """Leave a model as `model.fit` leaves it when its last epoch is over, with the averages for weights.

    A model that has not learned has no averages.
    """
    optimizer = getattr(model, "optimizer", None)
    if isinstance(optimizer, keras.optimizers.Optimizer) and int(optimizer.iterations):
        optimizer.finalize_variable_values(model.trainable_weights)


@contextmanager
def unsettled(model: keras.Model) -> Iterator[None]:
    """Keep a `model.fit` that is not the last from putting the averages into the model, which is to learn on."""
    own = vars(model.optimizer)
    own["finalize_variable_values"] = lambda _: None
    try:
        yield
    finally:
        del own["finalize_variable_values"]


def averages_weights(model: keras.Model) -> bool:
    """Whether what a model is scored by in an epoch is not what it is kept with."""
    return any(getattr(optimizer, "use_ema", False) for optimizer in _optimizers(model))


@contextmanager
def unswapped(swaps: Iterable[keras.callbacks.SwapEMAWeights]) -> Iterator[None]:
    """Have the weights in the model and their averages in the optimizer, where Keras' callback has changed them about.

    A fit that continues from there, and `settle`, take them to be so.
    """
    changed = [pair for swap in swaps if tf_private.has_averages_in_model(swap) for pair in _pairs(swap.model)]
    values = [(weight.numpy(), average.numpy()) for weight, average in changed]
    for (weight, average), (in_model, in_optimizer) in zip(changed, values, strict=True):
        weight.assign(in_optimizer)
        average.assign(in_model)
    try:
        yield
    finally:
        for (weight, average), (in_model, in_optimizer) in zip(changed, values, strict=True):
            weight.assign(in_model)
            average.assign(in_optimizer)


def _pairs(model: keras.Model) -> Iterator[tuple[Any, Any]]:
    """Give each trained weight of a model with its average."""
    for optimizer in _optimizers(model):
        if getattr(optimizer, "use_ema", False):
            trained = tf_private.own_trainable_variables(optimizer)
            yield from zip(trained, tf_private.moving_averages(optimizer), strict=True)


def _optimizers(model: keras.Model) -> list[Any]:
    """List the optimizers that a model's is made of."""
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return list(getattr(optimizer, "optimizers", [optimizer]))
