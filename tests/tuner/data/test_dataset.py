"""A data set knows its targets; a test split is set aside once and for all."""

import numpy as np
import pytest

from keras_search.errors import UsageError
from keras_search.models.problem import Target
from keras_search.tuner.data.dataset import Dataset, dataset_of, set_test_aside
from keras_search.tuner.data.tree import leaves, size


def numbered(labels: list[int]) -> Dataset:
    """Give a data set without test split in which every example carries its own number."""
    return dataset_of("numbered", {"x_train": np.arange(len(labels))[:, None], "y_train": np.array(labels)})


def test_targets_name_their_classes_or_count_their_values() -> None:
    y = {"kind": np.array([0, 1, 0, 1]), "place": np.linspace(0, 1, 8).reshape(4, 2)}
    dataset = dataset_of("two", {"x_train": np.eye(4), "y_train": y}, {"kind": ["cat", "dog"]})
    assert dataset.targets == (Target("kind", ("cat", "dog")), Target("place", width=2))
    assert dataset.target.classifies
    assert not dataset.targets[1].classifies


def test_a_test_split_is_set_aside_with_every_class_in_its_proportion() -> None:
    labels = [0] * 40 + [1] * 20
    dataset = set_test_aside(numbered(labels), 0.25)
    assert (size(dataset.x_train), size(dataset.x_test)) == (45, 15)
    assert np.bincount(leaves(dataset.y_test)[""]).tolist() == [10, 5]
    numbers = np.concatenate([dataset.x_train, dataset.x_test]).ravel()
    assert sorted(numbers.tolist()) == list(range(60))
    again = set_test_aside(numbered(labels), 0.25)
    assert np.array_equal(again.x_test, dataset.x_test)


def test_values_are_set_aside_by_chance() -> None:
    y = np.linspace(0, 1, 50)
    dataset = set_test_aside(dataset_of("values", {"x_train": np.arange(50)[:, None], "y_train": y}), 0.2)
    assert (size(dataset.x_train), size(dataset.x_test)) == (40, 10)
    assert np.array_equal(leaves(dataset.y_test)[""][:, 0], y.astype(np.float32)[dataset.x_test[:, 0]])


@pytest.mark.parametrize(
    ("labels", "share", "message"),
    [
        ([0] * 9 + [1], 0.2, "--test-split 0.2 must leave an example of every class on both sides, class '1' has 1. "
         "Add examples of it, drop it, or choose a split closer to 0.5."),
        ([0, 1] * 5, 1.5, "--test-split must lie between 0 and 1, received 1.5."),
    ],
)  # fmt: skip
def test_a_split_that_cannot_be_is_refused(labels: list[int], share: float, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        set_test_aside(numbered(labels), share)
    assert str(raised.value) == message


def test_values_have_no_class_names() -> None:
    with pytest.raises(UsageError) as raised:
        dataset_of("values", {"x_train": np.eye(4), "y_train": np.linspace(0, 1, 4)}, ["a", "b"])
    assert str(raised.value) == "class_names of values are for classes, y holds values."
