"""What an example is, by its shape and type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.data.examples import ARRAY, COLOUR, GREY, ROW, SEQUENCE, TEXT, is_picture, kind_of_example


@pytest.mark.parametrize(
    ("shape", "dtype", "kind"),
    [
        ((), "float32", ROW),
        ((64,), "uint8", ROW),
        ((28, 28), "uint8", GREY),
        ((28, 28), "float32", GREY),
        ((8, 8), "float64", GREY),
        ((60, 160), "uint8", GREY),
        ((28, 28, 1), "float32", GREY),
        ((8, 8, 1), "uint8", GREY),
        ((32, 32, 3), "uint8", COLOUR),
        ((32, 20, 4), "float32", COLOUR),
        ((20, 1), "float64", SEQUENCE),
        ((1, 20), "float32", SEQUENCE),
        ((24, 3), "float32", SEQUENCE),
        ((24, 3), "uint8", SEQUENCE),
        ((128, 9), "float32", SEQUENCE),
        ((50, 20), "int32", SEQUENCE),
        ((4, 4), "float32", SEQUENCE),
        ((20, 1, 1), "float32", ARRAY),
        ((8, 8, 5), "uint8", ARRAY),
        ((3, 32, 32), "uint8", ARRAY),
        ((10, 32, 32, 3), "uint8", ARRAY),
        ((), "<U20", TEXT),
        ((2,), "object", TEXT),
        ((60, 160), None, GREY),
        ((20, 1), None, SEQUENCE),
    ],
)
def test_an_example_is_what_its_shape_and_type_say(shape: tuple[int, ...], dtype: str | None, kind: str) -> None:
    assert kind_of_example(shape, dtype) == kind
    assert is_picture(kind) is (kind in (GREY, COLOUR))


@given(st.lists(st.integers(0, 300), max_size=6), st.sampled_from(["uint8", "bool", "int64", "float16", "<U3", None]))
def test_what_is_a_picture_can_be_drawn(shape: list[int], dtype: str | None) -> None:
    """matplotlib draws `(h, w)`, `(h, w, 3)` and `(h, w, 4)`, once a last axis of 1 is taken off."""
    if is_picture(kind_of_example(shape, dtype)):
        assert len([*shape[:2], *(side for side in shape[2:] if side > 1)]) == len(shape[:2]) + (
            shape[2:] in ([3], [4])
        )
        assert min(shape[:2]) >= 4
