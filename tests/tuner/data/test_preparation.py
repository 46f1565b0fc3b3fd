"""Raw examples become what networks take, and what was done is kept as JSON."""

import json

import numpy as np

from keras_search.tuner.data.preparation import AsGiven, PerInput, Scaling, preparation_from, preparation_of
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
    assert prepared == PerInput({"image": Scaling(0.0, 23.0), "word": AsGiven(), "size": AsGiven()})
    x = leaves(prepared.apply(inputs))
    assert {name: array.dtype for name, array in x.items()} == {"image": "f4", "word": "i4", "size": "f4"}
    assert x["image"].max() == 1
    assert x["word"].ravel().tolist() == [0, 1, 2, 3, 4, 5]


def test_json_brings_it_back() -> None:
    for preparation in (Scaling(0.0, 16.0), AsGiven(), PerInput({"a/b": Scaling(-1.0, 1.0), "": AsGiven()})):
        assert preparation_from(json.loads(json.dumps(preparation.to_json()))) == preparation


def test_images_that_are_all_alike_are_scaled_as_those_to_validate_on() -> None:
    assert preparation_of(np.zeros((3, 2, 2)), np.arange(4.0).reshape(1, 2, 2)) == Scaling(0.0, 3.0)
