"""Where rows belong together or follow each other, so do the parts that they are divided into."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_search.errors import UsageError
from keras_search.tuner.data import Dataset, Source, load_dataset, make_splits
from keras_search.tuner.data.dividing import divided_by_group, divided_by_time
from keras_search.tuner.data.overview import examine


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 2)), min_size=4, max_size=80),
    st.sampled_from([0.1, 0.2, 0.5]),
    st.integers(0, 5),
)
def test_no_group_is_on_both_sides_and_every_class_stays(rows: list[tuple[int, int]], share: float, seed: int) -> None:
    groups, labels = (np.array(column) for column in zip(*rows, strict=True))
    try:
        stay, go = divided_by_group(groups, labels, share, seed)
    except UsageError:
        only = [set(groups[labels == label]) for label in np.unique(labels)]
        assert all(any(group in each and len(each) == 1 for each in only) for group in set(groups))
        return
    assert sorted([*stay, *go]) == list(range(len(rows)))
    assert not set(groups[stay]) & set(groups[go])
    assert set(labels[stay]) == set(labels)
    np.testing.assert_array_equal(divided_by_group(groups, labels, share, seed)[1], go)


def test_groups_go_for_about_the_share_of_every_class() -> None:
    rng = np.random.default_rng(0)
    groups, labels = rng.integers(0, 100, 2000), rng.integers(0, 2, 2000)
    for seed in range(3):
        _, go = divided_by_group(groups, labels, 0.2, seed)
        assert np.bincount(labels[go]) / np.bincount(labels) == pytest.approx([0.2, 0.2], abs=0.03)
    different = [divided_by_group(groups, labels, 0.2, seed)[1].tolist() for seed in range(3)]
    assert different[0] != different[1]


@given(st.lists(st.integers(0, 9), min_size=2, max_size=40), st.integers(1, 39))
def test_what_goes_is_later_than_all_that_stays(times: list[int], going: int) -> None:
    values = np.array(times, np.float64)
    if len(set(times)) == 1:
        with pytest.raises(UsageError, match="all have the same time"):
            divided_by_time(values, going)
        return
    stay, go = divided_by_time(values, min(going, len(times) - 1))
    assert sorted([*stay, *go]) == list(range(len(times)))
    assert values[stay].max() < values[go].min()
    if len(set(times)) == len(times):
        assert len(go) == min(going, len(times) - 1)


def visits(folder: Path, **more: object) -> Path:
    """Write 40 patients of five visits each, out of order."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"patient": np.repeat(np.arange(40), 5) + 100, "age": rng.integers(20, 80, 200)})
    frame["visit"] = pd.date_range("2022-01-01", periods=200).strftime("%d/%m/%Y")
    frame["ill"] = rng.choice(["yes", "no"], 200)
    frame.assign(**more).sample(frac=1, random_state=0).to_csv(folder / "visits.csv", index=False)  # type: ignore[arg-type]
    return folder / "visits.csv"


def load(path: Path, **given: object) -> Dataset:
    return load_dataset(Source(str(path), target="ill", **given))  # type: ignore[arg-type]


def test_rows_of_one_patient_are_on_one_side_of_every_split(tmp_path: Path) -> None:
    dataset = load(visits(tmp_path), group="patient", keep=("patient",))
    splits = make_splits(dataset, 0.25, seed=3)
    assert dataset.columns is not None
    place = dataset.columns.numbers.index("patient")
    scaling = splits.preparation.numbers[place]  # type: ignore[union-attr]
    parts = [
        {round(value * scaling.deviation + scaling.mean) for value in x[:, place].tolist()}  # type: ignore[index]
        for x in (splits.x_fit, splits.x_val, splits.x_test)
    ]
    assert [len(part) for part in parts] == [24, 8, 8]
    assert len(set.union(*parts)) == 40
    assert len(splits.y_test) == 40


def test_the_future_is_tested_on(tmp_path: Path) -> None:
    dataset = load(visits(tmp_path), time="visit", keep=("visit",), read_as=("visit=day-first",))
    days = [sorted(x["numbers"][:, 2]) for x in (dataset.x_train, dataset.x_test)]  # type: ignore[call-overload]
    assert days[0][-1] < days[1][0]
    assert [len(part) for part in days] == [160, 40]
    assert dataset.arranged is not None
    splits = make_splits(dataset, 0.25, seed=0)
    again = make_splits(dataset, 0.25, seed=1)
    np.testing.assert_array_equal(splits.x_val, again.x_val)
    assert splits.x_fit[:, 2].max() < splits.x_val[:, 2].min() < splits.x_test[:, 2].max()  # type: ignore[call-overload]


def test_what_divides_is_not_learned_from_and_told(tmp_path: Path) -> None:
    dataset = load(visits(tmp_path), group="patient", drop=("visit",))
    assert dataset.columns is not None
    assert dataset.columns.numbers == ("age",)
    assert dataset.digest != load(visits(tmp_path), drop=("visit", "patient")).digest
    overview = examine(dataset)
    assert overview.odd[-1].what == (
        "Column 'patient' keeps its 40 groups whole on one side of every split; models do not learn from it."
    )
    assert overview.odd[-1].advice == "To learn from it as well: --keep patient"
    assert [(part.use, part.examples, part.origin) for part in overview.parts] == [
        ("fit", 125, ""),
        ("validate", 35, "whole groups of 'patient' with the seed, a share of 0.2 (--validation-split)"),
        ("test", 40, "whole groups of 'patient', always the same"),
    ]


def test_arrays_may_be_in_the_order_of_time(tmp_path: Path) -> None:
    (tmp_path / "series.py").write_text(
        "import numpy\ndef load():\n    return numpy.arange(50.0)[:, None], numpy.arange(50) % 2\n"
    )
    dataset = load_dataset(Source(f"{tmp_path}/series.py:load", time="order"))
    assert dataset.x_test.ravel().tolist() == list(range(40, 50))  # type: ignore[union-attr]
    assert make_splits(dataset, 0.25, 0).y_val.tolist() == [0, 1] * 5  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"group": "who"}, "--group 'who' is not a column of visits.csv. It has: 'patient', 'age', 'visit', 'ill'."),
        ({"group": "ill"}, "--group 'ill' is the column to predict: choose another."),
        ({"group": "patient", "time": "age"}, "--group and --time both divide the rows: use only one of them."),
        ({"keep": ("age",)}, "--keep is for the column of --group or --time, received 'age'."),
        ({"time": "gap"}, "Column 'gap' of visits.csv, which divides the rows, must be filled in every row: 199 of 200 "
         "are empty, the first is row 1."),
        ({"time": "name"}, "Column 'name' of visits.csv must hold dates or numbers for --time, received 'x': choose "
         "another."),
        ({"time": "one"}, "--time must distinguish earlier rows from later ones, all have the same time."),
        ({"group": "one"}, "--group must leave a group on each side and every class in the training part; of 1 "
         "groups, none can be set aside for a share of 0.2. Choose a larger share, or another split."),
    ],
)  # fmt: skip
def test_what_cannot_divide(tmp_path: Path, given: dict[str, object], message: str) -> None:
    more: dict[str, object] = {}
    if "gap" in message:
        more["gap"] = [1.0, *[None] * 199]
    if "name" in message:
        more["name"] = "x"
    if "one" in given.values():
        more["one"] = 1
    path = visits(tmp_path, **more)
    with pytest.raises(UsageError) as raised:
        load(path, **{"drop": ("visit",) if "It has" not in message else (), **given})
    assert str(raised.value) == message


def test_a_class_of_the_future_only_cannot_be_learned(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "t,a,ill\n" + "".join(f"{n},{n % 3},{'new' if n > 90 else 'ab'[n % 2]}\n" for n in range(99))
    )
    with pytest.raises(UsageError, match="class 'new' is only among the latest"):
        load(tmp_path / "t.csv", time="t")
