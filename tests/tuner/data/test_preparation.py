"""Raw examples become what networks take, and what was done is kept as JSON."""

import json

import numpy as np
import pytest

from keras_search.tuner.data.preparation import (
    AsGiven,
    PerInput,
    Scaling,
    Standardising,
    preparation_from,
    preparation_of,
)
from keras_search.tuner.data.tree import leaves

IMAGES = np.arange(24, dtype=np.uint8).reshape(6, 2, 2)


def test_a_single_input_is_scaled() -> None:
    prepared = preparation_of(IMAGES, IMAGES)
    assert prepared == Scaling(0.0, 23.0)
    x = leaves(prepared.apply(IMAGES))[""]
    assert (x.dtype, x.min(), x.max()) == (np.float32, 0, 1)


def test_of_several_inputs_images_are_scaled_and_indices_kept() -> None:
    inputs = {"image": IMAGES, "word": np.arange(6)[:, None], "size": np.linspace(5, 9, 6)[:, None]}
    prepared = preparation_of(inputs, inputs)
    sizes = inputs["size"]
    standardised = Standardising((sizes.mean(),), (sizes.std(),))
    assert prepared == PerInput({"image": Scaling(0.0, 23.0), "word": AsGiven(), "size": standardised})
    x = leaves(prepared.apply(inputs))
    assert {name: array.dtype for name, array in x.items()} == {"image": "f4", "word": "i4", "size": "f4"}
    assert x["image"].max() == 1
    assert x["word"].ravel().tolist() == [0, 1, 2, 3, 4, 5]


def test_json_brings_it_back() -> None:
    for preparation in (
        Scaling(0.0, 16.0),
        AsGiven(),
        PerInput({"a/b": Scaling(-1.0, 1.0), "": AsGiven()}),
        Standardising((0.5, 2.0), (1.0, 3.0)),
    ):
        assert preparation_from(json.loads(json.dumps(preparation.to_json()))) == preparation


def test_images_that_are_all_alike_are_scaled_as_those_to_validate_on() -> None:
    assert preparation_of(np.zeros((3, 2, 2)), np.arange(4.0).reshape(1, 2, 2)) == Scaling(0.0, 3.0)


def test_rows_of_numbers_are_standardised_column_by_column() -> None:
    rows = np.array([[1.0, -200.0, 7.0], [2.0, 100.0, 7.0], [3.0, 700.0, 7.0]])
    x = leaves(preparation_of(rows, rows).apply(rows))[""]
    assert x.dtype == np.float32
    assert np.allclose(x.mean(axis=0), 0, atol=1e-6)
    assert np.allclose(x.std(axis=0), [1, 1, 0], atol=1e-6)


@pytest.mark.parametrize(
    "rows",
    [np.arange(12, dtype=np.uint8).reshape(3, 4), np.arange(12).reshape(3, 4), np.linspace(0, 1, 12).reshape(3, 4)],
)
def test_rows_that_may_be_flattened_images_are_scaled_as_one(rows: np.ndarray) -> None:
    assert preparation_of(rows, rows) == Scaling(0.0, float(rows.max()))
