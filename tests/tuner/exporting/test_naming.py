"""The names that inputs and outputs have in exported files: taken by every format, and never the same."""

from itertools import permutations

import pytest

from keras_search.tuner.exporting.naming import tensor_names


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["left image", "_word", "9", "kind"], ["left_image", "x_word", "x9", "kind"]),
        (["宽", "高"], ["x_", "x__2"]),
        (["a_b", "a b", "a-b"], ["a_b", "a_b_2", "a_b_3"]),
        (["a_b_2", "a b", "a_b"], ["a_b_2", "a_b_3", "a_b"]),
        (["Age", "age", "AGE"], ["Age_2", "age_3", "AGE"]),
        ([], []),
    ],
)
def test_names_are_safe_and_differ_whatever_their_order(names: list[str], expected: list[str]) -> None:
    for order in permutations(names):
        assert tensor_names(order) == dict(zip(names, expected, strict=True))


def test_safe_names_stay() -> None:
    safe = tensor_names(["a b", "a_b", "a-b", "高"]).values()
    assert tensor_names(safe) == {name: name for name in safe}
