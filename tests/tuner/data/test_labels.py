"""What is to be predicted is told apart by its type, shape and values."""

from typing import Any

import numpy as np
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data.arrays import checked_arrays
from keras_search.tuner.data.labels import kind_of_labels

ONE_HOT = np.eye(3, dtype=np.float32)[[0, 1, 2, 0]]


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (np.array([0, 1, 2, 0]), "classes"),
        (np.array([[0], [1], [1], [0]]), "classes"),
        (np.array([0.0, 1.0, 1.0, 0.0]), "classes"),
        (ONE_HOT, "classes"),
        (ONE_HOT.astype(int), "classes"),
        (np.array([[1, 1, 0], [0, 0, 1]]), "other"),
        (np.array([[1.0, 1.0], [0.0, 0.0]]), "other"),
        (np.zeros((4, 8, 8), np.int32), "other"),
        (np.random.default_rng(0).random((4, 8, 8, 1)), "other"),
        (np.array([0.5, 1.5, 2.0, 3.0]), "values"),
        (np.array([[0.5, 1.0], [0.1, 0.2]]), "values"),
        (np.array([[3, 4], [5, 6]]), "values"),
        (np.arange(4) * 1000 + 7, "classes"),
    ],
)
def test_kind_of_labels(y: Any, kind: str) -> None:
    assert kind_of_labels(y) == kind


def checked(y: Any, **more: Any) -> Any:
    return checked_arrays({"x_train": np.arange(len(y) * 2).reshape(-1, 2), "y_train": y, **more}, "data")


def test_one_hot_labels_name_classes_and_are_kept_as_they_were_given() -> None:
    found = checked(ONE_HOT)
    assert found.arrays["y_train"].tolist() == [0, 1, 2, 0]
    assert found.labels["train"] is not found.arrays["y_train"]
    np.testing.assert_array_equal(found.labels["train"], ONE_HOT)
    assert found.labels["train"].dtype == np.float32


@pytest.mark.parametrize("y", [np.array([[0], [1], [0]]), np.array([0.0, 1, 0]), np.array([0, 1, 0], np.uint8)])
def test_labels_keep_their_shape_and_type_beside_what_they_mean(y: Any) -> None:
    found = checked(y)
    assert found.arrays["y_train"].tolist() == [0, 1, 0]
    assert (found.labels["train"].shape, found.labels["train"].dtype) == (y.shape, y.dtype)


def test_labels_that_are_what_they_mean_are_kept_once() -> None:
    assert checked(np.array([0, 1, 0])).labels == {}


def test_several_labels_at_once_stay_as_they_are() -> None:
    y = np.array([[1, 1, 0], [0, 0, 1]])
    found = checked(y)
    np.testing.assert_array_equal(found.arrays["y_train"], y)
    assert (found.kinds, found.labels) == ({"": "other"}, {})


def test_values_of_an_image_must_be_finite() -> None:
    y = np.zeros((3, 2, 2))
    y[1, 0, 1] = np.nan
    with pytest.raises(UsageError, match=r"^y_train of data must be finite numbers, received 0\.0 at index 1\.$"):
        checked(y)


def test_the_labels_of_a_validation_set_must_be_known_classes() -> None:
    with pytest.raises(UsageError, match=r"^y_val of data must hold only classes of y_train, 0 to 1, received 2 at"):
        checked(np.array([0, 1, 0]), x_val=np.ones((1, 2)), y_val=np.array([2]))
