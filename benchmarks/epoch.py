"""Time one epoch of a baseline, validation included, in one of four ways, in this process.

`python -m keras_search.benchmarks.epoch BASELINE BATCH WAY SPLITS TIMES OUTPUT`; WAY is `ours` (our compiled
epoch, one thread), `fit` (`model.fit` with its default threads), `fit-1` (one thread) or `products` (the matrix
products alone, one thread); OUTPUT is a JSON file with the median of TIMES epochs after a first, in seconds.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from keras_search.benchmarks.datasets import in_memory
from keras_search.models import BASELINES, Problem
from keras_search.tuner.data import Splits
from keras_search.tuner.training import runtime

WAYS = ("ours", "fit", "fit-1", "products")
Arrays = tuple[np.ndarray, np.ndarray]


def main(baseline: str, batch: str, way: str, splits: str, times: str, output: str) -> None:
    """Time the epoch and write the result."""
    data = in_memory(Path(splits))
    if way != "fit":
        runtime.prepare(threads=1)
    seconds = _timed(baseline, int(batch), way, data, int(times))
    Path(output).write_text(json.dumps({"epoch_seconds": seconds}), encoding="utf-8")


def _timed(baseline: str, batch_size: int, way: str, data: Splits, times: int) -> float:
    import keras

    keras.utils.set_random_seed(0)
    recipe = BASELINES[baseline]
    problem = Problem(data.input_shape, data.targets, len(data.x_fit), epochs=times + 1)
    model = recipe.build(problem)
    fit, validation = ((x, _labels(y, recipe.one_hot, data.classes)) for x, y in _halves(data))
    if way == "products":
        return _products(model, fit, validation, batch_size, times)
    if way == "ours":
        return _ours(model, fit, validation, batch_size, times, recipe.epochs)
    return _model_fit(model, fit, validation, batch_size, times)


def _ours(model: Any, fit: Arrays, validation: Arrays, batch_size: int, times: int, planned: int) -> float:
    """Time epochs of a training that is planned to last so many, on which depends whether XLA compiles it."""
    from keras_search.tuner.training.engine import EpochRunner

    runner = EpochRunner(model, fit, validation, batch_size, planned)
    runner.run(seed=0, epoch=1)
    return float(np.median([_seconds(lambda e=e: runner.run(seed=0, epoch=e)) for e in range(2, times + 2)]))


def _model_fit(model: Any, fit: Arrays, validation: Arrays, batch_size: int, times: int) -> float:
    import keras

    ends: list[float] = []
    ticking = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
    model.fit(*fit, batch_size=batch_size, epochs=times + 1, validation_data=validation, callbacks=[ticking], verbose=0)
    return float(np.median(np.diff(ends)))


def _products(model: Any, fit: Arrays, validation: Arrays, batch_size: int, times: int) -> float:
    from keras_search.benchmarks.products import layer_sizes, seconds_of_products

    counts = len(fit[0]), len(validation[0])
    ways = [seconds_of_products(layer_sizes(model), *counts, batch_size, times, jit) for jit in (True, False)]
    return min(ways)


def _halves(data: Splits) -> tuple[Arrays, Arrays]:
    return (data.x_fit, data.y_fit), (data.x_val, data.y_val)


def _labels(y: np.ndarray, one_hot: bool, classes: int) -> np.ndarray:
    return np.eye(classes, dtype=np.float32)[y] if one_hot else y


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(*sys.argv[1:])
