"""Check whether a value is possible for its name: an accuracy of 2.4 is not, nor is a cross-entropy of -3."""

import math
import re
from typing import Any

import keras

from keras_search.errors import KerasSearchError
from keras_search.tuner.system import tf_private

SHARES = {"accuracy", "acc", "precision", "recall", "auc", "f1", "iou", "dice"}
"""Words for a share between 0 and 1, unless one of `DIFFERENCES` is in the name as well."""
DIFFERENCES = {"loss", "error", "neg", "negative", "minus", "log"}
DISTANCES = (
    *("mean_squared_error", "mean_absolute_error", "root_mean_squared_error", "mean_absolute_percentage_error"),
    *("mean_squared_logarithmic_error", "crossentropy", "mse", "mae", "rmse", "mape", "msle", "hinge", "huber"),
)
"""The endings of names of metrics that are never below 0."""
_NEVER_NEGATIVE = {
    *("meansquarederror", "mse", "meanabsoluteerror", "mae", "meanabsolutepercentageerror", "mape"),
    *("meansquaredlogarithmicerror", "msle", "huber", "logcosh", "hinge", "squaredhinge", "categoricalhinge"),
    *("binarycrossentropy", "binaryfocalcrossentropy", "categoricalcrossentropy", "categoricalfocalcrossentropy"),
    *("sparsecategoricalcrossentropy",),
}
"""Keras losses that are never below 0 on the targets that they are made for."""
_ROUNDING = 1e-5


class UnbelievableError(KerasSearchError):
    """Raised if a value is impossible for its name."""


def check_belief(name: str, value: float | None, model: keras.Model, composed: bool = False) -> None:
    """Make sure that the value of a metric is possible; NaN is handled elsewhere.

    A value that a user's `fit` has `composed`, such as an accuracy minus a penalty, may be below 0.

    Raises:
        UnbelievableError: a share is not between 0 and 1, or an error or a Keras loss is below 0.
    """
    if value is None or not math.isfinite(value) or (composed and value <= 0):
        return
    words = set(re.split(r"[_\W]+", name.lower()))
    if words & SHARES and not words & DIFFERENCES and not -_ROUNDING <= value <= 1 + _ROUNDING:
        raise UnbelievableError(
            f"{name} was {value:.5g}, expected a share between 0 and 1: report it as one, or under "
            "another name, or return a single number from fit, where less is better."
        )
    if value < -_ROUNDING and _is_distance(name, words, model):
        raise UnbelievableError(
            f"{name} was {value:.5g}, but is never below 0 on the targets that it is made for: check the targets "
            "(a cross-entropy takes classes or numbers between 0 and 1) and the loss."
        )


def _is_distance(name: str, words: set[str], model: keras.Model) -> bool:
    plain = name.lower().endswith(DISTANCES) and not words & {"neg", "negative", "minus"}
    return plain or (name.removeprefix("val_") == "loss" and _loss_is_distance(model))


def _loss_is_distance(model: keras.Model) -> bool:
    """Return whether all parts of a model's loss are Keras's own and never below 0."""
    if not getattr(model, "compiled", False) or model.losses:
        return False
    try:
        compiled = tf_private.compiled_loss(model)
    except tf_private.PrivatePartError:  # unknown ones are believed
        return False
    if compiled is None:
        return False
    loss, weights = compiled
    own = any(
        "compute_loss" in vars(kind) for kind in type(model).__mro__ if kind.__module__.partition(".")[0] != "keras"
    )
    if own or weights is not None:
        return False
    losses = keras.tree.flatten(loss)
    return bool(losses) and all(_plain_name(loss) in _NEVER_NEGATIVE for loss in losses)


def _plain_name(loss: Any) -> str:
    """Return the name of a Keras loss, without underscores; "" for any other."""
    if isinstance(loss, str):
        return loss.lower().replace("_", "")
    named = loss if hasattr(loss, "__name__") else type(loss)
    own = str(getattr(named, "__module__", "")).partition(".")[0] == "keras"
    return named.__name__.lower().replace("_", "") if own else ""
