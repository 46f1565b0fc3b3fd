"""What is odd about a data set is told in one sentence, with what to do, the heaviest first."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras_search.tuner.data import Dataset, Source, dataset_of
from keras_search.tuner.data.dataset import set_test_aside
from keras_search.tuner.data.oddity import Oddity, listed, plural, quoted
from keras_search.tuner.data.overview import examine
from keras_search.tuner.data.table import read_table


def different(count: int, *shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(count, *shape)).astype(np.float32)


def classes(*counts: int) -> Any:
    return np.repeat(np.arange(len(counts)), counts)


def odd(**arrays: Any) -> tuple[Oddity, ...]:
    class_names = arrays.pop("class_names", None)
    return examine(dataset_of("data", arrays, class_names)).odd


def told(**arrays: Any) -> list[str]:
    return [oddity.what for oddity in odd(**arrays)]


def test_nothing_is_odd_about_sound_data() -> None:
    x, y = different(60, 8, 8), classes(30, 30)
    assert odd(x_train=x, y_train=y) == ()
    assert odd(x_train=x, y_train=y, x_test=different(20, 8, 8, seed=1), y_test=classes(10, 10)) == ()
    assert odd(x_train=x, y_train=different(60)) == ()


def test_classes_with_too_few_examples_for_the_splits() -> None:
    (scarce,) = odd(x_train=different(43, 4), y_train=classes(1, 20, 2, 20))
    assert scarce.weight == "bad"
    assert scarce.what == (
        "2 classes have few examples ('0' 1 and '2' 2), 3 are needed: one each to train, validate and test on."
    )
    assert scarce.advice == "Add examples, or leave out classes with so few."
    test = {"x_test": different(4, 4, seed=1), "y_test": classes(1, 1, 1, 1)}
    with_test = odd(x_train=different(43, 4), y_train=classes(1, 20, 2, 20), **test)
    assert [oddity.what for oddity in with_test] == [
        "Class '0' has 1 example, 2 are needed: one each to train and validate on.",
        "Class '2' has 2 examples.",
        "Class '1' has 20 examples, '2' 2: always predicting '1' is correct for 46.5%.",
    ]


def test_only_the_compared_output_must_be_on_every_side_of_the_splits() -> None:
    y = {"first": classes(20, 20), "second": classes(39, 1)}
    found, imbalance = odd(x_train=different(40, 4), y_train=y)
    assert (found.weight, found.what) == ("note", "Class '1' of second has 1 example.")
    assert found.advice == "Add examples: little is learned from so few."
    assert imbalance.what.startswith("Class '0' of second has 39 examples, '1' 1:")


def test_one_class_far_larger_than_another() -> None:
    (found,) = odd(x_train=different(220, 4), y_train=classes(10, 200, 10), class_names=["a", "b", "c"])
    assert found.what == "Class 'b' has 200 examples, 'a' 10: always predicting 'b' is correct for 90.9%."
    assert found.advice.startswith("Compare accuracies with that, and look at each class in the report.")


def test_classes_that_are_not_tested() -> None:
    (found,) = odd(
        x_train=different(60, 4), y_train=classes(20, 20, 20), x_test=different(5, 4, seed=1), y_test=classes(5)
    )
    assert found.what == "The test part has no example of '1' and '2'."
    assert found.advice == "Add some: without them, nothing is measured there."


def test_a_test_part_on_another_scale() -> None:
    x, y = different(60, 8, 8), classes(30, 30)
    test = {"x_test": x.clip(-1, 1)[:9] * 255, "y_test": classes(5, 4)}
    (found,) = odd(x_train=x.clip(-1, 1), y_train=y, **test)
    assert found.weight == "bad"
    assert found.what == "The test part ranges from -255 to 255, the training part from -1 to 1."
    assert found.advice == "Scale both alike: models get both on the scale of the training part."


def test_blank_images_and_places_that_never_change() -> None:
    x = different(60, 8, 8)
    x[:, :, 3:] = 1
    x[7] = 1
    assert told(x_train=x, y_train=classes(30, 30)) == [
        "1 training image is blank, every pixel the same.",
        "40 of the 64 pixels are the same in every training example.",
    ]
    rows = different(60, 8)
    rows[:, 2] = 3
    (found,) = odd(x_train={"image": different(60, 8, 8), "row": rows}, y_train=classes(30, 30))
    assert found.what == "1 of the 8 numbers of row is the same in every training example."
    assert found.advice == "Leave them out: they carry no information."


def test_values_that_never_change() -> None:
    (found,) = odd(x_train=different(60, 4), y_train=np.full(60, 2.5))
    assert (found.weight, found.what) == ("bad", "Every value to predict is 2.5.")
    assert found.advice == "Nothing can be learned from it: check what is to be predicted."


def table(tmp_path: Path, rows: int, **columns: Any) -> Dataset:
    """Write and read a table of these columns, functions of the number of the row, and a target."""
    made = {**columns, "target": lambda row: "yes" if row % 2 else "no"}
    lines = [",".join(made), *(",".join(str(column(row)) for column in made.values()) for row in range(rows))]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return read_table(path, Source(str(path), target="target"))


COLUMNS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "identifiers": (
        {"my id": lambda row: row + 1, "name": lambda row: f"name {row}"},
        [("Columns 'my id' and 'name' hold a different value in every row.",
          "Leave out identifiers of rows, they say nothing about new ones: --drop 'my id' --drop name")],
    ),
    "numbers of whom": (
        {"patientId": lambda row: row // 4 + 1000, "customer_id": lambda row: f"c{row // 3}",
         "grid": lambda row: row // 4},
        [("Column 'patientId' seems to identify whose rows they are, 4.0 each on average.",
          "Rows of new ones are harder to predict; to keep all rows of one on the same side of every split: "
          "--group patientId"),
         ("Column 'customer_id' seems to identify whose rows they are, 3.0 each on average.",
          "Rows of new ones are harder to predict; to keep all rows of one on the same side of every split: "
          "--group customer_id")],
    ),
    "different numbers": ({"size": lambda row: row * 1.5}, []),
    "constant": (
        {"size": lambda row: row % 7, "planet": lambda _: "earth", "one": lambda _: 1},
        [("Columns 'one' and 'planet' hold the same value in every row.",
          "Leave out what is constant: --drop one --drop planet")],
    ),
    "categories": (
        {"town": lambda row: f"town {row % 110}", "size": lambda row: row * 1.5},
        [("Column 'town' has 110 different texts.",
          "Group them: only the 100 most frequent are distinguished. Or leave it out: --drop town")],
    ),
    "missing": (
        {"size": lambda row: row * 1.5 if row % 10 else "", "colour": lambda row: "" if row % 3 else "red"},
        [("Values are missing in 2 columns: 'size' 12 (10.0%) and 'colour' 80 (66.7%).",
          "No action needed: a missing number counts as the mean, missing text as a category of its own. "
          "Leave out what is mostly empty: --drop colour")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns(tmp_path: Path, kind: str) -> None:
    columns, expected = COLUMNS[kind]
    found = examine(table(tmp_path, 120, **columns)).odd
    about_columns = [oddity for oddity in found if "column" in oddity.what.lower()]
    assert [(oddity.what, oddity.advice) for oddity in about_columns] == expected


def test_a_count_of_rows_is_told_by_all_rows(tmp_path: Path) -> None:
    """The training part alone has gaps, as have rows of which some were deleted."""
    counts = {"id": lambda row: 1 + row + row // 5, "third": lambda row: 3 * row, "size": lambda row: row + 0.5}
    found = examine(set_test_aside(table(tmp_path, 120, **counts), 0.2)).odd
    assert [oddity.what for oddity in found] == ["Column 'id' holds a different value in every row."]


def test_rows_that_are_the_same(tmp_path: Path) -> None:
    contradicted, repeated = examine(table(tmp_path, 30, digit=lambda row: row % 5)).odd
    assert contradicted.what == (
        "30 examples equal one of another class, such as training example 0 ('no') and training example 5 ('yes')."
    )
    assert contradicted.advice == (
        "Correct the labels, add columns that distinguish them, or remove the examples: no model can get both right."
    )
    assert repeated.what == "20 training examples (66.67%) repeat another, target included."
    assert repeated.advice == "Remove rows that were written twice; rows that are equal by chance may stay."


def test_the_heaviest_comes_first() -> None:
    x = different(60, 4)
    x[:, 0] = 1
    x[40] = x[3]
    found = odd(x_train=x, y_train=classes(30, 30))
    assert [oddity.weight for oddity in found] == sorted(oddity.weight for oddity in found)
    assert len(found) == 3


def test_the_words() -> None:
    assert [listed(list("abcdefg"[:count])) for count in (1, 2, 3, 7)] == [
        "a", "a and b", "a, b and c", "a, b, c, d, e and 2 more",
    ]  # fmt: skip
    assert plural(1, "row") == "1 row"
    assert plural(1200, "row") == "1,200 rows"
    assert quoted("a" * 50) == f"'{'a' * 39}…'"
