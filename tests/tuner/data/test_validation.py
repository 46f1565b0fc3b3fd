"""A validation set of the user's own is what is validated on."""

from pathlib import Path

import numpy as np
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data import Dataset, Source, load_dataset, make_splits
from keras_search.tuner.data.overview import examine

ROWS = "size;when;y\n" + "".join(f"{n},5;{n % 28 + 1:02d}.02.2022;{'pq'[n % 2]}\n" for n in range(40))


def table(folder: Path, validation: str) -> Dataset:
    (folder / "t.csv").write_text(ROWS)
    (folder / "v.csv").write_text(validation)
    return load_dataset(Source(str(folder / "t.csv"), target="y", validation=str(folder / "v.csv")))


def test_a_table_is_validated_on_another(tmp_path: Path) -> None:
    """What a comma means and how dates are read is told by both files, whichever order their columns are in."""
    dataset = table(tmp_path, 'y,when,size\np,01.02.2022,"1,500"\nq,02.02.2022,7\n')
    splits = make_splits(dataset, None, seed=0)
    assert (len(splits.x_fit), len(splits.x_val), len(splits.x_test)) == (32, 2, 8)
    assert dataset.x_val is not None
    assert dataset.x_val["numbers"][:, :2].tolist() == [[1.5, 19024], [7, 19025]]  # type: ignore[call-overload]
    assert splits.y_val.tolist() == [0, 1]  # type: ignore[union-attr]
    assert [(part.use, part.examples, part.origin) for part in examine(dataset).parts] == [
        ("fit", 32, ""), ("validate", 2, "as in the data"), ("test", 8, "drawn at random, always the same"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        ("size,y\n1,p\n", "lacks columns that .*: 'when'"),
        ("size;when;y\n1;01.02.2022;r\n", "must have an example of every class to train on, 'r' is only among"),
        ("size;when;y\n1;soon;p\n", "Column 'when' of t.csv .* 'soon' in row 1 of v.csv"),
        ("size;when;y\n1;01.02.2022;p\n2;01.02.2022;\n", "1 of 42 are empty, the first is row 2 of v.csv"),
    ],
)
def test_a_table_that_does_not_fit(tmp_path: Path, validation: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        table(tmp_path, validation)


def test_a_wrong_row_of_the_table_itself_is_still_its_own(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(ROWS.replace("03.02.2022", "never"))
    (tmp_path / "v.csv").write_text("size;when;y\n1;01.02.2022;p\n")
    with pytest.raises(UsageError, match=r"'never' in row 3 of t\.csv"):
        load_dataset(Source(str(tmp_path / "t.csv"), target="y", validation=str(tmp_path / "v.csv")))


@pytest.mark.parametrize("option", ["group", "time"])
def test_a_gap_in_the_column_that_divides_the_rows_is_named_in_its_file(tmp_path: Path, option: str) -> None:
    (tmp_path / "t.csv").write_text(ROWS)
    (tmp_path / "v.csv").write_text("size;when;y\n1;01.02.2022;p\n2;;q\n")
    source = Source(str(tmp_path / "t.csv"), target="y", validation=str(tmp_path / "v.csv"), **{option: "when"})  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"1 of 42 are empty, the first is row 2 of v\.csv"):
        load_dataset(source)


def arrays(folder: Path, **more: np.ndarray) -> Path:
    x, y = np.random.default_rng(0).normal(size=(30, 4)), np.arange(30) % 3
    np.savez(folder / "a.npz", x_train=x, y_train=y, x_test=x, y_test=y, **more)  # type: ignore[arg-type]
    return folder / "a.npz"


@pytest.mark.parametrize("names", [("x_val", "y_val"), ("x", "y")])
def test_arrays_are_validated_on_those_of_another_file(tmp_path: Path, names: tuple[str, str]) -> None:
    np.savez(tmp_path / "v.npz", **dict(zip(names, (np.ones((3, 4)), np.arange(3)), strict=True)))
    dataset = load_dataset(Source(str(arrays(tmp_path)), validation=str(tmp_path / "v.npz")))
    assert dataset.y_val is not None
    assert (len(dataset.y_train), dataset.y_val.tolist()) == (30, [0, 1, 2])  # type: ignore[union-attr]


def test_arrays_that_do_not_fit(tmp_path: Path) -> None:
    np.savez(tmp_path / "v.npz", x=np.ones((3, 4)))
    with pytest.raises(UsageError, match="must hold the arrays x_val and y_val; it holds x"):
        load_dataset(Source(str(arrays(tmp_path)), validation=str(tmp_path / "v.npz")))
    x, y = np.ones((3, 4)), np.arange(3)
    with pytest.raises(UsageError, match="is for data without a validation set"):
        load_dataset(Source(str(arrays(tmp_path, x_val=x, y_val=y)), validation=str(tmp_path / "v.npz")))
    with pytest.raises(UsageError, match="digits is neither"):
        load_dataset(Source("digits", validation="v.npz"))


def test_values_that_float32_cannot_tell_apart_are_refused_in_arrays(tmp_path: Path) -> None:
    (tmp_path / "far.py").write_text(
        "import numpy\nx = numpy.arange(50.0)[:, None]\ndef load():\n    return x, 1750000000 + 30.0 * x\n"
        "def near():\n    return x, 30.0 * x\n"
    )
    with pytest.raises(UsageError, match=r"1750000000 to 1750001470, that float32, .*: subtract 1750000735 first"):
        load_dataset(f"{tmp_path}/far.py:load")
    assert load_dataset(f"{tmp_path}/far.py:near").target.offset == ()
