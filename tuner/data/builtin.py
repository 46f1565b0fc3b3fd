"""The data sets that have a name."""

import gzip
import importlib.util
import math
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.arrays import reason
from keras_search.tuner.data.dataset import Dataset, dataset_of
from keras_search.tuner.data.drawing_lots import split_by_class
from keras_search.tuner.data.npz import NEEDED
from keras_search.tuner.data.preparation import scale
from keras_search.tuner.data.tree import Array

LoadData = Callable[[], tuple[tuple[Array, Array], tuple[Array, Array]]]

FASHION_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
DIGITS_FILE = "datasets/data/digits.csv.gz"
DIGITS_SHAPE = (1797, 65)
DIGITS_WHITE = 16
DIGITS_TEST_SPLIT = 0.2
DIGITS_TEST_SEED = 0


def _load_digits() -> Dataset:
    """Load scikit-learn's 1,797 digits, `(n, 8, 8)` float32 from 0 to 1, a fixed stratified fifth for test."""
    table = _digits_table()
    images, digits = scale(table[:, :-1].reshape(-1, 8, 8).astype(np.uint8), 0, DIGITS_WHITE), table[:, -1]
    y = digits.astype(np.int64)
    train, test = split_by_class(y, math.ceil(DIGITS_TEST_SPLIT * len(y)), DIGITS_TEST_SEED)
    arrays = dict(zip(NEEDED, (images[train], y[train], images[test], y[test]), strict=True))
    return dataset_of("digits", arrays)


def _digits_table() -> Array:
    """Return the pixels of the digits and, in the last column, which digit each is: `(1797, 65)`.

    scikit-learn's file is read without importing scikit-learn, which takes a second, unless it is somewhere else.
    """
    package = importlib.util.find_spec("sklearn")
    for folder in (package and package.submodule_search_locations) or ():
        with suppress(OSError, ValueError), gzip.open(Path(folder) / DIGITS_FILE, "rt") as rows:
            found: Array = np.array([row.split(",") for row in rows], np.float64)
            if found.shape == DIGITS_SHAPE:
                return found
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return np.column_stack([x, y])


def _load_mnist() -> Dataset:
    from keras.datasets import mnist

    return _download("mnist", mnist.load_data)


def _load_fashion_mnist() -> Dataset:
    from keras.datasets import fashion_mnist

    return _download("fashion-mnist", fashion_mnist.load_data, FASHION_CLASSES)


LOADERS: dict[str, Callable[[], Dataset]] = {
    "digits": _load_digits,
    "mnist": _load_mnist,
    "fashion-mnist": _load_fashion_mnist,
}
DATASET_NAMES = tuple(LOADERS)


def _download(name: str, load_data: LoadData, class_names: tuple[str, ...] | None = None) -> Dataset:
    """Load through Keras, which downloads at first use and fails with many kinds of errors; pixels from 0 to 1."""
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
    inputs = (scale(x, 0, 255) for x in (x_train, x_test))
    arrays = dict(zip(("x_train", "x_test", "y_train", "y_test"), (*inputs, y_train, y_test), strict=True))
    return dataset_of(name, arrays, class_names)
