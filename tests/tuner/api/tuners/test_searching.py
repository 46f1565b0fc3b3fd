"""How the arguments of `search` are read: what is kept of them, and by what other data are noticed."""

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from keras_search import kt
from keras_search.errors import UsageError
from keras_search.tuner.api.tuners.constructing import BuildFunction
from keras_search.tuner.api.tuners.searching import as_array, given_of
from keras_search.tuner.data.passed import digest_of

TEXTS = ["a b", "c d", "größer"]


class Own(kt.HyperModel):  # type: ignore[misc]
    """A hypermodel that trains its models itself."""

    def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
        """Train by nothing."""


def digest(hypermodel: Any, x: Any) -> str:
    given = given_of(hypermodel, (), {"x": x, "y": np.arange(3), "epochs": 1})
    return digest_of([*given.arrays, *given.others])


@pytest.mark.parametrize("hypermodel", [BuildFunction(lambda hp: hp), Own()], ids=["fit", "own fit"])
@pytest.mark.parametrize(
    "made",
    [
        lambda texts: np.array(texts, object),
        lambda texts: np.array(texts, object)[:, None],
        tf.constant,
        pd.Series,
        lambda texts: {"text": pd.Series(texts), "number": np.zeros(3)},
        lambda texts: pd.DataFrame({"text": texts, "number": [1.0, 2.0, None]}),
    ],
    ids=["objects", "column", "tensor", "series", "dict", "table"],
)
def test_other_texts_are_other_data(made: Any, hypermodel: Any) -> None:
    assert digest(hypermodel, made(TEXTS)) == digest(hypermodel, made(["".join(list(text)) for text in TEXTS]))
    assert digest(hypermodel, made(TEXTS)) != digest(hypermodel, made(["b b", *TEXTS[1:]]))


@pytest.mark.parametrize("hypermodel", [BuildFunction(lambda hp: hp), Own()], ids=["fit", "own fit"])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (tf.ragged.constant([[1, 2], [3], []]), tf.ragged.constant([[1, 2], [4], []])),
        (tf.ragged.constant([[1, 2], [3], []]), tf.ragged.constant([[1], [2, 3], []])),
        (tf.ragged.constant([["a"], ["b", "c"], []]), tf.ragged.constant([["a"], ["b", "d"], []])),
        (tf.sparse.from_dense([[0, 1], [2, 0], [0, 0]]), tf.sparse.from_dense([[0, 1], [0, 2], [0, 0]])),
    ],
    ids=["values", "lengths", "texts", "sparse"],
)
def test_ragged_and_sparse_tensors_are_compared(one: Any, other: Any, hypermodel: Any) -> None:
    assert digest(hypermodel, one) == digest(hypermodel, one)
    assert digest(hypermodel, one) != digest(hypermodel, other)


def test_a_table_that_an_own_fit_gets_is_noticed() -> None:
    one, other = (pd.DataFrame({"a": [1.0, 2.0, last]}) for last in (3.0, 4.0))
    assert digest(Own(), one) != digest(Own(), other)


def test_the_texts_of_a_tensor_are_texts_for_keras() -> None:
    found = as_array(tf.constant(TEXTS))
    assert found.dtype == object
    assert found.tolist() == TEXTS
    assert tf.constant(as_array(tf.constant([[b"a"], [b"b"]]))).shape == (2, 1)


@pytest.mark.parametrize("epochs", [2, np.int64(2), np.int32(2)])
def test_epochs_may_be_a_number_of_numpy(epochs: Any) -> None:
    given = given_of(BuildFunction(lambda hp: hp), (np.zeros(3), np.zeros(3)), {"epochs": epochs})
    assert type(given.epochs) is int


@pytest.mark.parametrize("epochs", [0, 1.5, "2", np.float64(2)])
def test_epochs_that_are_no_number_are_refused(epochs: Any) -> None:
    with pytest.raises(UsageError, match="epochs= must be a whole number of at least 1"):
        given_of(BuildFunction(lambda hp: hp), (np.zeros(3), np.zeros(3)), {"epochs": epochs})


def test_a_callback_alone_is_taken_as_a_list() -> None:
    stop = keras.callbacks.EarlyStopping(patience=3)
    given = given_of(BuildFunction(lambda hp: hp), (np.zeros(3),), {"callbacks": stop})
    assert [type(each) for each in given.callbacks] == [keras.callbacks.EarlyStopping]


def test_numbers_of_numpy_are_compared_as_numbers_and_weights_as_given() -> None:
    def fit(**arguments: Any) -> dict[str, str]:
        return given_of(BuildFunction(lambda hp: hp), (np.zeros(4), np.zeros(4)), arguments).fit

    assert fit(batch_size=np.int64(2), validation_split=np.float64(0.5)) == fit(batch_size=2, validation_split=0.5)
    assert fit(batch_size=np.int64(2)) != fit(batch_size=np.int64(4))
    assert fit(sample_weight=np.ones(4)) != fit()
    assert fit(sample_weight=None) == fit()
