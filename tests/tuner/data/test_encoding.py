"""Rows of a table become numbers, the same in numpy and as Keras layers."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from keras_search.tuner.data import Columns
from keras_search.tuner.data.encoding import (
    MOST_CATEGORIES,
    NumberColumn,
    TableEncoding,
    TextColumn,
    fit_encoding,
)
from keras_search.tuner.data.preparation import preparation_from
from keras_search.tuner.data.tree import Array

ROWS = 500


def rows(seed: int) -> dict[str, Array]:
    """Give rows that are hard to encode: far from 0, tiny, huge, constant, missing; texts in many alphabets."""
    rng = np.random.default_rng(seed)
    numbers = np.stack(
        [
            rng.normal(1e4, 3, ROWS),
            rng.normal(0, 1e-12, ROWS),
            rng.normal(0, 1e25, ROWS),
            np.full(ROWS, 0.1),
            np.full(ROWS, np.nan),
        ],
        axis=1,
    ).astype(np.float32)
    numbers[rng.random(numbers.shape) < 0.1] = np.nan
    texts = [rng.choice(["", "a", "[other]", "ü x", "日本"], ROWS), rng.choice([f"c{i}" for i in range(150)], ROWS)]
    return {"numbers": numbers, "texts": np.stack(texts, axis=1)}


COLUMNS = Columns(tuple("abcde"), ("few", "many"), "y")


@pytest.fixture(scope="module")
def encoding() -> TableEncoding:
    return fit_encoding(rows(0), COLUMNS)


def test_numbers_are_standardised_and_missing_ones_are_the_mean(encoding: TableEncoding) -> None:
    encoded = encoding.apply(rows(0))
    assert encoded.dtype == np.float32
    there = ~np.isnan(rows(0)["numbers"])
    for column in range(3):
        values = encoded[there[:, column], column]
        assert values.mean() == pytest.approx(0, abs=1e-3)
        assert values.std() == pytest.approx(1, abs=1e-3)
    assert not encoded[:, :5][~there].any()
    assert not encoded[:, 3:5].any()


def test_a_column_of_one_value_keeps_its_unit() -> None:
    x = {"numbers": np.full((3, 1), 7, np.float32), "texts": np.empty((3, 0), np.str_)}
    encoding = fit_encoding(x, Columns(("a",), (), "y"))
    assert encoding.numbers == (NumberColumn("a", 7.0, 1.0),)
    x["numbers"][0] = 9
    assert encoding.apply(x).tolist() == [[2], [0], [0]]


def test_categories_go_by_frequency_then_by_name_and_others_are_nothing() -> None:
    texts = np.array([["b"], ["c"], ["a"], ["c"], [""]])
    x = {"numbers": np.empty((5, 0), np.float32), "texts": texts}
    encoding = fit_encoding(x, Columns((), ("t",), "y"))
    assert encoding.texts == (TextColumn("t", ("c", "", "a", "b")),)
    x = {"numbers": x["numbers"][:3], "texts": np.array([["c"], [""], ["unseen"]])}
    assert encoding.apply(x).tolist() == [[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]]


def test_at_most_a_hundred_categories_have_a_place(encoding: TableEncoding) -> None:
    assert len(encoding.texts[1].categories) == MOST_CATEGORIES == 100
    assert encoding.width == 5 + 6 + 101
    assert encoding.apply(rows(0))[:, -101].mean() > 0.1


def test_the_model_gives_the_same_to_the_bit(encoding: TableEncoding) -> None:
    x = rows(1)
    x["texts"][::7] = "never seen"
    np.testing.assert_array_equal(np.asarray(encoding.model()(x)), encoding.apply(x))


@pytest.mark.parametrize("columns", [Columns(tuple("abcde"), (), "y"), Columns((), ("few", "many"), "y")])
def test_the_model_takes_only_what_there_is(columns: Columns) -> None:
    x = rows(0)
    x = {"numbers": x["numbers"][:, : len(columns.numbers)], "texts": x["texts"][:, : len(columns.texts)]}
    encoding = fit_encoding(x, columns)
    model = encoding.model()
    assert [given.name for given in model.inputs] == ["numbers" if columns.numbers else "texts"]
    given = {name: array for name, array in x.items() if array.shape[1]}
    np.testing.assert_array_equal(np.asarray(model(given)), encoding.apply(x))


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_the_model_survives_a_file_in_safe_mode(encoding: TableEncoding, tmp_path: Path) -> None:
    encoding.model().save(tmp_path / "encoding.keras")
    loaded = keras.models.load_model(tmp_path / "encoding.keras", safe_mode=True)
    np.testing.assert_array_equal(np.asarray(loaded(rows(1))), encoding.apply(rows(1)))


def far_rows(precise: bool = True) -> dict[str, Array]:
    """Give seconds, dates as digits and a plain column, which float32 cannot tell apart but for the last."""
    rng = np.random.default_rng(5)
    columns = [1.75e9 + np.arange(ROWS), 20230101 + np.arange(ROWS) % 31, rng.normal(2, 3, ROWS)]
    numbers = np.stack(columns if precise else columns[2:], axis=1)
    numbers[::9] = np.nan
    return {"numbers": numbers, "texts": np.empty((ROWS, 0), np.str_)}


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_numbers_far_from_0_are_centred_in_float64(tmp_path: Path) -> None:
    encoding = fit_encoding(far_rows(), Columns(tuple("abc"), (), "y"))
    assert encoding.double
    encoded = encoding.apply(far_rows())
    assert encoded.dtype == np.float32
    expected = far_rows()["numbers"]
    there = ~np.isnan(expected[:, 0])
    scaled = (expected - expected[there].mean(axis=0)) / expected[there].std(axis=0)
    np.testing.assert_allclose(encoded[there], scaled[there], atol=1e-6)
    assert len(np.unique(encoded[there, 0])) == there.sum()
    encoding.model().save(tmp_path / "encoding.keras")
    loaded = keras.models.load_model(tmp_path / "encoding.keras", safe_mode=True)
    given = {"numbers": encoding.raw(far_rows())["numbers"]}
    np.testing.assert_array_equal(np.asarray(loaded(given)), encoded)
    assert preparation_from(json.loads(json.dumps(encoding.to_json()))) == encoding


def test_ordinary_numbers_are_what_they_were_in_float32() -> None:
    encoding = fit_encoding(far_rows(precise=False), Columns(("c",), (), "y"))
    assert not encoding.double
    numbers = far_rows()["numbers"][:, 2].astype(np.float32)
    there = numbers[~np.isnan(numbers)].astype(np.float64)
    expected = (numbers - np.float32(there.mean())) * np.float32(1 / there.std())
    np.testing.assert_array_equal(encoding.apply(far_rows(precise=False))[:, 0], np.nan_to_num(expected))


def test_json_keeps_it(encoding: TableEncoding) -> None:
    assert preparation_from(json.loads(json.dumps(encoding.to_json()))) == encoding


def test_no_rows_are_encoded_as_no_rows(encoding: TableEncoding) -> None:
    none = {name: array[:0] for name, array in rows(0).items()}
    assert encoding.apply(none).shape == (0, encoding.width)
