"""The state of callbacks as plain values."""

import json
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.training.scripts.callback_state import StateError, set_state, state_of

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


class Holding(keras.callbacks.Callback):
    """Hold a value."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def carried(value: Any) -> Any:
    states, arrays = state_of([Holding(value)])
    other = Holding(None)
    set_state([other], json.loads(json.dumps(states)), arrays)
    return other.value


@given(VALUES)
def test_plain_values_come_back_as_they_were(value: Any) -> None:
    found = carried(value)
    assert found == value
    assert type(found) is type(value)


def test_arrays_and_numbers_of_numpy_keep_their_types() -> None:
    found = carried({"best": np.float32(0.25), "weights": [np.eye(2), np.arange(3, dtype=np.int8)]})
    assert type(found["best"]) is np.float32
    assert found["weights"][1].dtype == np.int8
    assert np.array_equal(found["weights"][0], np.eye(2))


def test_functions_are_left_as_they_are() -> None:
    scheduler = keras.callbacks.LearningRateScheduler(lambda _epoch, rate: rate)
    states, _ = state_of([scheduler])
    assert "schedule" not in states[0]


@pytest.mark.parametrize("value", [object(), [np.array([object()])], {"file": open}.keys()])
def test_what_is_none_of_these_is_named(value: Any) -> None:
    with pytest.raises(StateError, match=r"Holding\.value is of type"):
        state_of([Holding(value)])
