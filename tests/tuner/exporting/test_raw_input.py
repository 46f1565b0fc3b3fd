"""Exported files take the data as they are: what prepares them is inside, in every format."""

from pathlib import Path

import keras
import numpy as np
import pytest

from keras_search.models.problem import Target
from keras_search.tuner.data.preparation import AsGiven, PerInput, Preparation, Scaling, Standardising, preparation_of
from keras_search.tuner.data.tree import Array, Tree
from keras_search.tuner.exporting.formats import FORMATS
from keras_search.tuner.exporting.raw_input import typed
from keras_search.tuner.exporting.runtime import UnfitFormatError
from keras_search.tuner.exporting.subject import Subject

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
RNG = np.random.default_rng(0)
RAW: dict[str, tuple[Array, str]] = {
    "bytes": (RNG.integers(3, 250, (60, 6, 6)).astype(np.uint8), "float32"),
    "bytes with channels": (RNG.integers(0, 256, (60, 5, 6, 3)).astype(np.uint8), "float32"),
    "deep pixels": (RNG.integers(30_000, 30_100, (60, 6, 6)).astype(np.uint16), "float32"),
    "rows": (RNG.normal(3, [1, 20], (60, 2)).astype(np.float32), "float32"),
    "float32 rows far from 0": (RNG.normal([1e6, -2e7], [1, 30], (60, 2)).astype(np.float32), "float32"),
    "float64 rows far from 0": (RNG.normal([1e6, 1.7e9], [1, 600], (60, 2)), "float64"),
    "whole numbers far from 0": (RNG.integers(1_750_000_000, 1_750_000_600, (60, 2)), "float64"),
    "small whole numbers": (RNG.integers(-500, 500, (60, 2)), "float32"),
    "sequences": (RNG.normal([0, 50], [1, 500], (60, 7, 2)), "float32"),
}


def network_for(x: Array) -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.Input(x.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(8, "tanh")]
    return keras.Sequential([*layers, keras.layers.Dense(3, "softmax")])


def written(subject: Subject, name: str, folder: Path) -> Array:
    format_ = FORMATS[name]
    path = folder / format_.file
    format_.write(subject, path)
    said = format_.load(path).run(subject.examples)
    assert isinstance(said, np.ndarray)
    return said


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize("kind", list(RAW))
def test_raw_arrays_go_in(tmp_path: Path, kind: str, name: str) -> None:
    raw, dtype = RAW[kind]
    preparation = preparation_of(raw, raw)
    examples = typed(preparation, raw)
    assert isinstance(examples, np.ndarray)
    assert examples.dtype == dtype
    x = preparation.apply(raw)
    network = network_for(x)  # type: ignore[arg-type]
    subject = Subject(network, (Target("", ("a", "b", "c")),), examples, preparation)
    if dtype == "float64" and name == "litert":
        with pytest.raises(
            UnfitFormatError, match=r"^The format litert has no 64-bit numbers, and these raw data need them"
        ):
            written(subject, name, tmp_path)
        return
    np.testing.assert_allclose(written(subject, name, tmp_path), network(x).numpy(), atol=3e-6)


@pytest.mark.parametrize("name", list(FORMATS))
def test_each_of_several_inputs_is_prepared_inside(tmp_path: Path, name: str) -> None:
    raw = {
        "photo": RNG.integers(0, 256, (20, 4, 4)).astype(np.uint8),
        "size": RNG.normal(170, 10, (20, 2)),
        "word": RNG.integers(0, 9, (20, 3)),
    }
    preparation = preparation_of(raw, raw)
    assert isinstance(preparation, PerInput)
    assert [type(part) for part in preparation.inputs.values()] == [Scaling, Standardising, AsGiven]
    layers = keras.layers
    inputs = {each: keras.Input(x.shape[1:], name=each) for each, x in raw.items()}
    inputs["word"] = keras.Input((3,), dtype="int32", name="word")
    parts = [
        layers.Flatten()(inputs["photo"]),
        inputs["size"],
        layers.Flatten()(layers.Embedding(9, 2)(inputs["word"])),
    ]
    network = keras.Model(inputs, layers.Dense(3, "softmax")(layers.Concatenate()(parts)))
    examples = typed(preparation, raw)
    assert {each: x.dtype.name for each, x in examples.items()} == {  # type: ignore[union-attr]
        "photo": "float32", "size": "float32", "word": "int32"
    }  # fmt: skip
    subject = Subject(network, (Target("", ("a", "b", "c")),), examples, preparation)
    said = written(subject, name, tmp_path)
    np.testing.assert_allclose(said, network(preparation.apply(raw)).numpy(), atol=3e-6)


@pytest.mark.parametrize(
    ("preparation", "raw", "dtype"),
    [
        (Scaling(0, 1), RNG.random((9, 4)), "float32"),
        (Standardising((1e6,), (1.0,)), np.array([[1e6], [1e6 + 0.5]]), "float32"),
        (Standardising((1e6,), (1.0,)), np.array([[1e6], [1e6 + 0.53]]), "float64"),
        (AsGiven(), np.array([[1], [2]]), "int32"),
    ],
)
def test_the_type_is_the_narrowest_that_loses_nothing(preparation: Preparation, raw: Tree, dtype: str) -> None:
    assert typed(preparation, raw).dtype == dtype  # type: ignore[union-attr]
