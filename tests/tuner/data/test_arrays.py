"""Each way in which the arrays of a data set can be wrong is answered with its own line."""

from typing import Any

import numpy as np
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data.arrays import checked_arrays
from keras_search.tuner.data.labels import checked_class_names
from keras_search.tuner.data.tree import leaves


def arrays(**changes: Any) -> dict[str, Any]:
    """Give sound arrays, three classes of 2x2 images, with some replaced."""
    x = np.arange(24, dtype=np.uint8).reshape(6, 2, 2)
    y = np.array([0, 1, 2, 0, 1, 2])
    return {"x_train": x, "y_train": y, "x_test": x[:3], "y_test": y[:3], **changes}


WRONG = {
    "complex pixels": (
        {"x_test": np.zeros((3, 2, 2), complex)},
        "x_test of data must be numbers or text, received complex128. Save them as uint8 or float32.",
    ),
    "scalar images": (
        {"x_train": np.array(3)},
        "x_train of data must hold examples along its first axis, shape (n, ...), received ().",
    ),
    "no images": (
        {"x_train": np.zeros((0, 2, 2))},
        "x_train and y_train of data must have the same length, received 0 examples and 6 labels.",
    ),
    "no examples": (
        {"x_train": np.zeros((0, 2, 2)), "y_train": np.zeros(0, int)},
        "x_train and y_train of data must hold examples, received none.",
    ),
    "text labels": (
        {"y_train": np.array(list("abcabc"))},
        "y_train of data must be whole numbers, received <U1. "
        "Number the classes: class_names, y = numpy.unique(labels, return_inverse=True).",
    ),
    "a scalar label": (
        {"y_test": np.array(1)},
        "y_test of data must be one label per example, shape (n,), (n, 1) or one-hot, received ().",
    ),
    "NaN labels": (
        {"y_train": np.array([0, 1, 2, 0, 1, np.nan])},
        "y_train of data must be whole numbers, received nan at index 5.",
    ),
    "NaN values": (
        {"y_train": np.array([0, 1.5, 2, 0, 1, np.nan])},
        "y_train of data must be finite numbers, received nan at index 5.",
    ),
    "values in other shapes": (
        {"y_train": np.full((6, 2), 0.5), "y_test": np.full((3, 1), 0.5)},
        "y_train and y_test of data must hold values of one shape, received (2,) and (1,).",
    ),
    "other inputs": (
        {"x_train": {"left": np.zeros((6, 2)), "right": np.zeros((6, 2))}, "x_test": {"left": np.zeros((3, 2))}},
        "x_train and x_test of data must have the same names, received ['left', 'right'] and ['left'].",
    ),
    "inputs of other lengths": (
        {"x_train": {"left": np.zeros((6, 2)), "right": np.zeros((5, 2))}},
        "The arrays of the training part of data must have one length, received left 6, right 5, y 6.",
    ),
    "an input with a slash": (
        {"x_train": {"kg/m": np.zeros((6, 2))}},
        "The input 'kg/m' of data must have a name that Keras accepts: not empty, without /. "
        "Rename it, for instance to 'kg_m'.",
    ),
    "an input without a name": (
        {"x_train": {"": np.zeros((6, 2))}},
        "The input '' of data must have a name that Keras accepts: not empty, without /. Rename it, for instance to "
        "'x'.",
    ),
    "an output beyond ASCII": (
        {"y_train": {"größe": np.array([0, 1, 2, 0, 1, 2])}},
        "The output 'größe' of data must have a name that Keras accepts: letters a-z, digits, and _ . - > alone. "
        "Rename it, for instance to 'gr__e'.",
    ),
    "an output without a name": (
        {"y_train": {"": np.array([0, 1, 2, 0, 1, 2])}},
        "The output '' of data must have a name that Keras accepts: letters a-z, digits, and _ . - > alone. "
        "Rename it, for instance to 'y'.",
    ),
    "an input and an output of one name": (
        {"x_train": {"age": np.zeros((6, 2))}, "y_train": {"age": np.array([0, 1, 2, 0, 1, 2])}},
        "An input and an output of data have the name 'age', which Keras allows once in a model. Rename one of them.",
    ),
    "negative labels": (
        {"y_train": np.array([0, 1, 2, -1, 1, 2])},
        "y_train of data must be 0 or more, received -1 at index 3. "
        "Drop the examples without a label, or number the classes from 0.",
    ),
    "labels of a hinge loss": (
        {"y_train": np.array([1, -1, -1, 1, 1, -1])},
        "y_train of data holds -1 and 1: number the classes 0 and 1, which Keras' hinge losses accept as well.",
    ),
    "lengths": (
        {"y_train": np.array([0, 1, 2])},
        "x_train and y_train of data must have the same length, received 6 examples and 3 labels.",
    ),
    "test lengths": (
        {"y_test": np.array([], int)},
        "x_test and y_test of data must have the same length, received 3 examples and 0 labels.",
    ),
    "image shapes": (
        {"x_test": np.zeros((3, 2, 3))},
        "x_train and x_test of data must hold examples of one shape, received (2, 2) and (2, 3).",
    ),
    "a class missing": (
        {"y_train": np.array([0, 0, 2, 0, 2, 2])},
        "y_train of data must hold every class from 0 to 2, class 1 has no example. "
        "Number the classes without a gap: numpy.unique(labels, return_inverse=True); or, if they are values to "
        "predict: --task regression.",
    ),
    "labels from 1": (
        {"y_train": np.array([1, 2, 3, 1, 2, 3])},
        "y_train of data must hold every class from 0 to 3, class 0 has no example. "
        "Number the classes without a gap: numpy.unique(labels, return_inverse=True); or, if they are values to "
        "predict: --task regression.",
    ),
    "a giant label": (
        {"y_train": np.array([0, 1, 2, 0, 1, 10**15])},
        "y_train of data must hold every class from 0 to 1000000000000000, class 3 has no example. "
        "Number the classes without a gap: numpy.unique(labels, return_inverse=True); or, if they are values to "
        "predict: --task regression.",
    ),
    "one class": (
        {"y_train": np.zeros(6, int)},
        "y_train of data must hold at least 2 classes, received only class 0.",
    ),
    "a test label unknown": (
        {"y_test": np.array([0, 5, 1])},
        "y_test of data must hold only classes of y_train, 0 to 2, received 5 at index 1.",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_checked_arrays_refuses(case: str) -> None:
    changes, message = WRONG[case]
    with pytest.raises(UsageError) as raised:
        checked_arrays(arrays(**changes), "data")
    assert str(raised.value) == message


@pytest.mark.parametrize("dtype", ["uint8", "int64", "uint64", "float32", "float64", ">i2", "bool"])
def test_checked_arrays_accepts_whole_numbers_of_any_type(dtype: str) -> None:
    labels = np.array([0, 1, 1, 0, 1, 0]).astype(dtype)
    y = checked_arrays(arrays(y_train=labels, y_test=labels[:3, None]), "data").arrays
    assert y["y_train"].dtype == y["y_test"].dtype == np.int64
    assert y["y_train"].tolist() == [0, 1, 1, 0, 1, 0]
    assert y["y_test"].tolist() == [0, 1, 1]


@pytest.mark.parametrize("dtype", ["uint8", "float16", ">f4", "int32"])
def test_checked_arrays_keeps_the_pixels(dtype: str) -> None:
    x = np.asfortranarray(arrays()["x_train"].astype(dtype))
    checked = checked_arrays(arrays(x_train=x), "data").arrays["x_train"]
    assert np.array_equal(checked, x)
    assert checked.dtype == np.dtype(dtype).newbyteorder("=")
    assert checked.flags.c_contiguous


def test_class_names_default_to_the_labels() -> None:
    assert checked_class_names(None, 3, "data") == ("0", "1", "2")
    assert checked_class_names(np.array(["cat", "dog"]), 2, "data") == ("cat", "dog")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            np.array(["cat"]),
            "class_names of data must be text of shape (2,), a name for each class, received <U3 of shape (1,).",
        ),
        (
            np.array([0, 1], np.int64),
            "class_names of data must be text of shape (2,), a name for each class, received int64 of shape (2,).",
        ),
        (
            np.array(["cat", "cat"]),
            "class_names of data must be different and not empty, received 'cat', 'cat'.",
        ),
        (np.array(["cat", " "]), "class_names of data must be different and not empty, received 'cat', ' '."),
    ],
)
def test_class_names_refuse(names: Any, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        checked_class_names(names, 2, "data")
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("y", "task", "expected"),
    [
        ([0, 1, 0, 1, 2, 2], None, np.int64),
        ([0.0, 1.0, 0.0, 1.0, 2.0, 2.0], None, np.int64),
        ([0.0, 1.5, 0.0, 1.0, 2.0, 2.0], None, np.float32),
        ([10.0, 20.0, 10.0, 20.0, 30.0, 30.0], None, np.float32),
        ([0, 1, 0, 1, 2, 2], "regression", np.float32),
        ([0.0, 1.0, 0.0, 1.0, 2.0, 2.0], "classification", np.int64),
    ],
)
def test_numbers_to_predict_are_classes_or_values(y: list[float], task: Any, expected: type) -> None:
    checked = checked_arrays(arrays(y_train=np.array(y), y_test=np.array(y[:3])), "data", task).arrays
    assert leaves(checked["y_train"])[""].dtype == expected
    assert leaves(checked["y_test"])[""].dtype == expected
    shape = (6,) if expected is np.int64 else (6, 1)
    assert leaves(checked["y_train"])[""].shape == shape


def test_several_inputs_and_outputs_are_checked_each() -> None:
    x = {"image": np.zeros((6, 2, 2), np.uint8), "size": np.arange(12.0).reshape(6, 2)}
    y = {"kind": np.array([0, 1, 0, 1, 2, 2]), "price": np.linspace(1, 2, 6)}
    checked = checked_arrays({"x_train": x, "y_train": y}, "data").arrays
    outputs = leaves(checked["y_train"])
    assert list(leaves(checked["x_train"])) == ["image", "size"]
    assert (outputs["kind"].dtype, outputs["kind"].shape) == (np.int64, (6,))
    assert (outputs["price"].dtype, outputs["price"].shape) == (np.float32, (6, 1))


@pytest.mark.parametrize(("count", "expected"), [(20, None), (21, np.float32)])
def test_whole_numbers_with_gaps_are_values_where_they_are_many(count: int, expected: type | None) -> None:
    given = {"x_train": np.arange(count)[:, None], "y_train": np.arange(7, 7 + 3 * count, 3)}
    if expected is None:
        with pytest.raises(UsageError, match=r"class 0 has no example\. .*--task regression\."):
            checked_arrays(given, "data")
    else:
        assert leaves(checked_arrays(given, "data").arrays["y_train"])[""].dtype == expected
