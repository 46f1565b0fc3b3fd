"""Optimizers that average weights (`use_ema=True`), which `model.fit` copies into the model only at its end."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import keras

from keras_search.tuner.system import tf_private


def settle(model: keras.Model) -> None:
    """Finish a model as `model.fit` does after its last epoch, with the averages as weights.

    A model that was never trained has no averages.
    """
    optimizer = getattr(model, "optimizer", None)
    if isinstance(optimizer, keras.optimizers.Optimizer) and int(optimizer.iterations):
        optimizer.finalize_variable_values(model.trainable_weights)


@contextmanager
def unsettled(model: keras.Model) -> Iterator[None]:
    """Keep a `model.fit` that is not the last from copying the averages into the model, which continues to train."""
    own = vars(model.optimizer)
    own["finalize_variable_values"] = lambda _: None
    try:
        yield
    finally:
        del own["finalize_variable_values"]


def averages_weights(model: keras.Model) -> bool:
    """Return whether the weights that an epoch is scored by are not those that the model is saved with."""
    return any(getattr(optimizer, "use_ema", False) for optimizer in _optimizers(model))


@contextmanager
def unswapped(swaps: Iterable[keras.callbacks.SwapEMAWeights]) -> Iterator[None]:
    """Swap the weights back into the model and their averages into the optimizer, after Keras's callback.

    A fit that continues from there, and `settle`, rely on this.
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
    """Yield each trained weight of a model with its average."""
    for optimizer in _optimizers(model):
        if getattr(optimizer, "use_ema", False):
            trained = tf_private.own_trainable_variables(optimizer)
            yield from zip(trained, tf_private.moving_averages(optimizer), strict=True)


def _optimizers(model: keras.Model) -> list[Any]:
    """List the optimizers inside a model's optimizer."""
    optimizer = getattr(model, "optimizer", None)
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return list(getattr(optimizer, "optimizers", [optimizer]))
