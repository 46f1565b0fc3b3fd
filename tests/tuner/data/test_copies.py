"""Examples that are the same are found, and no others."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.data import Dataset, dataset_of
from keras_search.tuner.data.copies import find_copies, odd_copies


def images(*values: int) -> Any:
    """Give an image of one pixel and its opposite for each value."""
    return np.array([[[value, 255 - value]] for value in values], np.uint8)


def data(train: list[int], y_train: list[int], test: list[int], y_test: list[int]) -> Dataset:
    x = {"x_train": images(*train), "x_test": images(*test)} if test else {"x_train": images(*train)}
    y = {"y_train": np.array(y_train), "y_test": np.array(y_test)} if test else {"y_train": np.array(y_train)}
    return dataset_of("data", x | y)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "a", "ab"])), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["", "a", "abc"])), max_size=30),
)
def test_copies_are_the_examples_that_are_equal(train: list[tuple[int, str]], test: list[tuple[int, str]]) -> None:
    """As counted by comparing plain values; the test part is of other types and widths of text."""

    def rows(part: list[tuple[int, str]], dtype: type) -> dict[str, Any]:
        numbers = np.array([[row[0]] for row in part], dtype).reshape(len(part), 1)
        return {"numbers": numbers, "texts": np.array([[row[1]] for row in part], str).reshape(len(part), 1)}

    y = np.zeros(len(train), np.int64)
    copies = find_copies(Dataset("data", rows(train, np.uint8), y, rows(test, np.float32), y[: len(test)], ()))
    assert copies.repeated == len(train) - len(set(train))
    assert copies.shared == sum(row in set(train) for row in test)
    assert [group == copies.group[0] for group in copies.group] == [row == train[0] for row in train + test]


def test_all_of_several_inputs_must_be_equal() -> None:
    x = {"left": images(1, 1, 1), "right": images(1, 2, 1)}
    dataset = dataset_of("data", {"x_train": x, "y_train": np.array([0, 1, 1])})
    assert find_copies(dataset).group.tolist() in ([0, 1, 0], [1, 0, 1])


def test_what_is_the_same_everywhere_is_told() -> None:
    dataset = data([1, 2, 3, 3], [0, 0, 1, 1], [3, 2, 9], [1, 1, 0])
    shared, contradicted, repeated = odd_copies(dataset)
    assert shared.weight == contradicted.weight == "bad"
    assert shared.what == "2 of 3 test examples (66.67%) are also in the training part."
    assert (
        shared.advice
        == "Remove them from the training part: models must be tested on examples that they have never seen."
    )
    assert contradicted.what == (
        "2 examples equal one of another class, such as training example 1 ('0') and test example 1 ('1')."
    )
    assert contradicted.advice == "Correct the labels or remove the examples: no model can get both right."
    assert (repeated.weight, repeated.what) == ("note", "1 training example (25.00%) repeats another.")
    assert repeated.advice == (
        "Remove the copies: on both sides of the validation split, they make models look better than they are."
    )


def test_a_few_in_many_weigh_less() -> None:
    values = [*range(250), 7]
    assert [oddity.weight for oddity in odd_copies(data(values, [0] * 250 + [1], values[:1], [0]))] == [
        "bad", "note", "note",
    ]  # fmt: skip
    assert [oddity.weight for oddity in odd_copies(data(values, [0] * 250 + [1], [], []))] == ["note", "note"]


def test_values_to_predict_do_not_contradict() -> None:
    dataset = dataset_of("data", {"x_train": images(1, 1), "y_train": np.array([0.5, 0.7])})
    assert [oddity.what for oddity in odd_copies(dataset)] == ["1 training example (50.00%) repeats another."]


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_the_known_data_sets_have_no_copies(name: str, request: pytest.FixtureRequest) -> None:
    from keras_search.tuner.data import load_dataset

    path = name if name == "digits" else str(request.getfixturevalue("mnist_path"))
    assert list(odd_copies(load_dataset(path))) == []
