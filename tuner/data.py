"""Load a data set, split it, and keep the splits where every worker can map them."""

import difflib
import gzip
import hashlib
import json
import math
import os
import shutil
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

import numpy as np

from keras_search.tuner.arrays import (
    NAMES,
    Array,
    Labels,
    checked_arrays,
    checked_class_names,
    read_npz,
    reason,
)
from keras_search.tuner.errors import KerasSearchError, UsageError
from keras_search.tuner.files import sync
from keras_search.tuner.seeds import derive_seed

LoadData = Callable[[], tuple[tuple[Array, Array], tuple[Array, Array]]]

FASHION_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
DIGITS_TEST_SPLIT = 0.2
DIGITS_TEST_SEED = 0

SPLIT_ARRAYS = ("x_fit", "y_fit", "x_val", "y_val", "x_test", "y_test")
_DETAILS = "splits.json"


class DamagedDataError(KerasSearchError):
    """Say that a study's prepared data cannot be read, which nothing that is trained can be blamed for."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Hold images and labels as found: `x` `(n, ...)` of any real type, `y` `(n,)` int64 in 0..k-1."""

    name: str
    x_train: Array
    y_train: Labels
    x_test: Array
    y_test: Labels
    class_names: tuple[str, ...]

    @cached_property
    def digest(self) -> str:
        """Hash the content (SHA-256, hex): class names, and each array's name, type, shape and bytes."""
        content = hashlib.sha256(json.dumps(self.class_names).encode())
        for name in NAMES:
            array: Array = getattr(self, name)
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            content.update(f"{name} {little.dtype.str} {little.shape} ".encode())
            content.update(little.data)
        return content.hexdigest()


@dataclass(frozen=True, eq=False)
class Splits:
    """Hold what the networks see: `x` float32 `(n, ...)`, already scaled, and `y` int64 `(n,)`.

    A raw pixel became `(pixel - low) / (high - low)`, 0-1 for the training images. Opened without the
    test part, `x_test` and `y_test` have length 0.
    """

    x_fit: Array
    y_fit: Labels
    x_val: Array
    y_val: Labels
    x_test: Array
    y_test: Labels
    low: float
    high: float
    class_names: tuple[str, ...]

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one image, such as `(28, 28)`."""
        return tuple(self.x_fit.shape[1:])

    @property
    def classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)


def load_dataset(spec: str) -> Dataset:
    """Load `digits`, `mnist`, `fashion-mnist`, or the path of an `.npz`.

    The file holds `x_train`, `y_train`, `x_test`, `y_test` and, if wanted, `class_names`.

    Raises:
        UsageError: no such data set, or the file is not what it must be.
        KerasSearchError: a download failed.
    """
    if spec in _LOADERS:
        return _LOADERS[spec]()
    path = Path(spec).expanduser()
    if path.suffix.lower() == ".npz" or path.exists() or len(path.parts) > 1:
        return _load_npz(path)
    close = difflib.get_close_matches(spec, _LOADERS, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise UsageError(f"Unknown dataset {spec!r}.{hint} Known: {', '.join(_LOADERS)}, or the path of an .npz file.")


def make_splits(dataset: Dataset, validation_split: float, seed: int) -> Splits:
    """Set a stratified part of the training images aside for validation, and scale all to float32.

    Raises:
        UsageError: the split is not between 0 and 1, or a class has too few examples for it.
    """
    if not 0 < validation_split < 1:
        raise UsageError(f"--validation-split must be between 0 and 1, received {validation_split}.")
    fit, val = _stratified(dataset, validation_split, seed)
    low, high = float(dataset.x_train.min()), float(dataset.x_train.max())
    return Splits(
        x_fit=scale(dataset.x_train[fit], low, high),
        y_fit=dataset.y_train[fit],
        x_val=scale(dataset.x_train[val], low, high),
        y_val=dataset.y_train[val],
        x_test=scale(dataset.x_test, low, high),
        y_test=dataset.y_test,
        low=low,
        high=high,
        class_names=dataset.class_names,
    )


def scale(x: Array, low: float, high: float) -> Array:
    """Scale raw pixels of any shape so that `low` becomes 0 and `high` becomes 1, as float32."""
    exact = np.float32 if np.can_cast(x.dtype, np.float32) else np.float64
    scaled = np.subtract(x, low, dtype=exact)
    scaled /= high - low
    return scaled.astype(np.float32, copy=False)


def save_splits(splits: Splits, folder: Path) -> None:
    """Write the splits as `.npy` files; the folder appears under its name only when it is whole.

    Raises:
        KerasSearchError: the folder cannot be written.
    """
    partial, old = (folder.with_name(f"{folder.name}.{state}") for state in ("partial", "old"))
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write(splits, partial)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            folder.rename(old)
        partial.rename(folder)
        sync(folder.parent)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise KerasSearchError(
            f"The data could not be written to {folder}: {reason(error)}. "
            "Free some space or choose another --studies-dir."
        ) from error
    shutil.rmtree(old, ignore_errors=True)


def open_splits(folder: Path, test: bool = False) -> Splits:
    """Map what `save_splits` wrote into memory, read-only; the test files only where `test` is true.

    Raises:
        DamagedDataError: the folder is missing or damaged.
    """
    try:
        details = json.loads((folder / _DETAILS).read_text(encoding="utf-8"))
        names = SPLIT_ARRAYS if test else SPLIT_ARRAYS[:4]
        arrays = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names}
        if not test:
            arrays["x_test"] = np.empty((0, *arrays["x_fit"].shape[1:]), np.float32)
            arrays["y_test"] = np.empty(0, np.int64)
        class_names = tuple(details["class_names"])
        return Splits(**arrays, low=details["low"], high=details["high"], class_names=class_names)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DamagedDataError(
            f"The prepared data in {folder} is missing or damaged: {reason(error)}. "
            "Resume the study with the data it was started with at hand, to prepare it again."
        ) from error


def _load_digits() -> Dataset:
    """Load scikit-learn's 1,797 digits, `(n, 8, 8)` uint8 of 0-16, a fixed stratified fifth for test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    images = x.reshape(-1, 8, 8).astype(np.uint8)
    x_train, x_test, y_train, y_test = train_test_split(
        images, y.astype(np.int64), test_size=DIGITS_TEST_SPLIT, random_state=DIGITS_TEST_SEED, stratify=y
    )
    arrays = dict(zip(NAMES, (x_train, y_train, x_test, y_test), strict=True))
    return _dataset("digits", arrays, None, "digits")


def _load_mnist() -> Dataset:
    from keras.datasets import mnist

    return _download("mnist", mnist.load_data)


def _load_fashion_mnist() -> Dataset:
    from keras.datasets import fashion_mnist

    return _download("fashion-mnist", fashion_mnist.load_data, np.array(FASHION_CLASSES))


_LOADERS: dict[str, Callable[[], Dataset]] = {
    "digits": _load_digits,
    "mnist": _load_mnist,
    "fashion-mnist": _load_fashion_mnist,
}
DATASET_NAMES = tuple(_LOADERS)


def _download(name: str, load_data: LoadData, class_names: Array | None = None) -> Dataset:
    """Load through Keras, which downloads at first use and says in many ways that it could not."""
    try:
        (x_train, y_train), (x_test, y_test) = load_data()
    except (EOFError, ValueError, gzip.BadGzipFile, zlib.error) as error:
        raise KerasSearchError(
            f"The downloaded files of {name} are damaged: {reason(error)}. "
            "Delete them from the datasets folder in ~/.keras (or in $KERAS_HOME) and start again."
        ) from error
    except Exception as error:
        raise KerasSearchError(
            f"The dataset {name} could not be downloaded: {reason(error)}. Use --dataset digits, which "
            "needs no network, or the path of an .npz file with x_train, y_train, x_test, y_test."
        ) from error
    arrays = dict(zip(NAMES, (x_train, y_train, x_test, y_test), strict=True))
    return _dataset(name, arrays, class_names, name)


def _load_npz(path: Path) -> Dataset:
    arrays = read_npz(path)
    class_names = arrays.pop("class_names", None)
    return _dataset(path.stem, arrays, class_names, str(path))


def dataset_of(name: str, arrays: tuple[Array, Array, Array, Array], class_names: Array | None) -> Dataset:
    """Give a data set of arrays: `x_train`, `y_train`, `x_test`, `y_test`.

    Raises:
        UsageError: the first thing that is wrong with them.
    """
    return _dataset(name, dict(zip(NAMES, arrays, strict=True)), class_names, name)


def _dataset(name: str, arrays: Mapping[str, Array], class_names: Array | None, source: str) -> Dataset:
    checked = checked_arrays(arrays, source)
    classes = int(checked["y_train"].max()) + 1
    return Dataset(name, **checked, class_names=checked_class_names(class_names, classes, source))


def _stratified(dataset: Dataset, validation_split: float, seed: int) -> tuple[Labels, Labels]:
    """Draw the indices of the fit and validation images, each with every class in its proportion."""
    from sklearn.model_selection import train_test_split

    labels, classes = dataset.y_train, len(dataset.class_names)
    counts = np.bincount(labels, minlength=classes)
    validation = math.ceil(validation_split * len(labels))
    if counts.min() < 2 or not classes <= validation <= len(labels) - classes:
        raise _too_few(dataset, int(counts.argmin()), validation_split)
    random_state = derive_seed(seed, "validation split") % 2**32
    fit, val = train_test_split(
        np.arange(len(labels)), test_size=validation_split, random_state=random_state, stratify=labels
    )
    for part in (fit, val):
        absent = np.setdiff1d(labels, labels[part])
        if len(absent):
            raise _too_few(dataset, int(absent[0]), validation_split)
    return fit, val


def _too_few(dataset: Dataset, label: int, validation_split: float) -> UsageError:
    count = np.count_nonzero(dataset.y_train == label)
    return UsageError(
        f"--validation-split {validation_split} must leave an image of every class on both sides, "
        f"class {dataset.class_names[label]!r} has {count} in y_train. "
        "Add images of it, drop it, or choose a split nearer to 0.5."
    )


def _write(splits: Splits, folder: Path) -> None:
    for name in SPLIT_ARRAYS:
        with (folder / f"{name}.npy").open("wb") as file:
            np.save(file, getattr(splits, name), allow_pickle=False)
            _flush(file)
    details = {"low": splits.low, "high": splits.high, "class_names": splits.class_names}
    with (folder / _DETAILS).open("wb") as file:
        file.write(json.dumps(details).encode())
        _flush(file)
    sync(folder)


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
