"""A retrained model is kept whole, or by its weights where Keras cannot write it down."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.tuner.training.model_files import load_weights, save_model, save_weights

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)


class Block(keras.layers.Layer):
    """A layer that takes a function, which Keras cannot store."""

    def __init__(self, make: Callable[[int], Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = make(3)

    def call(self, x: Any) -> Any:
        return self.inner(x)


def plain() -> keras.Model:
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.BatchNormalization()])


def unwritable() -> keras.Model:
    return keras.Sequential([keras.Input((4,)), Block(lambda n: keras.layers.Dense(n)), keras.layers.Dense(2)])


@pytest.mark.parametrize(("make", "ending"), [(plain, ".keras"), (unwritable, ".npz")])
def test_a_model_built_again_says_the_same(tmp_path: Path, make: Callable[[], keras.Model], ending: str) -> None:
    model, path = make(), tmp_path / "tuned.keras"
    kept = save_model(model, path)
    assert (kept.suffix, [file.name for file in tmp_path.iterdir()]) == (ending, [kept.name])
    again = make()
    load_weights(again, kept)
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


class Late(keras.Model):
    """A model that has no weights before it has seen what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = keras.layers.Dense(3), keras.layers.Dense(2)

    def call(self, x: Any) -> Any:
        return self.last(self.first(x["a"])) + x["b"] if isinstance(x, dict) else self.last(self.first(x))


@pytest.mark.parametrize(
    ("make", "x"),
    [
        (Late, X),
        (Late, {"a": X, "b": X[:, :2]}),
        (lambda: keras.Sequential([keras.layers.Dense(3), keras.layers.Dense(2)]), X),
        (lambda: keras.Sequential([keras.layers.Embedding(9, 3), keras.layers.Flatten()]), np.ones((5, 7), np.int32)),
    ],
    ids=["subclass", "several inputs", "sequential", "tokens"],
)
def test_a_model_without_an_input_is_built_for_its_weights(make: Callable[[], Any], x: Any, tmp_path: Path) -> None:
    model = make()
    model(keras.tree.map_structure(lambda array: array[:1], x))
    expected = model.predict(x, verbose=0)
    again = make()
    load_weights(again, save_weights(model, tmp_path / "tuned.keras"))
    np.testing.assert_array_equal(again.predict(x, verbose=0), expected)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    kept = save_model(unwritable(), tmp_path / "tuned.keras")
    with pytest.raises(ValueError, match="is of a model of another shape"):
        load_weights(plain(), kept)
