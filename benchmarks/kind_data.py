"""The data of the benchmark of many kinds of networks: MNIST, and generated data that can be learned."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from keras_search.benchmarks.process import BenchmarkError

TESTED = 1_000
Arrays = dict[str, np.ndarray]
"""x_train, y_train, x_val, y_val, x_test and y_test: a fifth of what is to train on is to validate with."""


def images(mnist: Path, count: int, channels: bool = False) -> Arrays:
    """Return the first `count` training images of MNIST `(count, 28, 28)`, from 0 to 1, and `TESTED` test images.

    Raises:
        BenchmarkError: there is no such file.
    """
    if not mnist.is_file():
        raise BenchmarkError(f"--data must be MNIST as an .npz, there is no file {mnist}.")
    with np.load(mnist) as content:
        parts = ((content["x_train"][:count], content["y_train"]), (content["x_test"][:TESTED], content["y_test"]))
    x, tested = (part.astype(np.float32) / 255 for part, _ in parts)
    y, answers = (labels[: len(part)].astype(np.int64) for part, labels in parts)
    if channels:
        x, tested = x[..., None], tested[..., None]
    return _arrays(x, y, tested, answers)


def tokens(count: int) -> Arrays:
    """Return sequences of 100 of 5,000 tokens `(count, 100)`; which of two sets more of them are from is the class."""
    return _split(_tokens, count)


def signals(count: int) -> Arrays:
    """Return noisy waves in nine channels `(count, 128, 9)`; their frequency is the class, one of six."""
    return _split(_signals, count)


def values(count: int) -> Arrays:
    """Return 20 columns `(count, 20)` and a smooth function of some of them `(count,)`."""
    return _split(_values, count)


def rows(count: int) -> Arrays:
    """Return 12 columns `(count, 12)` around the centres of three classes."""
    return _split(_rows, count)


def _split(make: Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]], count: int) -> Arrays:
    x, y = make(np.random.default_rng(0), count + count // 4)
    return _arrays(x[:count], y[:count], x[count:], y[count:])


def _arrays(x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray) -> Arrays:
    fit = len(x) * 4 // 5
    return {
        "x_train": x[:fit], "y_train": y[:fit], "x_val": x[fit:], "y_val": y[fit:], "x_test": x_test, "y_test": y_test
    }  # fmt: skip


def _tokens(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    y = rng.integers(0, 2, count)
    own_set = rng.random((count, 100)) < 0.6
    x = 2 * rng.integers(0, 2_500, (count, 100)) + np.where(own_set, y[:, None], 1 - y[:, None])
    return x.astype(np.int32), y


def _signals(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    y = rng.integers(0, 6, count)
    phases = rng.uniform(0, 2 * np.pi, (count, 1, 9))
    angles = np.linspace(0, 2 * np.pi, 128)[None, :, None] * (2 + y)[:, None, None] + phases
    return (np.sin(angles) + rng.normal(0, 1, angles.shape)).astype(np.float32), y


def _values(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    x = rng.normal(0, 1, (count, 20)).astype(np.float32)
    return x, (np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.1 * rng.normal(0, 1, count)).astype(np.float32)


def _rows(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    centres, y = rng.normal(0, 1, (3, 12)), rng.integers(0, 3, count)
    return (centres[y] + rng.normal(0, 1.5, (count, 12))).astype(np.float32), y
