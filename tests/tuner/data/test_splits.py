"""Data sets load, split without a leak, and are kept whole or not at all."""

import gzip
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from keras_search.errors import KerasSearchError, UsageError
from keras_search.models.problem import Target
from keras_search.tuner.data import (
    DATASET_NAMES,
    Dataset,
    Source,
    Splits,
    dataset_of,
    load_dataset,
    make_splits,
    open_splits,
    save_splits,
)
from keras_search.tuner.data.loading import KINDS
from keras_search.tuner.data.preparation import Scaling, Standardising, scale
from keras_search.tuner.data.split_files import TESTED_ON, TRAINED_ON
from keras_search.tuner.data.tree import leaves
from keras_search.tuner.system.ownership import Mark, write_mark


def numbered(counts: list[int], tests: int = 4) -> Dataset:
    """Give a data set in which every image carries its own number, so that it can be followed."""
    y_train = np.repeat(np.arange(len(counts)), counts)
    numbers = np.arange(len(y_train) + tests, dtype=np.int32)
    x = np.stack([numbers, -numbers], axis=1).reshape(-1, 1, 2)
    y_test = np.arange(tests) % len(counts)
    names = tuple(f"class {label}" for label in range(len(counts)))
    return Dataset("numbered", x[tests:], y_train, x[:tests], y_test, (Target(class_names=names),))


def numbers_of(x: np.ndarray, splits: Splits) -> list[int]:
    """Read the numbers back from standardised sequences."""
    assert isinstance(splits.preparation, Standardising)
    mean, deviation = splits.preparation.means[0], splits.preparation.deviations[0]
    numbers = np.rint(x[:, 0, 0].astype(float) * deviation + mean)
    return [int(number) for number in numbers]


def message(error: pytest.ExceptionInfo[KerasSearchError]) -> str:
    return str(error.value)


def test_digits_are_those_of_scikit_learn_with_a_stratified_fifth_for_test() -> None:
    digits = load_dataset("digits")
    assert digits.x_train.shape == (1437, 8, 8)
    assert digits.x_test.shape == (360, 8, 8)
    assert digits.class_names == tuple("0123456789")
    every = np.concatenate([digits.x_train, digits.x_test]).reshape(1797, 64)
    source = load_digits().data
    assert sorted(map(bytes, every)) == sorted(map(bytes, (source / 16).astype(np.float32)))
    shares = np.bincount(digits.y_test) / np.bincount(load_digits().target)
    assert np.all(np.abs(shares - 0.2) < 0.01)


def test_digits_are_always_the_same() -> None:
    assert load_dataset("digits").digest == "9d60f6d7b4ac22a65ac3c1b381d3b2a105b9883d2184246f515cc258d724663a"


def test_unknown_dataset_suggests_the_closest() -> None:
    with pytest.raises(UsageError) as raised:
        load_dataset("mnits")
    assert message(raised) == (
        f"Unknown dataset 'mnits'. Did you mean 'mnist'? Known: digits, mnist, fashion-mnist, or {KINDS}."
    )
    with pytest.raises(UsageError) as raised:
        load_dataset("cats")
    assert message(raised) == (f"Unknown dataset 'cats'. Known: digits, mnist, fashion-mnist, or {KINDS}.")


@pytest.mark.parametrize("name", ["mnits.npz", "folder/mnist.npz"])
def test_a_path_without_a_file_is_named(name: str) -> None:
    with pytest.raises(UsageError) as raised:
        load_dataset(name)
    assert message(raised) == f"No file {name}. Check the path of the .npz file, or use --dataset digits."


def test_npz_gives_its_class_names_and_its_stem(tmp_path: Path) -> None:
    source = numbered([3, 3])
    path = tmp_path / "pets.npz"
    arrays = {name: getattr(source, name) for name in ("x_train", "y_train", "x_test", "y_test")}
    np.savez(path, **arrays, class_names=np.array(["cat", "dog"]))
    pets = load_dataset(str(path))
    assert (pets.name, pets.class_names) == ("pets", ("cat", "dog"))
    assert all(np.array_equal(getattr(pets, name), arrays[name]) for name in arrays)


def test_npz_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "pets.npz"
    np.savez(path, x_train=np.zeros((2, 2, 2)), y_train=np.zeros(2, int), x_test=np.zeros((1, 2, 2)), y_test=[0])
    with pytest.raises(UsageError) as raised:
        load_dataset(str(path))
    assert message(raised) == f"y_train of {path} must hold at least 2 classes, received only class 0."


def test_mnist_file_loads(mnist_path: Path) -> None:
    mnist = load_dataset(str(mnist_path))
    assert (mnist.x_train.shape, mnist.x_test.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert mnist.x_train.dtype == np.uint8
    assert mnist.class_names == tuple("0123456789")


def test_digest_follows_the_content_and_nothing_else() -> None:
    dataset = numbered([3, 3])
    same = replace(dataset, name="other", x_train=np.asfortranarray(dataset.x_train.astype(">i4")))
    assert same.digest == dataset.digest
    changed = dataset.x_train.copy()
    changed[0, 0, 0] += 1
    others = [
        replace(dataset, x_train=changed),
        replace(dataset, x_train=dataset.x_train.astype(np.int64)),
        replace(dataset, x_train=dataset.x_train.reshape(-1, 2, 1)),
        replace(dataset, y_train=dataset.y_train[::-1]),
        replace(dataset, targets=(Target(class_names=("cat", "dog")),)),
        replace(dataset, x_train=dataset.x_test, x_test=dataset.x_train),
    ]
    assert len({dataset.digest, *(other.digest for other in others)}) == 7


@given(
    counts=st.lists(st.integers(6, 40), min_size=2, max_size=5),
    validation_split=st.floats(0.2, 0.8),
    seed=st.integers(-(2**70), 2**70),
)
def test_splits_share_no_image_and_keep_the_proportions(counts: list[int], validation_split: float, seed: int) -> None:
    dataset = numbered(counts)
    splits = make_splits(dataset, validation_split, seed)
    fit, val, test = (numbers_of(x, splits) for x in (splits.x_fit, splits.x_val, splits.x_test))
    assert sorted(fit + val) == dataset.x_train[:, 0, 0].tolist()
    assert test == dataset.x_test[:, 0, 0].tolist()
    labels = dict(zip(dataset.x_train[:, 0, 0].tolist(), dataset.y_train.tolist(), strict=True))
    assert [labels[number] for number in fit] == splits.y_fit.tolist()
    assert [labels[number] for number in val] == splits.y_val.tolist()
    share = len(val) / sum(counts)
    assert np.all(np.abs(np.bincount(splits.y_val) - share * np.array(counts)) < 1)


def test_splits_follow_the_seed() -> None:
    dataset = numbered([50, 50])
    first, again, neighbour = (make_splits(dataset, 0.2, seed).x_val for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, neighbour)


def test_the_test_images_change_nothing_in_the_rest() -> None:
    dataset = numbered([10, 10])
    splits = make_splits(dataset, 0.2, 0)
    other = make_splits(replace(dataset, x_test=dataset.x_test * 1000), 0.2, 0)
    assert splits.preparation == other.preparation
    assert np.array_equal(splits.x_fit, other.x_fit)
    assert np.array_equal(splits.x_val, other.x_val)


@pytest.mark.parametrize("validation_split", [0, 1, -0.1, 1.5, float("nan"), float("inf")])
def test_validation_split_must_be_between_0_and_1(validation_split: float) -> None:
    with pytest.raises(UsageError) as raised:
        make_splits(numbered([10, 10]), validation_split, 0)
    assert message(raised) == f"--validation-split must be between 0 and 1, received {validation_split}."


@pytest.mark.parametrize(
    ("counts", "validation_split", "named"),
    [
        ([30, 1, 30], 0.2, "class 'class 1' has 1"),
        ([30, 30, 2], 0.1, "class 'class 2' has 2"),
        ([30, 2, 30], 0.95, "class 'class 1' has 2"),
        ([30, 20, 30], 0.001, "class 'class 1' has 20"),
        ([30, 20, 30], 0.999, "class 'class 1' has 20"),
    ],
)
def test_a_class_too_small_for_the_split_is_named(counts: list[int], validation_split: float, named: str) -> None:
    with pytest.raises(UsageError) as raised:
        make_splits(numbered(counts), validation_split, 0)
    assert message(raised) == (
        f"--validation-split {validation_split} must leave an example of every class on both sides, "
        f"{named}. Add examples of it, drop it, or choose a split closer to 0.5."
    )


@pytest.mark.parametrize("dtype", ["uint8", "int16", "int64", "float16", "float32", "float64"])
def test_scale_gives_the_nearest_float32(dtype: str) -> None:
    x = np.array([3, 7, 90, 103]).astype(dtype)
    scaled = scale(x, 3.0, 103.0)
    assert scaled.dtype == np.float32
    assert np.array_equal(scaled, np.array([0, 0.04, 0.87, 1], np.float32))


def test_scale_keeps_what_float32_cannot_hold() -> None:
    """Large offsets are subtracted before the precision is reduced."""
    assert scale(np.array([2**40, 2**40 + 1]), 2.0**40, 2.0**40 + 1).tolist() == [0, 1]


def test_training_pixels_are_scaled_to_0_1() -> None:
    splits = make_splits(load_dataset("digits"), 0.2, 0)
    assert splits.preparation == Scaling(0, 1)
    assert splits.x_fit.dtype == splits.x_val.dtype == splits.x_test.dtype == np.float32
    assert (splits.x_fit.min(), splits.x_fit.max()) == (0, 1)
    assert (splits.input_shape, splits.classes) == ((8, 8), 10)


@pytest.fixture
def splits() -> Splits:
    return make_splits(numbered([10, 10]), 0.2, 0)


def test_saved_splits_come_back_read_only(splits: Splits, tmp_path: Path) -> None:
    save_splits(splits, tmp_path / "study" / "data")
    opened = open_splits(tmp_path / "study" / "data", test=True)
    for name in (name for name in (*TRAINED_ON, *TESTED_ON) if name[0] in "xy"):
        array = getattr(opened, name)
        assert isinstance(array, np.memmap)
        assert not array.flags.writeable
        assert array.dtype == getattr(splits, name).dtype
        assert np.array_equal(array, getattr(splits, name))
    assert opened.preparation == splits.preparation
    assert opened.class_names == ("class 0", "class 1")
    assert [path.name for path in (tmp_path / "study").iterdir()] == ["data"]


def test_the_search_does_not_touch_the_test_files(splits: Splits, tmp_path: Path) -> None:
    save_splits(splits, tmp_path / "data")
    for name in ("x_test", "y_test"):
        (tmp_path / "data" / f"{name}.npy").unlink()
    opened = open_splits(tmp_path / "data")
    assert (opened.x_test.shape, opened.y_test.shape) == ((0, 1, 2), (0,))
    with pytest.raises(KerasSearchError) as raised:
        open_splits(tmp_path / "data", test=True)
    assert message(raised) == (
        f"The prepared data in {tmp_path / 'data'} is missing or damaged: No such file or directory. "
        "Resume the study with the data that it was started with, to prepare it again."
    )


def test_a_half_written_folder_is_no_folder(splits: Splits, tmp_path: Path) -> None:
    """What a killed writer leaves has another name, is not opened, and does not stop the next writer."""
    (tmp_path / ".data.partial").mkdir()
    write_mark(tmp_path / ".data.partial", Mark("data", "data"))
    (tmp_path / ".data.partial" / "x_fit.npy").write_bytes(b"half")
    with pytest.raises(KerasSearchError):
        open_splits(tmp_path / "data")
    save_splits(splits, tmp_path / "data")
    save_splits(make_splits(numbered([20, 20]), 0.5, 0), tmp_path / "data")
    assert len(open_splits(tmp_path / "data").x_val) == 20
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow beyond 100 bytes, for so short a time that pytest's own output is not among them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_room_leaves_nothing(splits: Splits, tmp_path: Path) -> None:
    with pytest.raises(KerasSearchError) as raised, full_disk():
        save_splits(splits, tmp_path / "data")
    assert message(raised) == (
        f"The data could not be written to {tmp_path / 'data'}: File too large. "
        "Free some space or choose another --studies-dir."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", "{"])
def test_damaged_details_are_reported(splits: Splits, tmp_path: Path, content: str) -> None:
    save_splits(splits, tmp_path / "data")
    (tmp_path / "data" / "splits.json").write_text(content)
    with pytest.raises(KerasSearchError, match="is missing or damaged"):
        open_splits(tmp_path / "data")


LOADING = """
import os, sys
from keras_search.tuner.data import load_dataset
from keras_search.errors import KerasSearchError
for name in ("fashion-mnist", "mnist", "fashion-mnist"):
    try:
        dataset = load_dataset(name)
        print(">", dataset.x_train.shape, dataset.y_test.tolist(), ", ".join(dataset.class_names))
    except KerasSearchError as error:
        print(">", error)
    os.truncate(sys.argv[1], 30)
"""


def test_keras_datasets_load_from_their_cache_and_say_what_to_do_without(tmp_path: Path) -> None:
    """A process without network, its cache holding one data set of two, then a torn file of that one."""
    cache = tmp_path / "datasets" / "fashion-mnist"
    cache.mkdir(parents=True)
    for part, count in (("train", 20), ("t10k", 10)):
        images, labels = bytes(range(196)) * 4 * count, bytes(range(10)) * (count // 10)
        (cache / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(bytes(16) + images))
        (cache / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(bytes(8) + labels))
    closed = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    environment = {**os.environ, **closed, "no_proxy": "", "KERAS_HOME": str(tmp_path)}
    command = [sys.executable, "-c", LOADING, str(cache / "train-images-idx3-ubyte.gz")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    loaded, absent, torn = (line[2:] for line in done.stdout.splitlines() if line.startswith("> "))
    assert loaded == (
        "(20, 28, 28) [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, "
        "Shirt, Sneaker, Bag, Ankle boot"
    )
    assert absent.startswith("The dataset mnist could not be downloaded: URL fetch failure on ")
    assert absent.endswith(
        ". Use --dataset digits, which needs no network, or the path of an .npz file "
        "with x_train, y_train, x_test, y_test."
    )
    assert torn == (
        "The downloaded files of fashion-mnist are damaged: Compressed file ended before the "
        "end-of-stream marker was reached. Delete them from the datasets folder in ~/.keras "
        "(or in $KERAS_HOME) and start again."
    )


def test_dataset_names_are_those_the_help_shows() -> None:
    assert DATASET_NAMES == ("digits", "mnist", "fashion-mnist")


def test_several_inputs_and_outputs_come_back_by_name(tmp_path: Path) -> None:
    x = {"a: b": np.arange(40, dtype=np.uint8).reshape(20, 2), "word": np.arange(20)[:, None]}
    y = {"kind": np.arange(20) % 2, "price": np.linspace(0, 1, 20)}
    dataset = dataset_of("two", {"x_train": x, "y_train": y, "x_test": x, "y_test": y})
    save_splits(make_splits(dataset, 0.25, 0), tmp_path / "data")
    splits = open_splits(tmp_path / "data", test=True)
    assert splits.input_shape == {"a: b": (2,), "word": (1,)}
    assert [target.name for target in splits.targets] == ["kind", "price"]
    assert splits.compared(splits.y_val).shape == (5,)
    numbers = np.concatenate([leaves(splits.x_fit)["word"], leaves(splits.x_val)["word"]]).ravel()
    assert sorted(numbers.tolist()) == list(range(20))
    prices = np.concatenate([leaves(splits.y_fit)["price"], leaves(splits.y_val)["price"]]).ravel()
    assert np.array_equal(prices, np.linspace(0, 1, 20).astype(np.float32)[numbers])


def test_values_are_split_by_chance() -> None:
    x, y = np.arange(50)[:, None], np.linspace(0, 1, 50)
    dataset = dataset_of("values", {"x_train": x, "y_train": y, "x_test": x[:5], "y_test": y[:5]})
    splits = make_splits(dataset, 0.2, 0)
    assert (splits.x_fit.shape, splits.y_val.shape, splits.classes) == ((40, 1), (10, 1), 0)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Source("digits", target="y"), "--target is for tables, such as .csv files; digits is not one."),
        (Source("digits", drop=("y",)), "--drop is for tables, such as .csv files; digits is not one."),
        (Source("digits", image_size=8), "--image-size is for folders of images, digits is not one."),
        (Source("digits", test_split=0.1), "--test-split is for data without a test split, digits has one."),
    ],
)
def test_an_option_for_other_data_is_refused(source: Source, expected: str) -> None:
    with pytest.raises(UsageError) as raised:
        load_dataset(source)
    assert message(raised) == expected


def test_a_path_of_no_known_kind_is_told_what_data_can_be() -> None:
    with pytest.raises(UsageError, match=r"^No file or folder folder/pets.cvs. Expected an .npz, .csv, .*, or one of "):
        load_dataset("folder/pets.cvs")
