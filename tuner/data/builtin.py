"""The data sets that have a name."""

import gzip
import zlib
from collections.abc import Callable

import numpy as np

from keras_search.errors import KerasSearchError
from keras_search.tuner.data.arrays import reason
from keras_search.tuner.data.dataset import Dataset, dataset_of
from keras_search.tuner.data.npz import NEEDED
from keras_search.tuner.data.preparation import scale
from keras_search.tuner.data.tree import Array

LoadData = Callable[[], tuple[tuple[Array, Array], tuple[Array, Array]]]

FASHION_CLASSES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
DIGITS_WHITE = 16
DIGITS_TEST_SPLIT = 0.2
DIGITS_TEST_SEED = 0


def _load_digits() -> Dataset:
    """Load scikit-learn's 1,797 digits, `(n, 8, 8)` float32 from 0 to 1, a fixed stratified fifth for test."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    x, y = load_digits(return_X_y=True)
    images = scale(x.reshape(-1, 8, 8).astype(np.uint8), 0, DIGITS_WHITE)
    x_train, x_test, y_train, y_test = train_test_split(
        images, y.astype(np.int64), test_size=DIGITS_TEST_SPLIT, random_state=DIGITS_TEST_SEED, stratify=y
    )
    arrays = dict(zip(NEEDED, (x_train, y_train, x_test, y_test), strict=True))
    return dataset_of("digits", arrays)


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
