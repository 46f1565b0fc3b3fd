"""Tables: what is understood of them, and one clear line for what is wrong."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from keras_search.errors import KerasSearchError, UsageError
from keras_search.models.problem import Target
from keras_search.tuner.data import Columns, Dataset, Source, load_dataset, make_splits
from keras_search.tuner.data.source import Task
from keras_search.tuner.data.table import read_rows, read_table


def written(folder: Path, text: str, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, target: str | None = "y", drop: tuple[str, ...] = (), task: Task | None = None) -> Dataset:
    return read_table(path, Source(str(path), target=target, drop=drop, task=task))


def test_numbers_categories_and_classes_are_told_apart(tmp_path: Path) -> None:
    found = read(written(tmp_path, "size,colour,y\n1.5,red,no\n,blue,yes\n3,,no\n"))
    assert found.name == "t"
    assert found.columns == Columns(("size",), ("colour",), "y")
    np.testing.assert_array_equal(found.x_train["numbers"], np.array([[1.5], [np.nan], [3]]))
    assert found.x_train["numbers"].dtype == np.float64
    assert found.x_train["texts"].tolist() == [["red"], ["blue"], [""]]
    assert found.targets == (Target("", ("no", "yes")),)
    assert found.y_train.dtype == np.int64
    assert found.y_train.tolist() == [0, 1, 0]
    assert len(found.y_test) == len(found.x_test["numbers"]) == len(found.x_test["texts"]) == 0


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_found_and_a_byte_order_mark_is_no_name(tmp_path: Path, separator: str) -> None:
    rows = [["\ufeffa", '"b, c; d\t"', "y"], ["1", '"x, y; z\t"', "p"], ["2", "u", "q"]]
    found = read(written(tmp_path, "".join(f"{separator.join(row)}\n" for row in rows)))
    assert found.columns == Columns(("a",), ("b, c; d",), "y")
    assert found.x_train["texts"].tolist() == [["x, y; z"], ["u"]]


def test_true_and_false_are_numbers_and_words_for_nothing_are_missing_ones(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a,b,y\nTrue,NA,p\nfalse,?,q\nTRUE,3,q\n,nan,q\n"))
    expected = np.array([[1, np.nan], [0, np.nan], [1, 3], [np.nan, np.nan]], np.float32)
    np.testing.assert_array_equal(found.x_train["numbers"], expected)


def test_a_column_that_is_mostly_text_is_text_as_it_is_written(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a,y\n01,p\n x ,q\nNA,q\nz,p\n"))
    assert found.x_train["texts"].tolist() == [["01"], ["x"], ["NA"], ["z"]]


def test_empty_and_dropped_columns_are_left_out(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a,b,c,y,\n1,,?,p,\n2,,,q,\n3,,,q,\n"), drop=())
    assert found.columns == Columns(("a",), (), "y")
    found = read(written(tmp_path, "a,b,y\n1,2,p\n2,1,q\n"), drop=("a",))
    assert found.columns == Columns(("b",), (), "y")


@pytest.mark.parametrize(
    ("values", "task", "class_names", "labels"),
    [
        ("b a b", None, ("a", "b"), [1, 0, 1]),
        ("True False True", None, ("False", "True"), [1, 0, 1]),
        ("10 9 10", None, ("9", "10"), [1, 0, 1]),
        ("2.5 1.5 2.5", "classification", ("1.5", "2.5"), [1, 0, 1]),
        ("2 1 x", "classification", ("1", "2", "x"), [1, 0, 2]),
        ("2.5 1.5 2.5", None, (), [[2.5], [1.5], [2.5]]),
        ("2 1 2", "regression", (), [[2], [1], [2]]),
    ],
)
def test_a_target_is_classes_or_values(
    tmp_path: Path, values: str, task: Task | None, class_names: tuple[str, ...], labels: list[object]
) -> None:
    rows = "".join(f"{place},{value}\n" for place, value in enumerate(values.split()))
    found = read(written(tmp_path, f"a,y\n{rows}"), task=task)
    assert found.class_names == class_names
    assert found.y_train.tolist() == labels
    assert found.y_train.dtype == (np.int64 if class_names else np.float32)


@pytest.mark.parametrize(("different", "classifies"), [(20, True), (21, False)])
def test_many_different_whole_numbers_are_values(tmp_path: Path, different: int, classifies: bool) -> None:
    rows = "".join(f"1.5,{place % different}\n" for place in range(100))
    assert read(written(tmp_path, f"a,y\n{rows}")).target.classifies is classifies


NUMBERS = "holds numbers, but 'three' in row 3: write a number there, "
WRONG = {
    "empty": ("", "{path} is empty, expected a header with the names of the columns, and rows below."),
    "no rows": ("a,y\n", "{path} must hold rows below its header, received none."),
    "no target": ("a,b\n1,2\n", "--target must name the column of {path} to predict, received 'y'. It has: 'a', 'b'."),
    "one class": ("a,y\n1,p\n2,p\n", "Column 'y' of t.csv, the target, must hold at least 2 classes, "
                  "every row is 'p'."),
    "one value": ("a,y\n1,2.5\n2,2.5\n", "Column 'y' of t.csv, the target, must hold different values, "
                  "every row is 2.5."),
    "no features": ("y\np\nq\n", "{path} must have a column besides 'y' to predict it from, received none."),
    "a name twice": ("a, a,y\n1,2,p\n", "{path} must name each column once, received 'a' 2 times."),
    "no name": (",a,y\n0,1,p\n1,2,q\n", "Column 'Unnamed: 0' of t.csv has no name, like an index that was written with "
                "the rows: name it, or leave it out with --drop 'Unnamed: 0'."),
    "text": ("a,y\n1,p\n2,q\nthree,p\n", f"Column 'a' of t.csv {NUMBERS}leave the cell empty, read it as categories "
             "with --read-as a=text, or leave it out with --drop a."),
    "text in the target": ("a,y\n1,1\n2,2\n3,three\n", f"Column 'y' of t.csv {NUMBERS}or add --task classification."),
    "missing targets": ("a,y\n1,p\n2,\n,q\n3,\n", "Column 'y' of t.csv, the target, must be filled in every row: 2 of "
                        "4 are empty, the first is row 2. Fill them in, or delete those rows."),
    "infinite": ("a b,y\n1,p\n-inf,q\n", "Column 'a b' of t.csv holds -inf in row 2, which is not a finite float32 "
                 "number: correct it, leave the cell empty, or leave it out with --drop 'a b'."),
    "too large": ("a,y\n1e39,p\n2,q\n", "Column 'a' of t.csv holds 1e+39 in row 1, which is not a finite float32 "
                  "number: correct it, leave the cell empty, or leave it out with --drop a."),
    "dates of two orders": ("a,y\n01/02/2020,p\n03/04/2020,q\n", "Column 'a' of t.csv holds dates that can be read in "
                            "several ways, '01/02/2020' as 2020-02-01 or 2020-01-02: say which with --read-as "
                            "a=day-first or --read-as a=month-first, or leave it out with --drop a."),
    "a stray text among dates": ("a,y\n2020-01-02,p\n2020-01-03,q\nsoon,p\n", "Column 'a' of t.csv holds dates, but "
                                 "'soon' in row 3: write a date there, leave the cell empty, read it as categories "
                                 "with --read-as a=text, or leave it out with --drop a."),
    "commas of two meanings": ("a;y\n1,500;p\n2,250;q\n", "Column 'a' of t.csv holds numbers that can be read in two "
                               "ways, '1,500' as 1500 or as 1.5: say which with --read-as a=decimal-point or --read-as "
                               "a=decimal-comma, or leave it out with --drop a."),
    "a date to predict": ("a,y\n1,2020-01-02\n2,2020-01-03\n", "Column 'y' of t.csv holds dates (year first), such as "
                          "'2020-01-02': write them as numbers, days since the first for example, or add --task "
                          "classification."),
    "prose": (f"a,y\n{'z' * 300},p\nb,q\n", "Column 'a' of t.csv holds texts of up to 300 characters: "
              "write categories, or leave it out with --drop a."),
    "a long row": ("a,y\n1,p\n1,2,3,q\n", "{path} must have a value for each of its 2 columns in every row: "
                   "line 3 has 4. Quote values that contain ',', or remove the extra ones."),
    "a comma at the end of every row": ("a,y\n1,p,\n2,q,\n", "{path} must have a value for each of its 2 columns in "
                                        "every row: line 2 has 3. Quote values that contain ',', or remove the extra "
                                        "ones."),
    "a long row below one of two lines": ('a,y\n"1\n1",p\n2,q,3\n', "{path} must have a value for each of its 2 "
                                          "columns in every row: line 4 has 3. Quote values that contain ',', or "
                                          "remove the extra ones."),
    "an open quote": ('a,y\n2,q\n"1,p\n', "{path} has a quote in line 3 that is not closed: close it, or remove it."),
    "an open quote with much behind": ('"a,y\n' + "1,p\n" * 40_000, "{path} has a quote in its header that is not "
                                       "closed: close it, or remove it."),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_table_is_one_line(tmp_path: Path, what: str) -> None:
    text, message = WRONG[what]
    path = written(tmp_path, text)
    with pytest.raises(UsageError) as raised:
        read(path)
    assert str(raised.value) == message.format(path=path)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"target": None}, "--target must name the column of {path} to predict, received none. It has: 'a', 'b', 'y'."),
        ({"drop": ("z",)}, "--drop 'z' is not a column of {path}. It has: 'a', 'b', 'y'."),
        ({"drop": ("y",)}, "--drop 'y' is the column to predict: keep it, or choose another --target."),
        ({"drop": ("a", "b")}, "{path} must have a column besides 'y' to predict it from, received none."),
        ({"task": "regression"}, "Column 'y' of t.csv, the target, must hold numbers for --task regression, received "
         "'p' in row 1."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_options_is_one_line(tmp_path: Path, given: dict[str, object], message: str) -> None:
    path = written(tmp_path, "a,b,y\n1,2,p\n2,1,q\n")
    with pytest.raises(UsageError) as raised:
        read(path, **given)  # type: ignore[arg-type]
    assert str(raised.value) == message.format(path=path)


def test_the_columns_of_a_wide_table_are_not_all_listed(tmp_path: Path) -> None:
    path = written(tmp_path, ",".join(f"c{place}" for place in range(30)) + "\n" + ",".join("1" * 30) + "\n")
    with pytest.raises(UsageError, match=r"'c19' and 10 more\.$"):
        read(path)


def test_a_place_without_a_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^No file .*none\.csv\. Check the path of the table\.$"):
        read(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(
        UsageError, match=r"folder\.csv is a folder, expected a table, a \.csv, .* or \.parquet file\.$"
    ):
        read(tmp_path / "folder.csv")
    (tmp_path / "latin.csv").write_bytes("a,y\né,p\n".encode("latin-1"))
    with pytest.raises(
        UsageError, match=r"latin\.csv must be UTF-8 text, received the byte 0xe9: save it as UTF-8\. .*'a,y é,p'"
    ):
        read(tmp_path / "latin.csv")


def test_rows_are_read_by_the_names_of_their_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "more,b,y,a\n9,01,p,1\n9,02,q,\n")
    found = read_rows(path, ("a",), ("b",))
    np.testing.assert_array_equal(found["numbers"], np.array([[1], [np.nan]], np.float32))
    assert found["texts"].tolist() == [["01"], ["02"]]


@pytest.mark.parametrize(
    ("numbers", "texts", "message"),
    [
        (("a", "c"), ("d",), "{path} lacks columns that the model learned from: 'c', 'd'."),
        (("b",), (), "Column 'b' of t.csv holds numbers, but 'x' in row 2: write a number there, or leave the cell "
         "empty."),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_are_told(
    tmp_path: Path, numbers: tuple[str, ...], texts: tuple[str, ...], message: str
) -> None:
    path = written(tmp_path, "a,b\n1,2\n3,x\n")
    with pytest.raises(UsageError) as raised:
        read_rows(path, numbers, texts)
    assert str(raised.value) == message.format(path=path)


@pytest.mark.parametrize(("load", "shape"), [(load_wine, (178, 13)), (load_breast_cancer, (569, 30))])
def test_real_tables_become_splits(tmp_path: Path, load: object, shape: tuple[int, int]) -> None:
    bunch = load(as_frame=True)  # type: ignore[operator]
    frame = bunch.frame.assign(target=bunch.target_names[bunch.frame["target"]])
    frame.to_csv(tmp_path / "real.csv", index=False)
    dataset = load_dataset(Source(str(tmp_path / "real.csv"), target="target"))
    splits = make_splits(dataset, 0.2, seed=0)
    assert splits.class_names == tuple(sorted(bunch.target_names))
    assert len(splits.x_fit) + len(splits.x_val) + len(splits.x_test) == shape[0]
    assert splits.input_shape == shape[1:]
    np.testing.assert_allclose(splits.x_fit.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(splits.x_fit.std(axis=0), 1, atol=1e-4)
    np.testing.assert_array_equal(splits.preparation.apply(splits.raw_test), splits.x_test)


def test_values_to_predict_become_splits(tmp_path: Path) -> None:
    frame = load_diabetes(as_frame=True).frame
    frame.to_csv(tmp_path / "diabetes.csv", index=False)
    splits = make_splits(load_dataset(Source(str(tmp_path / "diabetes.csv"), target="target")), 0.2, seed=0)
    assert splits.targets == (Target("", (), 1),)
    assert splits.y_test.shape == (89, 1)


def test_parquet_without_its_reader_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "?", "t.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(KerasSearchError) as raised:
        read(path)
    assert str(raised.value) == "Reading a .parquet file takes pyarrow: pip install keras-search[parquet]"


def test_parquet_is_read_by_its_types(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "truth": pd.array([True, None, False], dtype="boolean"),
            "text": ["x", None, "z"],
            "category": pd.Categorical(["u", "v", None]),
            "y": ["p", "q", "p"],
        }
    )
    frame.set_index("whole").to_parquet(tmp_path / "t.parquet")
    found = read(tmp_path / "t.parquet")
    assert found.columns == Columns(("whole", "truth"), ("text", "category"), "y")
    np.testing.assert_array_equal(found.x_train["numbers"], np.array([[1, 1], [np.nan, np.nan], [3, 0]], np.float32))
    assert found.x_train["texts"].tolist() == [["x", "u"], ["", "v"], ["z", ""]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([{"b": 1}, {"b": 2}], "holds values of the type dict: write text or numbers"),
        ([[1], [2]], "holds values of the type ndarray: write text or numbers"),
    ],
)
def test_parquet_holds_what_cannot_be_used(tmp_path: Path, values: object, message: str) -> None:
    pytest.importorskip("pyarrow")
    pd.DataFrame({"a": values, "y": ["p", "q"]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(UsageError, match=f"^Column 'a' of t.parquet {message}"):
        read(tmp_path / "t.parquet")


def test_a_target_with_decimal_commas_is_read(tmp_path: Path) -> None:
    found = read(written(tmp_path, "size;y\n" + "".join(f"{n};{n},5\n" for n in range(10))))
    assert found.y_train.ravel().tolist() == [n + 0.5 for n in range(10)]
    assert "was read as numbers, decimal mark ',': '0,5' is 0.5." in found.notes[0].what


def test_a_target_far_from_0_keeps_its_differences(tmp_path: Path) -> None:
    found = read(written(tmp_path, "a,y\n" + "".join(f"{n},{1_750_000_000 + 30 * n}\n" for n in range(50))))
    (offset,) = found.target.offset
    assert (found.y_train.astype(np.float64) + offset).ravel().tolist() == [1_750_000_000 + 30 * n for n in range(50)]
    assert "1750000735 is subtracted for training" in found.notes[0].what
    assert found.digest != read(tmp_path / "t.csv", task="classification").digest


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        ("20230101 20230102 20230131", [20230101, 20230102, 20230131]),
        ("1750000000 1750000001 1750000601", [1750000000, 1750000001, 1750000601]),
        ("0.1 0.30000000000000004 1e300", None),
    ],
)
def test_numbers_are_kept_as_they_are_written(tmp_path: Path, cells: str, numbers: list[float] | None) -> None:
    path = written(tmp_path, "a,y\n" + "".join(f"{cell},{'pq'[n % 2]}\n" for n, cell in enumerate(cells.split())))
    if numbers is None:
        with pytest.raises(UsageError, match="not a finite float32 number"):
            read(path)
    else:
        assert read(path).x_train["numbers"].ravel().tolist() == numbers
