"""Columns as people bring them, and the same columns again when rows are predicted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data import Dataset, Source
from keras_search.tuner.data.table import read_rows, read_table


def read(folder: Path, text: str, **given: object) -> Dataset:
    path = folder / "t.csv"
    path.write_text(text, encoding="utf-8")
    return read_table(path, Source(str(path), target="y", **given))  # type: ignore[arg-type]


def column(folder: Path, *cells: str, separator: str = ",", **given: object) -> Dataset:
    rows = [f'"{cell}"{separator}{"pq"[place % 2]}\n' for place, cell in enumerate(cells)]
    return read(folder, f"a{separator}y\n" + "".join(rows), **given)


def numbers(dataset: Dataset) -> list[float]:
    found: list[float] = dataset.x_train["numbers"][:, 0].tolist()  # type: ignore[call-overload]
    return found


def told(dataset: Dataset) -> list[str]:
    return [note.what for note in dataset.notes]


def test_thousands_in_a_file_parted_by_commas(tmp_path: Path) -> None:
    found = column(tmp_path, "50,524", "1,200", "950")
    assert numbers(found) == [50524, 1200, 950]
    assert told(found) == [
        "Column 'a' was read as numbers, decimal mark '.' and ',' between thousands: '50,524' is 50524."
    ]
    assert found.notes[0].advice == "No action needed if that is right, else --read-as a=text or --drop a"


def test_another_column_tells_what_a_comma_is(tmp_path: Path) -> None:
    found = read(tmp_path, "a;b;c;y\n50,524;1,5;1.234;p\n1,200;2,25;2.500;q\n950;3;4;p\n")
    assert found.x_train["numbers"].tolist() == [[50.524, 1.5, 1.234], [1.2, 2.25, 2.5], [950, 3, 4]]  # type: ignore[call-overload]
    found = read(tmp_path, "a;b;c;y\n50,524;1,5;1.234;p\n1,200;2,25;2.500;q\n950;3;14.000;p\n")
    assert found.x_train["numbers"][:, 2].tolist() == [1234, 2500, 14000]  # type: ignore[call-overload]


@pytest.mark.parametrize(("kind", "expected"), [("decimal-comma", [1.5, 2.25]), ("decimal-point", [1500, 2250])])
def test_what_the_file_does_not_tell_is_said_by_hand(tmp_path: Path, kind: str, expected: list[float]) -> None:
    assert numbers(column(tmp_path, "1,500", "2,250", separator=";", read_as=(f"a={kind}",))) == expected


def test_codes_that_begin_with_0_are_no_numbers_unless_someone_says_so(tmp_path: Path) -> None:
    found = column(tmp_path, "01234", "90210", "NA")
    assert found.x_train["texts"].tolist() == [["01234"], ["90210"], ["NA"]]  # type: ignore[call-overload]
    assert told(found) == ["Column 'a' holds codes that begin with 0, such as '01234': they were read as categories."]
    assert numbers(column(tmp_path, "01234", "90210", read_as=("a=number",))) == [1234, 90210]
    assert numbers(column(tmp_path, "0", "0.5", "-3")) == [0, 0.5, -3]


def test_numbers_too_long_for_float64_are_categories(tmp_path: Path) -> None:
    cells = ["1234567890123456789", "1234567890123456790"]
    found = column(tmp_path, *cells)
    assert found.x_train["texts"].ravel().tolist() == cells  # type: ignore[call-overload]
    assert told(found) == [
        "Column 'a' holds whole numbers too long to be distinguished as numbers, such as 1234567890123456789: they "
        "were read as categories."
    ]
    assert len(numbers(column(tmp_path, *cells, read_as=("a=number",)))) == 2
    assert numbers(column(tmp_path, "1e17", "2")) == [1e17, 2]


def test_shares_kept_as_numbers_are_not_taken_for_percent(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    columns = column(tmp_path, "5%", "7.5%").columns
    assert columns is not None
    pd.DataFrame({"a": [0.05]}).to_parquet(tmp_path / "new.parquet")
    with pytest.raises(UsageError, match=r"holds numbers with %, decimal mark '\.', received numbers"):
        read_rows(tmp_path / "new.parquet", columns.numbers, columns.texts, columns.readings)


def test_a_class_that_may_be_a_gap_is_told(tmp_path: Path) -> None:
    assert told(read(tmp_path, "a,y\n1,NA\n2,x\n3,z\n")) == ["Class 'NA' of the target may stand for missing labels."]


def test_numbers_can_be_read_as_categories(tmp_path: Path) -> None:
    assert column(tmp_path, "1", "2", "3", read_as=("a=text",)).x_train["texts"].tolist() == [["1"], ["2"], ["3"]]  # type: ignore[call-overload]


def test_units_of_other_kinds_are_told_and_read_if_wanted(tmp_path: Path) -> None:
    found = column(tmp_path, "5 kg", "6 kg", "7.5 kg")
    assert told(found) == ["Column 'a' holds numbers followed by 'kg', such as '5 kg': they were read as categories."]
    assert numbers(column(tmp_path, "5 kg", "6 kg", "7.5 kg", read_as=("a=number",))) == [5, 6, 7.5]
    assert told(column(tmp_path, "$5", "€6", "€7")) == [
        "Column 'a' holds numbers written in several ways, such as '$5': they were read as categories."
    ]


def test_dates_become_days_and_what_comes_round_again(tmp_path: Path) -> None:
    days = pd.date_range("2021-01-01", periods=500, freq="D")
    found = column(tmp_path, *days.strftime("%d.%m.%Y"))
    assert found.columns is not None
    assert found.columns.numbers == (
        "a", "a (time of year, sine)", "a (time of year, cosine)", "a (weekday, sine)", "a (weekday, cosine)",
    )  # fmt: skip
    x = found.x_train["numbers"]  # type: ignore[call-overload]
    np.testing.assert_array_equal(x[:, 0], 18628 + np.arange(500))
    np.testing.assert_allclose(np.hypot(x[:, 3], x[:, 4]), 1)
    assert len(np.unique(x[:, 3].round(6))) == 7
    np.testing.assert_allclose(x[0, 1:3], x[365, 1:3], atol=0.01)


def test_eight_digits_are_dates_if_wanted(tmp_path: Path) -> None:
    cells = ["20230101", "20230131", "20230201"]
    assert told(column(tmp_path, *cells)) == ["Column 'a' holds numbers that look like dates, such as 20230101."]
    assert numbers(column(tmp_path, *cells, read_as=("a=year-first",))) == [19358, 19388, 19389]
    with pytest.raises(UsageError, match="holds dates, but '20230132' in row 2"):
        column(tmp_path, "20230101", "20230132", read_as=("a=year-first",))


@pytest.mark.parametrize("given", ["a", "a=colour", "b=text"])
def test_a_wish_that_cannot_be(tmp_path: Path, given: str) -> None:
    with pytest.raises(UsageError, match="--read-as"):
        column(tmp_path, "1", "2", read_as=(given,))


def test_types_of_pandas(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "when": pd.to_datetime(["2022-03-28 12:00", None, "2022-03-28 18:00"]),
            "zoned": pd.to_datetime(["2022-03-28T12:00+02:00"] * 3, utc=True),
            "span": pd.to_timedelta([1.5, 2, None], unit="D"),
            "y": ["p", "q", "p"],
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    found = read_table(tmp_path / "t.parquet", Source("", target="y"))
    assert found.columns is not None
    assert found.columns.numbers == ("when", "when (time of day, sine)", "when (time of day, cosine)", "zoned", "span")
    x = found.x_train["numbers"]  # type: ignore[call-overload]
    assert x[0].tolist() == pytest.approx([19079.5, 0, -1, 19079 + 10 / 24, 1.5], abs=1e-9)
    assert np.isnan(x[1, :3]).all()


FORMS = """when;price;share;code;y
01.02.2022;1.234,50 €;10,7%;007;p
13.05.2023;12,00 €;;123;q
;-;5%;008;p
"""


def test_rows_to_predict_are_read_alike(tmp_path: Path) -> None:
    found = read(tmp_path, FORMS)
    columns = found.columns
    assert columns is not None
    again = tmp_path / "new.csv"
    again.write_text(
        'share,code,price,when,more\n"10,7%",007,"1.234,50 €",01.02.2022,x\n,123,12,13.05.2023,\n5%,008,-,,\n'
    )
    rows = read_rows(again, columns.numbers, columns.texts, columns.readings)
    for part in ("numbers", "texts"):
        np.testing.assert_array_equal(rows[part], found.x_train[part])  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("2022-02-01;5;5%;1", "'when' of new.csv holds dates (day first): days since 1970-01-01, time of year and "
         "weekday, but '2022-02-01' in row 1: write it like the others, or leave the cell empty."),
        ("01.02.2022;1.5;5%;1", "'price' of new.csv holds numbers with €, decimal mark ',' and '.' between "
         "thousands, but '1.5' in row 1: write it like the others, or leave the cell empty."),
    ],
)  # fmt: skip
def test_rows_that_are_written_otherwise_are_told(tmp_path: Path, cell: str, message: str) -> None:
    columns = read(tmp_path, FORMS).columns
    assert columns is not None
    (tmp_path / "new.csv").write_text(f"when;price;share;code\n{cell}\n")
    with pytest.raises(UsageError) as raised:
        read_rows(tmp_path / "new.csv", columns.numbers, columns.texts, columns.readings)
    assert str(raised.value) == f"Column {message}"
