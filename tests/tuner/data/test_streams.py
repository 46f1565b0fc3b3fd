"""Batches from generators and from Keras' own data sets become arrays, each once and in their order."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data import streams
from keras_search.tuner.data.returned import arrays_of
from keras_search.tuner.data.streams import is_stream, read_stream

X, Y = np.arange(20.0).reshape(10, 2), np.arange(10) % 2


class Batches(keras.utils.PyDataset):
    """Batches of four."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        rows = slice(4 * index, 4 * index + 4)
        return X[rows], Y[rows]


class Endless(keras.utils.PyDataset):
    """A data set that does not say how long it is."""

    @property
    def num_batches(self) -> None:
        return None

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        return X, Y


def generated(weights: bool = False) -> Iterator[tuple[Any, ...]]:
    for start in range(0, 10, 4):
        rows = slice(start, start + 4)
        yield (X[rows], Y[rows], Y[rows] + 1.0) if weights else (X[rows], Y[rows])


@pytest.mark.parametrize("stream", [Batches(), generated(), iter(list(generated()))])
def test_every_batch_is_read_once(stream: Any) -> None:
    assert is_stream(stream)
    x, y = read_stream(stream, "data")
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, Y)


def test_named_inputs_and_weights() -> None:
    stream = ({"left": x, "right": -x} for x, _ in generated())
    x, _, weights = read_stream(
        ((inputs, y, w) for inputs, (_, y, w) in zip(stream, generated(True), strict=True)), "d"
    )
    assert isinstance(x, dict)
    np.testing.assert_array_equal(x["right"], -X)
    np.testing.assert_array_equal(weights, Y + 1)


def test_three_streams_are_training_validation_and_test() -> None:
    arrays, _ = arrays_of((generated(), Batches(), generated(weights=True)), "SPEC")
    assert list(arrays) == ["x_train", "y_train", "x_val", "y_val", "x_test", "y_test", "sample_weight_test"]


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (Endless(), "data must have an end, received a PyDataset without a length: give it __len__."),
        (iter([]), "data must hold examples, received none."),
        (iter([X]), "The batches of data must be (x, y) or (x, y, weights), received a ndarray."),
        (iter([(X,)]), "The batches of data must be (x, y) or (x, y, weights), received a tuple of 1."),
        (iter([(X, Y), (X, Y, Y)]), "The batches of data must be (x, y) or (x, y, weights), received a tuple of 3."),
        (iter([(X, Y), (X[:, :1], Y)]), "The examples of data must have one shape: pad or resize them, for instance by "
         "padded_batch()."),
    ],
)  # fmt: skip
def test_streams_that_cannot_be_read(stream: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_stream(stream, "data")
    assert str(caught.value) == message


def test_a_generator_without_an_end_is_left_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LARGEST_SHARE", 1e-6)

    def forever() -> Iterator[tuple[Any, Any]]:
        while True:
            yield X, Y

    with pytest.raises(UsageError, match=r"^data must have an end, received 0\.0 GB and more"):
        read_stream(forever(), "data")
