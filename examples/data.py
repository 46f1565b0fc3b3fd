"""Your own data sets: functions that return `((x_train, y_train), (x_test, y_test))`, arrays or dicts of arrays.

    keras-search start --dataset examples/data.py:progression --hypermodel examples/regression.py:build_model

Whole numbers to predict are classes, fractions are values. `keras-search data examples/data.py:progression` shows
how one is read.
"""

import numpy as np
from sklearn.datasets import load_diabetes, load_digits

Split = tuple[np.ndarray, np.ndarray]
Inputs = dict[str, np.ndarray]


def digits_and_ink() -> tuple[tuple[Inputs, Inputs], tuple[Inputs, Inputs]]:
    """Return the upper half of each of scikit-learn's digits, and how much ink the lower half has in each column.

    The targets are the digit and the ink of the whole, as a share of the paper.
    """
    images, digits = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8)
    x = {
        "image": images[:, :4].astype(np.uint8),
        "columns": (images[:, 4:].sum(axis=1) / 64).astype(np.float32),
    }
    y = {"digit": digits, "ink": images.mean(axis=(1, 2), keepdims=True)[:, 0] / 16}
    train, test = shares(len(digits))
    return (taken(x, train), taken(y, train)), (taken(x, test), taken(y, test))


def progression() -> tuple[Split, Split]:
    """Return ten measurements of 442 patients, and how far their diabetes had progressed after a year."""
    x, y = load_diabetes(return_X_y=True)
    train, test = shares(len(y))
    return (x[train], y[train]), (x[test], y[test])


def shares(examples: int) -> Split:
    """Draw four fifths of the examples to train on and one to test on, always the same."""
    order = np.random.default_rng(0).permutation(examples)
    return order[examples // 5 :], order[: examples // 5]


def taken(arrays: Inputs, index: np.ndarray) -> Inputs:
    """Return the examples at `index`."""
    return {name: array[index] for name, array in arrays.items()}
