"""Rows that hold what no training row held are predicted with a word about it."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from keras_search.tuner.data import Columns
from keras_search.tuner.data.encoding import TableEncoding, fit_encoding
from keras_search.tuner.predicting.unknown import notes, unknown_values

FILE = Path("rows.csv")
CATEGORIES = ["red", "blue", "grün", ""]


def encoding(texts: list[str], columns: tuple[str, ...] = ("colour",)) -> TableEncoding:
    rows = {"numbers": np.arange(len(texts) * 1.0)[:, None], "texts": np.array([texts] * len(columns)).T}
    return fit_encoding(rows, Columns(("size",), columns, "y"))


def told(colours: list[str], sizes: list[float]) -> list[str]:
    rows = {"numbers": np.array(sizes)[:, None], "texts": np.array(colours)[:, None]}
    return notes(FILE, unknown_values(encoding(["red", "blue"]), rows))


def test_known_rows_are_predicted_without_a_word() -> None:
    assert told(["red", "blue", "red"], [1.0, np.nan, 3.0]) == []


def test_unknown_categories_are_told_with_their_share_and_the_first_of_them() -> None:
    assert told(["red", "purple", "Red", "blue"], [1.0, 2.0, 3.0, 4.0]) == [
        "rows.csv: column 'colour' holds no category that the model knows in 2 of 4 rows (50%), such as 'purple'."
    ]


def test_a_text_that_is_missing_where_none_was_is_unknown() -> None:
    assert told(["", "red"], [1.0, 2.0]) == [
        "rows.csv: column 'colour' holds no category that the model knows in 1 of 2 rows (50%), which are empty."
    ]


def test_rows_of_which_nothing_is_known_say_so() -> None:
    *_, empty, nothing = told(["x", "y"], [np.nan, np.nan])
    assert empty == "rows.csv: column 'size' is empty in every row, which counts as the mean of the training rows."
    assert nothing == "rows.csv: the model knows none of its values, so its predictions mean nothing for these rows."


def test_rare_categories_that_were_trained_on_as_one_are_known_unless_there_are_no_others() -> None:
    many = encoding([f"town {number}" for number in range(130)])
    rows = {"numbers": np.zeros((2, 1)), "texts": np.array([["town 0"], ["elsewhere"]])}
    assert unknown_values(many, rows).shares == {}
    assert unknown_values(many, {"numbers": np.zeros((1, 1)), "texts": rows["texts"][1:]}).shares == {"colour": 1.0}


@given(st.lists(st.sampled_from([*CATEGORIES, "Red", " red", "purple"]), min_size=1, max_size=20))
def test_shares_are_those_of_a_plain_count(texts: list[str]) -> None:
    known = encoding(CATEGORIES, ("colour", "same"))
    rows = {"numbers": np.zeros((len(texts), 1)), "texts": np.array([texts, ["red"] * len(texts)]).T}
    found = unknown_values(known, rows)
    strange = [text not in CATEGORIES for text in texts]
    share = sum(strange) / len(texts)
    assert found.shares == ({"colour": share} if share else {})
    assert [found.of_row(row) for row in range(len(texts))] == [{"colour": share} if each else {} for each in strange]
