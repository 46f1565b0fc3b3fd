"""The matrix products alone."""

import numpy as np
import pytest

from keras_search.models import BASELINES, Problem
from keras_search.models.problem import Target


def test_sizes_are_those_of_the_dense_layers() -> None:
    from keras_search.benchmarks.products import layer_sizes

    model = BASELINES["mlp-256-128-64"].build(Problem((28, 28), (Target(class_names=tuple("0123456789")),), 100, 1))
    assert layer_sizes(model) == [784, 256, 128, 64, 10]


@pytest.mark.parametrize("validation", [2000, 30])
@pytest.mark.parametrize("jit", [True, False])
def test_products_are_those_of_a_dense_network(jit: bool, validation: int) -> None:
    """Of the last batch and the last validation batch, which is what the loop carries out."""
    import tensorflow as tf

    from keras_search.benchmarks.products import epoch_of_products

    rng = np.random.default_rng(0)
    x, x_val = (rng.random((count, 6), np.float32) for count in (12, validation))
    first, second = rng.random((6, 5), np.float32), rng.random((5, 3), np.float32)
    epoch = tf.function(epoch_of_products, autograph=False, jit_compile=jit)
    for_first, for_second, validated = epoch(tf.constant(x), tf.constant(x_val), [first, second], 4)
    hidden = x[8:] @ first
    output = hidden @ second
    np.testing.assert_allclose(for_second, hidden.T @ output, rtol=1e-4)
    np.testing.assert_allclose(for_first, x[8:].T @ (output @ second.T), rtol=1e-4)
    np.testing.assert_allclose(validated, x_val @ first @ second, rtol=1e-4)
