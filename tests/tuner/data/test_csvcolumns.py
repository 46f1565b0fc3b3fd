"""Columns of delimited text that are read as numbers: nothing that their texts would say is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keras_search.errors import UsageError
from keras_search.tuner.data import Source, csvcolumns, csvfile
from keras_search.tuner.data.columns import MISSING
from keras_search.tuner.data.table import read_rows, read_table
from keras_search.tuner.data.tablefile import read_cells

NUMBERS = ["0", "1", "-1", "+5", "7", "12", "1.5", "-0.25", ".5", "5.", "1e3", "1E-2", "2.5e+1", " 3", "4 ", "0.0",
           "-0", "1234", "20200101", "20211231", "1.0", "2.0"]  # fmt: skip
LONG = ["9007199254740993", "9007199254740994", "1e16", "18446744073709551616", "-9223372036854775809", "1e39", "inf",
        "-Infinity", "0.1234567890123456789"]  # fmt: skip
CODES = ["007", '"0"5', "0", "00", "02134", '"012"', " 05", "-05", "0.5", "12"]
POINTS = ["1.234", "12.500", "-3.000", "1,5", "2,25", "1.234,5", "4.567.890", "7"]
GAPS = ["", "NA", "nan", "NaN", "n/A", "?", "-", "null", " ", "<NA>", ".", "-nan"]
TEXTS = ["a", "b", "True", "false", "2020-01-05", "05/01/2020", "00:30", "5 kg", "50%", "1 000", "#1", "#", "x,y",
         "0x10", "1_0", "\u0663", "\u00a07"]  # fmt: skip
KINDS = [NUMBERS, LONG, CODES, POINTS, TEXTS, ["1", "2", "3"], ["0.5", "1.5"]]
SEPARATORS = [",", ";", "\t"]


def column(kinds: list[list[str]], rows: int) -> st.SearchStrategy[list[str]]:
    some = st.lists(st.sampled_from(kinds), min_size=1, max_size=2).map(lambda found: [c for k in found for c in k])
    with_gaps = st.tuples(some, st.booleans()).map(lambda both: both[0] + (GAPS if both[1] else []))
    return with_gaps.flatmap(lambda cells: st.lists(st.sampled_from(cells), min_size=rows, max_size=rows))


def tables(kinds: list[list[str]]) -> st.SearchStrategy[list[list[str]]]:
    sizes = st.tuples(st.integers(1, 7), st.integers(1, 4))
    return sizes.flatmap(lambda size: st.lists(column(kinds, size[0]), min_size=size[1], max_size=size[1]))


def written(columns: list[list[str]], separator: str, end: str = "") -> str:
    """Write columns, and below them a target; a cell that holds the separator is quoted."""
    rows = [*zip(*columns, strict=True)]
    lines = [[f"c{place}" for place in range(len(columns))] + ["label"]]
    lines += [[*row, "xy"[place % 2]] for place, row in enumerate(rows)]
    quoted = [[f'"{cell}"' if separator in cell and '"' not in cell else cell for cell in line] for line in lines]
    return "\n".join(map(separator.join, quoted)) + "\n" + end


@contextmanager
def texts_only() -> Iterator[None]:
    """Read every column as texts, as the reference."""
    with pytest.MonkeyPatch.context() as patch:
        read = csvcolumns.read_columns
        patch.setattr(csvfile, "read_columns", lambda text, separator, names, _: read(text, separator, names, None))
        yield


def outcome(path: Path, source: Source) -> Any:
    """Return all that is read, or the error; the sign of zeros is left out: pandas drops it of whole numbers."""
    try:
        found = read_table(path, source)
    except UsageError as error:
        return str(error)
    x = found.x_train
    assert isinstance(x, dict)
    return [(x["numbers"] + 0.0).tobytes(), x["texts"].tolist(), found.y_train.tolist(), found.columns, found.notes]


def check(path: Path, **options: Any) -> None:
    source = Source(str(path), target="label", **options)
    with texts_only():
        expected = outcome(path, source)
    assert outcome(path, source) == expected


@pytest.fixture(scope="module", autouse=True)
def any_number_of_rows() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csvcolumns, "LEAST_ROWS", 1)
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables")


@given(tables(KINDS), st.sampled_from(SEPARATORS), st.sampled_from(["", ",,,,\n", "# the end\n", "\n\n", "1\n"]))
@example([["1.5", ""], ["2", "NA"]], ",", "")  # not an empty row: "NA" is written in it
@example([["#1", "2"], ["", "1.5"]], ",", "")  # a comment
@example([["5.5", "1.25"], ["1.234", "2.000"]], ";", "")  # a point elsewhere decides
def test_numbers_say_what_their_texts_say(folder: Path, columns: list[list[str]], separator: str, end: str) -> None:
    path = folder / "t.csv"
    path.write_text(written(columns, separator, end), encoding="utf-8")
    check(path)
    for kind in ("text", "number", "year-first", "decimal-comma"):
        check(path, read_as=(f"c0={kind}",))
    check(path, group="c0")
    check(path, time="c0")


@given(tables([NUMBERS, LONG, CODES, TEXTS[:8]]))
def test_what_follows_the_first_rows_counts_too(folder: Path, columns: list[list[str]]) -> None:
    path = folder / "t.csv"
    path.write_text(written(columns, ","), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csvcolumns, "SOME", 2)
        check(path)


@given(tables(KINDS).filter(lambda columns: len(columns[0]) > 2), st.integers(1, 2), st.sampled_from(SEPARATORS[:2]))
def test_rows_to_validate_on_are_read_alike(folder: Path, columns: list[list[str]], rows: int, separator: str) -> None:
    first, second = folder / "train.csv", folder / "val.csv"
    first.write_text(written([cells[:-rows] for cells in columns], separator), encoding="utf-8")
    second.write_text(written([cells[-rows:] for cells in columns], ","), encoding="utf-8")
    check(first, validation=str(second))


@given(tables([NUMBERS, LONG, CODES, ["true", "no"]]))
def test_new_rows_are_read_alike(folder: Path, columns: list[list[str]]) -> None:
    path = folder / "t.csv"
    path.write_text(written(columns, ","), encoding="utf-8")
    names = [f"c{place}" for place in range(len(columns))]

    def rows() -> Any:
        try:
            found = read_rows(path, names, ["label"])
        except UsageError as error:
            return str(error)
        return (found["numbers"] + 0.0).tobytes(), found["texts"].tolist()

    with texts_only():
        expected = rows()
    assert rows() == expected


def test_plain_numbers_are_not_read_as_texts(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("whole,part,gaps,code,many,word,label\n1,0.5,,01,9007199254740993,a,1\n2,1.5,NA,02,1,b,0\n")
    cells = read_cells(path, ["label"])
    assert list(cells.firsts) == ["part"]  # leading zeros somewhere leave whole numbers in doubt
    assert cells.frame.dtypes["part"] == np.float64
    path.write_text("whole,part,gaps,word,label\n1,0.5,,a,1\n2,1.5,3,b,0\n")
    cells = read_cells(path, ["label"])
    assert list(cells.firsts) == ["whole", "part", "gaps"]
    assert pd.api.types.is_integer_dtype(cells.frame["whole"])
    assert cells.frame["gaps"].isna().tolist() == [True, False]
    assert cells.frame["label"].tolist() == ["1", "0"]


@pytest.mark.parametrize("cell", sorted(MISSING - {""}))
def test_every_word_for_a_missing_value_is_one(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"a,label\n1.5,p\n{cell},q\n{cell.upper()},p\n2,q\n")
    assert "a" in read_cells(path, ["label"]).firsts
    check(path)


def test_a_row_that_is_too_long_is_refused_whatever_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,label\n" + "1,2\n" * 3000 + "1,2,3\n")
    with pytest.raises(UsageError, match="line 3002 has 3"):
        read_cells(path, ["label"])


MANY = 2001
LATE = {
    "a trailing column is missing": "label,a,\nx,007\ny,8\n",
    "a column has the name of an argument": "self,b,label\n1,1.5,x\n9007199254740993,2.5,y\n",
    "a quote closes after a zero": 'a,b,label\n"0"5,1.5,x\n7,2.5,y\n',
    "a missing column and a late date": "label,a,b\n" + "x,1\n" * MANY + "y,2020-01-05\n",
    "a row is too long, a later quote not closed": "a,label\n1,x,3\n" + "1,y\n" * MANY + '2,"y\n',
    "points come late": "a;b;label\n" + "1;1,234;x\n" * MANY + "1.0;2,234;y\n" * MANY,
    "points come late, after a missing value with points": (
        "a;b;label\nn.a.;1,234;x\n" + "1;1,234;x\n" * MANY + "0.5;2,234;y\n" * MANY
    ),
    "points come late, after one between thousands": (
        "a;b;label\n1.000;1,234;x\n" + "7;1,234;x\n" * MANY + "0.5;2,234;y\n" * MANY
    ),
    "a code comes late": "a,label\n" + "1,x\n2,y\n" * MANY + "007,x\n",
    "empty rows at the end": "a,b,label\n" + "1,2.5,x\n,1.5,y\n" * MANY + ",,\n,,\n",
}


@pytest.mark.parametrize("case", LATE)
def test_what_comes_late_or_is_written_oddly_is_seen(tmp_path: Path, case: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(LATE[case])
    check(path)


def test_few_rows_are_read_as_texts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csvcolumns, "LEAST_ROWS", csvcolumns.SOME)
    path = tmp_path / "t.csv"
    path.write_text("a,label\n" + "1,x\n" * (csvcolumns.SOME - 1))
    assert read_cells(path, ["label"]).firsts == {}
    path.write_text("a,label\n" + "1,x\n" * csvcolumns.SOME)
    assert list(read_cells(path, ["label"]).firsts) == ["a"]


def test_a_leading_zero_is_found_wherever_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for length in (5, 6, 7, 8):
        monkeypatch.setattr(csvcolumns, "_PIECE", length)
        assert csvcolumns._has_leading_zeros("a,b\n1,2\n3,04\n", ",")
        assert not csvcolumns._has_leading_zeros("a,b\n1,200\n3,0\n0,-07\n0.05,100\n", ",")
