"""What the built-in networks cannot learn from is said in one line."""

from typing import Any

import numpy as np
import pytest

from keras_search.tuner.data import dataset_of
from keras_search.tuner.data.fitness import unfit_for_builtin

Y = np.arange(6) % 2
X = np.arange(12.0).reshape(6, 2)
HOLED = np.where(X == 3, np.nan, X)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.array(list("abcdef")), Y, "The built-in networks take numbers, x_train holds text. A hypermodel of your "
         "own gets it as it is, for instance for a TextVectorization; or save the texts as a column of a table."),
        (np.arange(6), Y, "The built-in networks take rows, images or sequences, x_train has shape (6,): give it as "
         "(n, 1)."),
        (HOLED, Y, "The built-in networks take finite numbers, 1 of 12 in x_train are NaN or infinite. A hypermodel of "
         "your own gets them as they are."),
        ({"a": X, "b": HOLED}, Y, "The built-in networks take finite numbers, 1 of 12 in the input b are NaN or "
         "infinite. A hypermodel of your own gets them as they are."),
        (np.full((6, 2), 7), Y, "Every number of x_train is 7: nothing can be learned of it. Check how the data were "
         "written."),
        (np.linspace(-3e38, 3e38, 12).reshape(6, 2), Y, "x_train must span a range that fits float32, received -3e+38 "
         "to 3e+38."),
        (X, X.reshape(6, 2, 1), "The built-in networks predict a class or values for each example, y_train holds "
         "arrays of shape (2, 1). A hypermodel of your own gets them as they are."),
        (X, np.array([[1, 1], [0, 0]] * 3), "The built-in networks predict a class or values for each example, "
         "y_train holds 2 labels at once. A hypermodel of your own gets them as they are."),
    ],
)  # fmt: skip
def test_data_for_models_of_the_users_own_alone(x: Any, y: Any, message: str) -> None:
    assert unfit_for_builtin(dataset_of("mine", {"x_train": x, "y_train": y})) == message


@pytest.mark.parametrize("y", [Y, np.eye(2)[Y], np.linspace(0, 1, 6)])
def test_data_for_all(y: Any) -> None:
    assert unfit_for_builtin(dataset_of("mine", {"x_train": X, "y_train": y})) is None
