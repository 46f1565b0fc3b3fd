"""Time the matrix products of an epoch alone, each kind of product for itself, on one core in NumPy.

`python -m keras_search.benchmarks.bound HYPERMODEL DATA TRIALS OUTPUT`; TRIALS is a JSON list of hyperparameters,
OUTPUT a JSON list with the seconds of the products of an epoch of each: those of training (forward, for the weights,
for the inputs of all layers but the first) and of validation (forward). A convolution counts as the product of its
patches with its kernel, a step of a recurrence as that of its states with its kernel.
"""

import json
import os
import runpy
import sys
import time
from collections import Counter
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

BATCH, TESTED_AT_ONCE = 32, 256
Shape = tuple[int, int, int]
"""The rows, the terms of each sum, and the columns of a product."""


def main(hypermodel: str, data: str, trials: str, output: str) -> None:
    """Time the products of each trial's network."""
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    import keras_tuner
    import numpy as np

    build = runpy.run_path(hypermodel)["build"]
    with np.load(data) as content:
        fit, validation = (len(content[name]) for name in ("y_train", "y_val"))
    seconds = []
    for values in json.loads(Path(trials).read_text(encoding="utf-8")):
        hp = keras_tuner.HyperParameters()
        hp.values = values
        counts = products(build(hp), fit, validation)
        seconds.append(sum(count * _seconds(shape) for shape, count in counts.items()))
    Path(output).write_text(json.dumps(seconds), encoding="utf-8")


def products(model: Any, fit: int, validation: int) -> Counter[Shape]:
    """Count the products of an epoch of a compiled model by their shape, in whole batches."""
    counts: Counter[Shape] = Counter()
    all_products = [product for layer in model.layers for product in _of_layer(layer)]
    for place, (positions, terms, columns, times) in enumerate(all_products):
        rows, count = BATCH * positions, times * fit // BATCH
        counts[rows, terms, columns] += count
        counts[terms, rows, columns] += count
        if place > 0:  # the first takes the data, which have no gradient
            counts[rows, columns, terms] += count
        counts[TESTED_AT_ONCE * positions, terms, columns] += times * validation // TESTED_AT_ONCE
    return counts


def _of_layer(layer: Any) -> Iterator[tuple[int, int, int, int]]:
    """Yield the products of a layer: its positions for each example, terms, columns, and how often it happens."""
    import keras

    if isinstance(layer, keras.layers.Dense):
        yield prod(layer.output.shape[1:-1]), *layer.kernel.shape, 1
    elif isinstance(layer, keras.layers.Conv1D | keras.layers.Conv2D):
        yield prod(layer.output.shape[1:-1]), prod(layer.kernel.shape[:-1]), layer.filters, 1
    elif isinstance(layer, keras.layers.GRU | keras.layers.LSTM):
        cell, steps = layer.cell, layer.input.shape[1]
        yield steps, *cell.kernel.shape, 1
        yield 1, *cell.recurrent_kernel.shape, steps


def _seconds(shape: Shape, spent: float = 0.05) -> float:
    """Return the least time of a product of single-precision matrices, tried for `spent` seconds."""
    import numpy as np

    rows, terms, columns = shape
    a, b = np.ones((rows, terms), np.float32), np.ones((terms, columns), np.float32)
    c, least, end = np.empty((rows, columns), np.float32), float("inf"), time.perf_counter() + spent
    while time.perf_counter() < end:
        began = time.perf_counter()
        np.matmul(a, b, out=c)
        least = min(least, time.perf_counter() - began)
    return least


if __name__ == "__main__":
    main(*sys.argv[1:])
