"""Only the matrix products of an epoch, in a compiled loop: the least time that the hardware needs."""

import time
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import tensorflow as tf

VALIDATION_BATCH = 2000


def layer_sizes(model: keras.Model) -> list[int]:
    """Return the widths of a stack of dense layers, its input's first, such as `[784, 128, 64, 10]`."""
    dense = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]
    return [int(dense[0].kernel.shape[0]), *(int(layer.units) for layer in dense)]


def seconds_of_products(sizes: list[int], fit: int, validation: int, batch_size: int, times: int, jit: bool) -> float:
    """Time an epoch's products: the median of so many `times` after a first, in seconds.

    Every batch is another part of the data and every product is carried out of the loop, so that no compiler can
    leave one out. `jit` chooses XLA over TensorFlow's own kernels.
    """
    rng = np.random.default_rng(0)
    x_fit, x_val = (tf.constant(rng.random((count, sizes[0]), np.float32)) for count in (fit, validation))
    weights = [tf.constant(rng.normal(0, 0.05, shape).astype(np.float32)) for shape in pairwise(sizes)]
    epoch = tf.function(epoch_of_products, autograph=False, jit_compile=jit)
    seconds = []
    for _ in range(times + 1):
        began = time.perf_counter()
        epoch(x_fit, x_val, weights, batch_size)[0].numpy()
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:]))


def epoch_of_products(x_fit: Any, x_val: Any, weights: list[Any], batch_size: int) -> list[Any]:
    """Return the last batch's products for each weight, and the last validation batch's output; whole batches only."""

    def train(step: Any, *_: Any) -> tuple[Any, ...]:
        outputs = [_batch(x_fit, step, batch_size)]
        for weight in weights:
            outputs.append(outputs[-1] @ weight)
        gradients, gradient = [], outputs[-1]
        for place in reversed(range(len(weights))):
            gradients.append(tf.matmul(outputs[place], gradient, transpose_a=True))
            if place:
                gradient = tf.matmul(gradient, weights[place], transpose_b=True)
        return (step + 1, *reversed(gradients))

    size = min(VALIDATION_BATCH, x_val.shape[0])

    def validate(step: Any, _: Any) -> tuple[Any, Any]:
        output = _batch(x_val, step, size)
        for weight in weights:
            output = output @ weight
        return step + 1, output

    trained = _loop(train, x_fit.shape[0] // batch_size, [tf.zeros_like(weight) for weight in weights])
    start = tf.zeros((size, weights[-1].shape[1]))
    return trained + _loop(validate, x_val.shape[0] // size, [start])


def _loop(body: Any, steps: int, carried: list[Any]) -> list[Any]:
    ended = tf.while_loop(lambda step, *_: step < steps, body, [tf.constant(0), *carried], parallel_iterations=1)
    return list(ended[1:])


def _batch(x: Any, step: Any, size: int) -> Any:
    return tf.slice(x, [step * size, 0], [size, x.shape[1]])
