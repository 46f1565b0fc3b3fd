"""The metric that a study optimises: its default, and which direction is better."""

import re
from collections.abc import Collection, Sequence
from typing import Literal

from keras_search.errors import UsageError
from keras_search.models.problem import Target

AUTO: Literal["auto"] = "auto"
"""The objective is chosen by the data."""
DEFAULT_OBJECTIVE = "default_objective"
"""keras-tuner's name for a number that the user's own `fit` returns; less is better."""
_DIRECTIONS = {
    "max": ("acc", "auc", "precision", "recall", "f1", "r2", "iou"),
    "min": ("loss", "error", "mse", "mae", "rmse", "mape", "msle", "entropy"),
}


def default_objective(targets: Sequence[Target], metrics: Collection[str]) -> str:
    """Return the default: what the model's own `fit` returns, accuracy for classes, error or loss for values.

    An accuracy may have another name, such as `val_acc` or `val_sparse_categorical_accuracy`.
    """
    if DEFAULT_OBJECTIVE in metrics:
        return DEFAULT_OBJECTIVE
    prefix = f"val_{targets[0].name}_" if len(targets) > 1 else "val_"
    if targets[0].classifies:
        others = (name for name in metrics if name.startswith(prefix) and name.endswith(("acc", "accuracy")))
        return f"{prefix}accuracy" if f"{prefix}accuracy" in metrics else next(others, f"{prefix}accuracy")
    return next((name for name in (f"{prefix}mean_absolute_error", f"{prefix}mae") if name in metrics), "val_loss")


def infer_direction(objective: str) -> str:
    """Infer "max" or "min" for the metric `objective`, from the last known word in its name.

    Raises:
        UsageError: the name does not say.
    """
    if objective == DEFAULT_OBJECTIVE:
        return "min"
    for word in reversed(re.split(r"[_\W]+", objective.lower())):
        for direction, parts in _DIRECTIONS.items():
            if word.startswith(parts) or word.endswith(parts):
                return direction
    raise UsageError(
        f"The name {objective!r} does not say whether higher or lower is better: add --direction max or min."
    )
