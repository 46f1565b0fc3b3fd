"""A model of the user's own sees what the user gave; the built-in networks see it prepared."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from PIL import Image

from keras_search.errors import UsageError
from keras_search.tuner.data import Dataset, Source, dataset_of, load_dataset, make_splits, open_splits, save_splits
from keras_search.tuner.data.loading import with_test
from keras_search.tuner.data.sight import describe, from_stored, sentences, stored
from keras_search.tuner.data.tree import leaves

RNG = np.random.default_rng(0)
Y = np.arange(40) % 2


def given_data(x: Any, y: Any = Y, **more: Any) -> Dataset:
    return dataset_of(
        "mine", {"x_train": x, "y_train": y, "x_test": x[:6], "y_test": y[:6], **more}, own_view="as given"
    )


CASES = {
    "tokens": RNG.integers(1, 900, (40, 15)),
    "uint8 pixels": RNG.integers(0, 255, (40, 8, 8, 1)).astype(np.uint8),
    "sequences of two scales": np.stack([RNG.normal(0, 1, (40, 20)), RNG.normal(0, 500, (40, 20))], axis=-1),
    "booleans": RNG.random((40, 5)) > 0.5,
    "half precision": RNG.normal(size=(40, 5)).astype(np.float16),
}


@pytest.mark.parametrize("case", CASES)
def test_an_own_model_sees_values_and_types_as_given(case: str) -> None:
    x = CASES[case]
    own = make_splits(given_data(x), 0.25, 0, own=True).seen_by(own=True)
    assert own.x_fit.dtype == own.x_test.dtype == x.dtype
    rows = {row.tobytes() for row in x}
    assert {row.tobytes() for row in np.concatenate([own.x_fit, own.x_val])} == rows
    np.testing.assert_array_equal(own.x_test, x[:6])


@pytest.mark.parametrize("case", CASES)
def test_the_built_in_networks_see_the_same_rows_prepared(case: str) -> None:
    splits = make_splits(given_data(CASES[case]), 0.25, 0, own=True)
    assert splits.own is not None
    assert splits.x_fit.dtype == np.float32
    np.testing.assert_array_equal(splits.preparation.apply(splits.own.x_fit), splits.x_fit)
    np.testing.assert_array_equal(splits.own.y_fit, splits.y_fit)


def test_features_of_a_sequence_are_standardised_one_by_one() -> None:
    x = make_splits(given_data(CASES["sequences of two scales"]), 0.25, 0).x_fit
    np.testing.assert_allclose(x.std(axis=(0, 1)), 1, atol=1e-3)
    np.testing.assert_allclose(x.mean(axis=(0, 1)), 0, atol=1e-3)


@given(
    y=npst.arrays(st.sampled_from([np.uint8, np.int32, np.float32, np.float64]), 40, elements=st.integers(0, 1)),
    column=st.booleans(),
)
def test_labels_are_as_given(y: Any, column: bool) -> None:
    y[:2] = 0, 1
    labels = y[:, None] if column else y
    data = given_data(CASES["tokens"], labels)
    try:
        own = make_splits(data, 0.5, 0, own=True).own
    except UsageError:  # one of the classes is too rare to be on both sides
        return
    assert own is not None
    assert (own.y_fit.dtype, own.y_fit.shape[1:]) == (labels.dtype, labels.shape[1:])
    assert own.y_fit.sum() + own.y_val.sum() == labels.sum()


def test_what_is_neither_classes_nor_values_is_split_and_kept(tmp_path: Path) -> None:
    x = RNG.random((40, 8, 8, 1))
    save_splits(make_splits(given_data(x, x), 0.25, 0, own=True), tmp_path / "data")
    own = open_splits(tmp_path / "data", test=True).seen_by(own=True)
    assert (own.target.other, own.target.shape) == (True, (8, 8, 1))
    np.testing.assert_array_equal(own.x_fit, own.y_fit)
    np.testing.assert_array_equal(own.y_test, x[:6])


def test_texts_are_kept_for_an_own_model(tmp_path: Path) -> None:
    texts = np.array(["good film", "bad film"] * 20)
    save_splits(make_splits(given_data(texts), 0.25, 0, own=True), tmp_path / "data")
    own = open_splits(tmp_path / "data").seen_by(own=True)
    assert set(own.x_fit.tolist()) == {"good film", "bad film"}
    assert len(own.x_test) == 0


def test_the_own_view_survives_the_disk_and_is_not_written_twice(tmp_path: Path) -> None:
    splits = make_splits(given_data(CASES["tokens"]), 0.25, 0, own=True)
    save_splits(splits, tmp_path / "data")
    names = {path.name for path in (tmp_path / "data").glob("own.*")}
    assert names == {"own.x_fit.npy", "own.x_val.npy", "own.x_test.npy"}
    opened = open_splits(tmp_path / "data", test=True).seen_by(own=True)
    assert splits.own is not None
    for part in ("x_fit", "y_fit", "x_val", "y_val", "x_test", "y_test"):
        np.testing.assert_array_equal(getattr(opened, part), getattr(splits.own, part))


def test_the_data_sets_that_come_with_us_are_prepared_for_all() -> None:
    splits = make_splits(load_dataset("digits"), 0.2, 0, own=True)
    assert splits.own is None
    assert (splits.x_fit.min(), splits.x_fit.max()) == (0, 1)


def test_tables_are_encoded_for_all(tmp_path: Path) -> None:
    rows = "\n".join(f"{number},{'ab'[number % 2]},{'yn'[number % 3 == 0]}" for number in range(40))
    (tmp_path / "rows.csv").write_text(f"size,kind,target\n{rows}\n")
    splits = make_splits(load_dataset(Source(f"{tmp_path}/rows.csv", target="target")), 0.2, 0, own=True)
    assert splits.seen_by(own=True) is splits


def test_image_files_are_given_as_keras_gives_them(tmp_path: Path) -> None:
    """`keras.utils.image_dataset_from_directory`: float32 from 0 to 255, channels last."""
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(6):
            Image.fromarray(RNG.integers(0, 255, (9, 7)).astype(np.uint8)).save(tmp_path / name / f"{number}.png")
    dataset = load_dataset(str(tmp_path))
    own = make_splits(dataset, 0.25, 0, own=True).seen_by(own=True)
    assert (own.x_fit.dtype, own.x_fit.shape[1:]) == (np.float32, (9, 7, 1))
    assert own.x_fit.max() > 200


def test_a_validation_set_of_the_users_own_is_taken() -> None:
    x, y = CASES["tokens"], np.eye(2)[Y]
    data = given_data(x, y, x_val=x[:8] + 1, y_val=y[:8])
    splits = make_splits(data, None, 0, own=True)
    assert splits.own is not None
    np.testing.assert_array_equal(splits.own.x_val, x[:8] + 1)
    np.testing.assert_array_equal(splits.own.y_val, y[:8])
    np.testing.assert_array_equal(splits.own.x_fit, x)
    assert splits.y_val.tolist() == Y[:8].tolist()


def test_weights_follow_their_examples(tmp_path: Path) -> None:
    x = np.arange(80).reshape(40, 2)
    data = given_data(x, sample_weight=np.arange(40) + 0.5, sample_weight_test=np.ones(6))
    save_splits(make_splits(data, 0.25, 0, own=True), tmp_path / "data")
    own = open_splits(tmp_path / "data", test=True).seen_by(own=True)
    assert own.w_fit is not None
    np.testing.assert_array_equal(own.w_fit, own.x_fit[:, 0] / 2 + 0.5)
    np.testing.assert_array_equal(own.w_val, own.x_val[:, 0] / 2 + 0.5)
    np.testing.assert_array_equal(own.w_test, np.ones(6))


def test_weights_and_labels_follow_into_a_test_part_that_is_set_aside() -> None:
    x, labels = np.arange(80).reshape(40, 2), np.eye(2)[Y]
    made = dataset_of(
        "mine", {"x_train": x, "y_train": labels, "sample_weight": np.arange(40) + 1.0}, own_view="as given"
    )

    data = with_test(made, Source("mine"))
    own = make_splits(data, 0.25, 0, own=True).own
    assert own is not None
    for x_part, y_part, weights in ((own.x_fit, own.y_fit, own.w_fit), (own.x_test, own.y_test, own.w_test)):
        np.testing.assert_array_equal(weights, x_part[:, 0] / 2 + 1)
        np.testing.assert_array_equal(y_part, labels[x_part[:, 0] // 2])


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("balanced", {0: 40 / (2 * 30), 1: 40 / (2 * 10)}), ({"1": 12.0}, {0: 1.0, 1: 12.0})],
)
def test_classes_weigh_what_was_asked_for(wanted: Any, expected: dict[int, float]) -> None:
    """`balanced` as scikit-learn defines it: n / (classes * count)."""
    y = (np.arange(40) % 4 == 0).astype(int)
    splits = make_splits(given_data(CASES["tokens"], y), 0.25, 0, own=True, class_weight=wanted)
    assert splits.w_fit is not None
    np.testing.assert_allclose(splits.w_fit, [expected[label] for label in splits.y_fit.tolist()], rtol=1e-6)
    assert splits.w_val is None


@pytest.mark.parametrize(
    ("data", "wanted", "message"),
    [
        (given_data(CASES["tokens"], RNG.normal(size=40)), "balanced", "--class-weight is for data with one output"),
        (given_data(CASES["tokens"]), {"cat": 2.0}, "--class-weight names the class 'cat', the data have 0, 1."),
        (given_data(CASES["tokens"], sample_weight=np.ones(40)), "balanced", "--class-weight is for data without"),
    ],
)
def test_class_weights_that_cannot_be(data: Dataset, wanted: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_splits(data, 0.25, 0, class_weight=wanted)
    assert str(caught.value).startswith(message)


def test_what_each_network_gets_is_said() -> None:
    splits = make_splits(given_data(CASES["uint8 pixels"].clip(1, 250), np.eye(2)[Y]), 0.25, 0, own=True)
    assert sentences(describe(splits)) == [
        "The model gets x (8, 8, 1) uint8 from 1 to 250, y (2,) float64 from 0 to 1.",
        "The baselines get x (8, 8, 1) float32 from 0 to 1, y int64 from 0 to 1.",
    ]
    assert sentences(describe(replace(splits, own=None))) == [
        "The networks get x (8, 8, 1) float32 from 0 to 1, y int64 from 0 to 1."
    ]


def test_text_has_no_range() -> None:
    splits = make_splits(given_data(np.array(["a", "b"] * 20)), 0.25, 0, own=True)
    assert sentences(describe(splits)) == ["The networks get x text, y int64 from 0 to 1."]


def test_several_inputs_are_each_as_given() -> None:
    x = {"ids": CASES["tokens"], "numbers": RNG.normal(1e3, 5, (40, 3))}
    data = dataset_of("mine", {"x_train": x, "y_train": Y}, own_view="as given")
    own = make_splits(data, 0.25, 0, own=True).own
    assert own is not None
    found = leaves(own.x_fit)
    assert (found["ids"].dtype, found["numbers"].dtype) == (np.int64, np.float64)
    assert found["numbers"].mean() > 900


def test_a_share_to_validate_on_is_refused_where_the_data_bring_a_validation_set() -> None:
    x = CASES["tokens"]
    data = given_data(x, x_val=x[:8], y_val=Y[:8])
    with pytest.raises(UsageError, match=r"^--validation-split is for data without a validation set, mine has one\.$"):
        make_splits(data, 0.25, 0)


def test_what_each_network_gets_survives_the_store() -> None:
    sights = describe(make_splits(given_data(CASES["uint8 pixels"], np.eye(2)[Y]), 0.25, 0, own=True))
    assert from_stored(json.loads(json.dumps(stored(sights)))) == sights
