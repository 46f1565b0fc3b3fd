"""A data set is read by what its name says it is."""

from pathlib import Path

import numpy as np
import pytest

from keras_search.errors import UsageError
from keras_search.tuner.data import Source, load_dataset, read_raw
from keras_search.tuner.data.loading import look_at
from keras_search.tuner.data.tree import size

FUNCTION = """
import numpy as np

def rows():
    return np.arange(40).reshape(20, 2), np.arange(20) % 2
"""


@pytest.fixture
def spec(tmp_path: Path) -> str:
    (tmp_path / "mine.py").write_text(FUNCTION, "utf-8")
    return f"{tmp_path / 'mine.py'}:rows"


def test_a_test_split_is_set_aside_where_there_is_none(spec: str) -> None:
    assert size(read_raw(Source(spec)).x_test) == 0
    assert [size(part) for part in (load_dataset(spec).x_train, load_dataset(spec).x_test)] == [16, 4]
    assert size(load_dataset(Source(spec, test_split=0.5)).x_test) == 10


def test_a_folder_with_the_name_of_a_built_in_data_set_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_dataset("digits").notes == ()
    (tmp_path / "digits").mkdir()
    (note,) = load_dataset("digits").notes
    assert note.what.endswith("comes with keras-search; your own in this folder is ./digits.")


def test_numbers_are_classes_or_values_as_the_task_says(spec: str) -> None:
    assert load_dataset(spec).class_names == ("0", "1")
    assert not load_dataset(Source(spec, task="regression")).target.classifies


def test_an_npz_may_hold_values(tmp_path: Path) -> None:
    x, y = np.eye(6), np.linspace(0, 1, 6)
    np.savez(tmp_path / "values.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    dataset = load_dataset(str(tmp_path / "values.npz"))
    assert (dataset.class_names, dataset.target.width) == ((), 1)


def test_a_path_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        load_dataset(str(tmp_path / "none.npz"))
    assert str(raised.value).startswith(f"No file {tmp_path / 'none.npz'}.")


def test_a_python_file_needs_the_name_of_a_function() -> None:
    with pytest.raises(UsageError) as raised:
        load_dataset("mine.py")
    assert str(raised.value) == "--dataset mine.py must name a function of that file: mine.py:FUNCTION."


def test_data_that_cannot_be_split_can_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("size,kind\n1,a\n2,a\n3,b\n", "utf-8")
    dataset, problem = look_at(Source(str(tmp_path / "mine.csv"), target="kind"))
    assert [size(dataset.x_train), size(dataset.x_test)] == [3, 0]
    assert str(problem).startswith(
        "--test-split 0.2 must leave an example of every class on both sides, class 'b' has 1."
    )
