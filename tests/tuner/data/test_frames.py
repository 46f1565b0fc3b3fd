"""DataFrames are tables, as the same rows in a file are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.api.running import _passed, _place
from keras_search.tuner.data import Dataset, Source
from keras_search.tuner.data.table import read_table


def customers(rows: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(170, 10, rows).round(2),
            "old": rng.random(rows) < 0.5,
            "town": pd.Categorical(rng.choice(["a", "b"], rows)),
            "since": pd.date_range("2022-01-01", periods=rows),
            "visits": pd.array(rng.integers(0, 9, rows), dtype="Int64"),
            "paid": [f"${amount:,}" for amount in range(900, 900 + 10 * rows, 10)],
            "bought": rng.choice(["yes", "no"], rows),
        },
        index=pd.Index(range(500, 500 + rows)),
    )
    frame.loc[503, ["size", "visits", "town"]] = None
    return frame


def given(dataset: object = None, source: Source | None = None, **arrays: object) -> Dataset:
    found = _passed(dataset, arrays, None, source or Source("table"))  # type: ignore[arg-type]
    assert found is not None
    return found


def same(first: Dataset, second: Dataset) -> bool:
    """Tell whether two data sets hold the same, but for how dates and numbers were written."""
    assert first.columns is not None
    assert second.columns is not None
    assert (first.columns.numbers, first.columns.texts) == (second.columns.numbers, second.columns.texts)
    for part in ("numbers", "texts"):
        np.testing.assert_array_equal(first.x_train[part], second.x_train[part])  # type: ignore[call-overload]
    return first.targets == second.targets and first.y_train.tolist() == second.y_train.tolist()  # type: ignore[union-attr]


def test_a_frame_is_what_its_file_is(tmp_path: Path) -> None:
    from keras_search.tuner.data.loading import with_test

    frame = customers()
    frame.to_csv(tmp_path / "customers.csv", index=False)
    source = Source(str(tmp_path / "customers.csv"), target="bought")
    read = with_test(read_table(tmp_path / "customers.csv", source), source)
    x, y = frame.drop(columns="bought"), frame["bought"]
    assert same(given(frame, Source("table", target="bought")), read)
    assert same(given(x_train=x, y_train=y), read)
    assert same(given(x_train=frame, y_train="bought"), read)
    assert same(given(x_train=frame, source=Source("table", target="bought")), read)
    assert same(given(x_train=x, y_train=y.to_frame()), read)
    assert same(given(x_train=x, y_train=y.tolist()), read)
    assert _place(frame, {}, None) == _place(None, {"x_train": frame}, None) == "table"


def test_parts_are_taken_as_they_are() -> None:
    frame = customers()
    x, y = frame.drop(columns="bought"), frame["bought"]
    found = given(x_train=x[:30], y_train=y[:30], x_val=x[30:40], y_val=y[30:40], x_test=x[40:], y_test=y[40:])
    assert found.y_val is not None
    assert [len(part) for part in (found.y_train, found.y_val, found.y_test)] == [30, 10, 20]
    assert found.target.class_names == ("no", "yes")


def test_a_frame_of_plain_numbers_stays_an_array() -> None:
    frame = pd.DataFrame({"a": np.arange(40.0), "b": np.arange(40) % 7})
    found = given(x_train=frame, y_train=np.arange(40) % 2, source=Source("arrays"))
    assert found.columns is None
    assert found.x_train.shape == (32, 2)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_train": customers()}, "Pass y_train=, a column or its name, with x_train="),
        ({"x_train": customers(), "y_train": "kind"}, "x_train has no column 'kind' to predict"),
        ({"x_train": customers(), "y_train": [1, 2]}, "y_train must be a label or value for each of the 60 rows"),
        (
            {"x_train": customers(), "y_train": customers()["bought"]},
            "x_train has a column 'bought', which is also the name of y_train",
        ),
        ({"x_train": customers(), "y_train": "bought", "x_test": np.zeros((3, 6))}, "x_test must be a DataFrame"),
        ({"x_train": customers(), "y_train": "bought", "x_test": customers()[["bought"]]}, "x_test lacks the column"),
    ],
)
def test_what_does_not_fit_is_told(arrays: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        given(**arrays)
