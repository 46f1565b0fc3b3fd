"""Whether a value can be what its name says: an accuracy of 2.4 is none, nor is a cross-entropy of -3."""

import math
import re
from typing import Any

import keras

from keras_search.errors import KerasSearchError
from keras_search.tuner.system import tf_private

SHARES = {"accuracy", "acc", "precision", "recall", "auc", "f1", "iou", "dice"}
"""Words that name a share between 0 and 1, where none of `DIFFERENCES` is in the name as well."""
DIFFERENCES = {"loss", "error", "neg", "negative", "minus", "log"}
DISTANCES = (
    *("mean_squared_error", "mean_absolute_error", "root_mean_squared_error", "mean_absolute_percentage_error"),
    *("mean_squared_logarithmic_error", "crossentropy", "mse", "mae", "rmse", "mape", "msle", "hinge", "huber"),
)
"""What the names of metrics end in that are never below 0."""
_NEVER_NEGATIVE = {
    *("meansquarederror", "mse", "meanabsoluteerror", "mae", "meanabsolutepercentageerror", "mape"),
    *("meansquaredlogarithmicerror", "msle", "huber", "logcosh", "hinge", "squaredhinge", "categoricalhinge"),
    *("binarycrossentropy", "binaryfocalcrossentropy", "categoricalcrossentropy", "categoricalfocalcrossentropy"),
    *("sparsecategoricalcrossentropy",),
}
"""Keras' own losses that are never below 0 on targets that they are made for."""
_ROUNDING = 1e-5


class UnbelievableError(KerasSearchError):
    """Say that a value is none that its name can stand for."""


def check_belief(name: str, value: float | None, model: keras.Model, composed: bool = False) -> None:
    """Make sure that the value of a metric can be one; what is no number is another matter.

    One that a user's `fit` has `composed` under a name, such as an accuracy less a penalty, may be below 0.

    Raises:
        UnbelievableError: a share is not between 0 and 1, or an error or a loss of Keras' own is below 0.
    """
    if value is None or not math.isfinite(value) or (composed and value <= 0):
        return
    words = set(re.split(r"[_\W]+", name.lower()))
    if words & SHARES and not words & DIFFERENCES and not -_ROUNDING <= value <= 1 + _ROUNDING:
        raise UnbelievableError(
            f"{name} came out as {value:.5g}, where a share between 0 and 1 was expected: report it as one, or under "
            "another name, or return a number alone from fit, of which less is better."
        )
    if value < -_ROUNDING and _is_distance(name, words, model):
        raise UnbelievableError(
            f"{name} came out as {value:.5g}, which is never below 0 on targets that it is made for: check the targets "
            "(a cross-entropy takes classes or numbers between 0 and 1) and the loss."
        )


def _is_distance(name: str, words: set[str], model: keras.Model) -> bool:
    plain = name.lower().endswith(DISTANCES) and not words & {"neg", "negative", "minus"}
    return plain or (name.removeprefix("val_") == "loss" and _loss_is_distance(model))


def _loss_is_distance(model: keras.Model) -> bool:
    """Whether all that a model's loss adds up is Keras' own and never below 0."""
    if not getattr(model, "compiled", False) or model.losses:
        return False
    try:
        compiled = tf_private.compiled_loss(model)
    except tf_private.PrivatePartError:  # what cannot be told is believed
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
    """Give the name of a loss of Keras' own, without its joints; "" for any other."""
    if isinstance(loss, str):
        return loss.lower().replace("_", "")
    named = loss if hasattr(loss, "__name__") else type(loss)
    own = str(getattr(named, "__module__", "")).partition(".")[0] == "keras"
    return named.__name__.lower().replace("_", "") if own else ""
