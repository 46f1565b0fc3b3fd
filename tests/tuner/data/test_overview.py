"""What is understood of each kind of data, and how it is printed."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from keras_search.tuner.console.data_table import text
from keras_search.tuner.data import Source, dataset_of, load_dataset
from keras_search.tuner.data.facts import ClassCount, Column, Input, Output
from keras_search.tuner.data.overview import Overview, examine
from keras_search.tuner.data.table import read_table


def printed(overview: Overview, width: int = 110) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    with console.capture() as captured:
        console.print(text(overview))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.fixture
def several() -> Overview:
    """Give the overview of a data set of two inputs and two outputs."""
    random = np.random.default_rng(0)
    x = {"picture": random.integers(0, 256, (40, 20, 12, 3), np.uint8), "more": random.normal(size=(40, 4))}
    x["more"][:, 1] = 2
    y = {"kind": np.arange(40) % 2, "size": np.stack([np.arange(40) / 8, np.arange(40) / 4], axis=1)}
    return examine(dataset_of("several", {"x_train": x, "y_train": y}, {"kind": ["[red]", "blue"]}))


@pytest.fixture
def table(tmp_path: Path) -> Overview:
    """Give the overview of a table."""
    path = tmp_path / "people.csv"
    rows = [f"{row % 7 + 20},{'' if row < 3 else 'nm'[row % 2]},{row / 8}" for row in range(40)]
    path.write_text("\n".join(["age,town,income", *rows]))
    return examine(read_table(path, Source(str(path), target="income")))


def test_digits() -> None:
    overview = examine(load_dataset("digits"))
    assert (overview.name, overview.kind, overview.train, overview.test) == ("digits", "grey images", 1437, 360)
    assert overview.inputs == (Input("", "grey images", (8, 8), "float32", 0, 1, constant=4),)
    assert overview.outputs[0].classes[1] == ClassCount("1", 146, 36)
    assert (overview.columns, overview.odd) == ((), ())
    lines = printed(overview)
    assert lines[0] == "digits: grey images, 1,437 training examples and 360 test examples."
    assert lines[2:6] == [
        "to        examples  which",
        "fit          1,149",
        "validate       288  drawn at random with the seed, a share of 0.2 (--validation-split)",
        "test           360  as in the data",
    ]
    lines = lines[:2] + lines[7:]
    assert lines[2:4] == [
        "input  holds        shape  type     lowest  highest  always the same",
        "x      grey images  8 x 8  float32       0        1          4 of 64",
    ]
    assert lines[5:7] == ["class  train  share  test", "0        142   9.9%    36"]
    assert lines[-1] == "Nothing odd was found."


def test_mnist(mnist_path: Path) -> None:
    overview = examine(load_dataset(str(mnist_path)))
    assert overview.inputs == (Input("", "grey images", (28, 28), "uint8", 0, 255, constant=67),)
    assert overview.odd == ()


def test_several_inputs_and_outputs(several: Overview) -> None:
    assert several.kind == "several inputs"
    assert [about.kind for about in several.inputs] == ["colour images", "rows of numbers"]
    assert several.inputs[1].constant == 1
    assert several.outputs == (
        Output("kind", (ClassCount("[red]", 20, 0), ClassCount("blue", 20, 0))),
        Output("size", (), 2, 0.0, 3.65625, 9.75),
    )
    lines = printed(several)
    assert lines[0] == "several: several inputs, 40 examples, some of which a search sets aside for testing."
    assert lines[6:12] == [
        "class of kind  train  share",
        "[red]             20  50.0%",
        "blue              20  50.0%",
        "",
        "values of size  lowest   mean  highest",
        "2 per example        0  3.656     9.75",
    ]


def test_a_table(table: Overview) -> None:
    assert (table.kind, table.inputs) == ("table", ())
    assert table.columns == (
        Column("age", "numbers", missing=0, distinct=7, low=20, mean=22.875, high=26, whole=True),
        Column("town", "text", missing=3, distinct=2, common="m", whole=True),
    )
    assert printed(table)[2:5] == [
        "column  holds    missing  different  values",
        "age     numbers        0          7  20 to 26, mean 22.88",
        "town    text           3          2  most often m",
    ]


@pytest.mark.parametrize("name", ["several", "table"])
def test_plain_values_are_json(name: str, request: pytest.FixtureRequest) -> None:
    plain = request.getfixturevalue(name).as_dict()
    read: dict[str, Any] = json.loads(json.dumps(plain, allow_nan=False))
    assert list(read) == ["name", "kind", "train", "test", "inputs", "columns", "outputs", "odd", "parts"]
    assert all(list(oddity) == ["weight", "what", "advice"] for oddity in read["odd"])


def test_what_is_odd_is_printed_last(table: Overview) -> None:
    lines = printed(table, width=200)
    assert lines[-2].split() == ["what", "is", "odd", "what", "to", "do"]
    assert lines[-1].startswith("note  Values are missing in 1 column: 'town' 3 (7.5%).  No action needed:")


def test_of_many_classes_the_first_are_printed() -> None:
    y = np.repeat(np.arange(50), 12)
    x = np.random.default_rng(0).normal(size=(600, 4))
    names = [f"{'long ' * 12}{label}" for label in range(50)]
    lines = printed(examine(dataset_of("many", {"x_train": x, "y_train": y}, names)))
    shown = [line for line in lines if line.startswith("long")]
    assert len(shown) == 40
    assert shown[0] == "long long long long lon…     12   2.0%"
    assert "and 10 more: see --json" in lines


def test_a_column_of_nothing_has_no_numbers() -> None:
    from keras_search.models.problem import Target
    from keras_search.tuner.data import Columns, Dataset

    x = {"numbers": np.full((2, 1), np.nan, np.float32), "texts": np.array([[""], [""]])}
    columns = Columns(("age",), ("town",), "kind")
    empty = {name: array[:0] for name, array in x.items()}
    y = np.array([0, 1])
    overview = examine(Dataset("empty", x, y, empty, y[:0], (Target("", ("a", "b")),), columns))
    assert overview.columns == (Column("age", "numbers", 2, 0), Column("town", "text", 2, 0, whole=True))
    assert len(printed(overview)) > 5


def test_a_narrow_terminal_folds_sentences_between_words_and_crops_none(table: Overview) -> None:
    narrow, wide = printed(table, width=50), printed(table, width=200)
    assert max(map(len, narrow)) <= 50
    assert sorted(" ".join(narrow).split()) == sorted(" ".join(wide).split())


def test_numbers_that_are_none_have_no_part_in_what_the_others_reach() -> None:
    """A column with a hole is told of as well, and one without any number says nothing."""
    x = np.arange(60.0).reshape(20, 3)
    x[0, 0], x[:, 1] = np.nan, 7
    (about,) = examine(dataset_of("holed", {"x_train": x, "y_train": np.arange(20) % 2})).inputs
    assert (about.low, about.high, about.constant) == (2.0, 59.0, 1)
    (about,) = examine(dataset_of("void", {"x_train": x * np.nan, "y_train": np.arange(20) % 2})).inputs
    assert (about.low, about.high) == (None, None)
