"""What the built-in networks cannot learn from is said in one line."""

from typing import Any

import numpy as np
import pytest

from keras_search.tuner.data import dataset_of
from keras_search.tuner.data.fitness import broken_numbers, unfit_for_builtin

Y = np.arange(6) % 2
X = np.arange(12.0).reshape(6, 2)
HOLED = np.where(X == 3, np.nan, X)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.array(list("abcdef")), Y, "The built-in networks take numbers, x_train holds text. Your own hypermodel "
         "gets it unchanged, for example for a TextVectorization layer; or save the texts as a column of a table."),
        (np.arange(6), Y, "The built-in networks take rows, images or sequences, x_train has shape (6,): reshape it to "
         "(n, 1)."),
        (HOLED, Y, "The built-in networks take finite numbers, 1 of 12 in x_train are NaN or infinite. Your own "
         "hypermodel gets them unchanged."),
        ({"a": X, "b": HOLED}, Y, "The built-in networks take finite numbers, 1 of 12 in the input b are NaN or "
         "infinite. Your own hypermodel gets them unchanged."),
        (np.full((6, 2), 7), Y, "Every number of x_train is 7: nothing can be learned from it. Check how the data were "
         "written."),
        (np.linspace(-3e38, 3e38, 12).reshape(6, 2), Y, "x_train must span a range that fits float32, received -3e+38 "
         "to 3e+38."),
        (X, X.reshape(6, 2, 1), "The built-in networks predict a class or values for each example, y_train holds "
         "arrays of shape (2, 1). Your own hypermodel gets them unchanged."),
        (X, np.array([[1, 1], [0, 0]] * 3), "The built-in networks predict a class or values for each example, "
         "y_train holds 2 labels at once. Your own hypermodel gets them unchanged."),
    ],
)  # fmt: skip
def test_data_for_models_of_the_users_own_alone(x: Any, y: Any, message: str) -> None:
    assert unfit_for_builtin(dataset_of("mine", {"x_train": x, "y_train": y})) == message


@pytest.mark.parametrize("y", [Y, np.eye(2)[Y], np.linspace(0, 1, 6)])
def test_data_for_all(y: Any) -> None:
    assert unfit_for_builtin(dataset_of("mine", {"x_train": X, "y_train": y})) is None


def _with_holes(**parts: Any) -> Any:
    arrays = {f"{side}_{part}": X if side == "x" else Y for part in ("train", "val", "test") for side in "xy"}
    return dataset_of("mine", arrays | parts)


@pytest.mark.parametrize(
    ("parts", "counts"),
    [
        ({"x_test": HOLED}, "1 of 12 in x_test"),
        ({"x_val": np.where(X > 9, np.inf, X)}, "2 of 12 in x_val"),
        ({"x_train": HOLED, "x_test": HOLED}, "1 of 12 in x_train, 1 of 12 in x_test"),
        (
            {"x_train": {"a": X, "b": X}, "x_val": {"a": X, "b": X}, "x_test": {"a": X, "b": HOLED}},
            "1 of 12 in the input b of the test part",
        ),
    ],
)
def test_numbers_that_are_none_are_found_in_every_part(parts: dict[str, Any], counts: str) -> None:
    """A test part with holes would be measured all the same, and a baseline be found worse than it is."""
    dataset = _with_holes(**parts)
    assert unfit_for_builtin(dataset) == (
        f"The built-in networks take finite numbers, {counts} are NaN or infinite. Your own hypermodel gets them "
        "unchanged."
    )
    assert broken_numbers(dataset) == (
        f"{counts} are NaN or infinite. The model gets them unchanged: one that neither masks nor replaces them "
        "fails on them."
    )


def test_whole_numbers_and_texts_hold_nothing_broken() -> None:
    assert broken_numbers(_with_holes()) is None
    assert broken_numbers(dataset_of("mine", {"x_train": np.array(list("abcdef")), "y_train": Y})) is None
