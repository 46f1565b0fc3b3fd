"""The regularizers and constraints of Keras that the kernels apply."""

from typing import Any

import keras
import numpy as np

_PRICES: dict[Any, tuple[str, ...]] = {
    type(None): (),
    keras.regularizers.L1: ("l1",),
    keras.regularizers.L2: ("l2",),
    keras.regularizers.L1L2: ("l1", "l2"),
}


def prices_of(regularizer: Any) -> tuple[float, float]:
    """Return the factors of the absolute values and of the squares of parameters in the loss."""
    names = _PRICES[type(regularizer)]
    first, second = (float(getattr(regularizer, name)) if name in names else 0.0 for name in ("l1", "l2"))
    return first, second


def limit_of(weight: Any) -> float:
    """Return the largest norm that a column of a kernel may have; 0 if there is none."""
    return 0.0 if weight.constraint is None else float(weight.constraint.max_value)


def is_plain(weight: Any, is_kernel: bool) -> bool:
    """Return whether the kernels know how a weight is regularized and constrained, if it is.

    Only the columns of a kernel, of a dense layer or a convolution, may have a largest norm.
    """
    regularizer, constraint = weight.regularizer, weight.constraint
    if type(regularizer) not in _PRICES or not np.isfinite(prices_of(regularizer)).all():
        return False
    if constraint is None:
        return True
    if type(constraint) is not keras.constraints.MaxNorm or not is_kernel:
        return False
    by_column = np.atleast_1d(constraint.axis).tolist() == list(range(len(weight.shape) - 1))
    return by_column and isinstance(constraint.max_value, int | float) and 0 < constraint.max_value < np.inf
