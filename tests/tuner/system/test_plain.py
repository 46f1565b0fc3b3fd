"""Values as JSON."""

import json
import math
from typing import Any, NoReturn

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.system.plain import json_text

LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()))
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text(), inner))


def _refused(word: str) -> NoReturn:
    raise AssertionError(word)


@given(TREES)
def test_any_value_is_json_that_every_reader_takes(value: Any) -> None:
    text = json_text(value)
    assert text.isascii()
    json.loads(text, parse_constant=_refused)


def test_what_is_no_finite_number_is_null_wherever_it_stands() -> None:
    found = {"interval": [-math.inf, math.inf], "more": {"p": (math.nan, 0.5)}, "units": np.int64(3)}
    assert json.loads(json_text(found)) == {"interval": [None, None], "more": {"p": [None, 0.5]}, "units": 3}


def test_numbers_of_numpy_are_numbers() -> None:
    found = {"a": np.float32(0.5), "b": np.array([1.0, np.nan]), "c": np.bool_(True)}
    assert json.loads(json_text(found)) == {"a": 0.5, "b": [1.0, None], "c": True}
