"""Describe dense layers, normalizations and trained slopes: the places and prices of their parameters."""

from typing import Any

import keras
import numpy as np

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.layout.places import Layout
from keras_search.tuner.training.kernels.recognition.depthwise import Pointwise
from keras_search.tuner.training.kernels.recognition.regularization import limit_of, prices_of


def describe_dense(layer: keras.layers.Dense, record: np.ndarray, layout: Layout) -> None:
    """Describe a dense layer."""
    describe_product(layer.kernel, layer.bias, record, layout)


def describe_pointwise(part: Pointwise, record: np.ndarray, layout: Layout) -> None:
    """Describe the product that ends a separable convolution."""
    describe_product(part.layer.pointwise_kernel, part.layer.bias, record, layout)


def describe_product(kernel: Any, bias: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe the product of each row with a kernel."""
    width = int(record["width"][0])
    record["kind"] = arrays.DENSE
    record["weights"] = layout.take_parameters(kernel, int(record["input_width"][0]) * width)
    record["rows"] = record["inputs"]
    record["l1"], record["l2"] = prices_of(kernel.regularizer)
    record["most"], record["epsilon"] = limit_of(kernel), keras.config.epsilon()
    record["has_bias"] = bias is not None
    if bias is not None:
        record["bias"] = layout.take_parameters(bias, width)
        record["bias_l1"], record["bias_l2"] = prices_of(bias.regularizer)


def describe_normalization(layer: keras.layers.BatchNormalization, record: np.ndarray, layout: Layout) -> None:
    """Describe a batch normalization and its running averages."""
    width = int(record["width"][0])
    record["kind"], record["momentum"] = arrays.NORMALIZATION, layer.momentum
    averages = (layer.moving_mean, layer.moving_variance)
    record["mean"], record["variance"] = (layout.take_average(each, width) for each in averages)
    _describe_gamma(layer, record, layout, width)


def describe_layer_normalization(layer: keras.layers.LayerNormalization, record: np.ndarray, layout: Layout) -> None:
    """Describe a layer normalization."""
    record["kind"] = arrays.LAYER_NORMALIZATION
    _describe_gamma(layer, record, layout, layout.capacity * int(record["positions"][0]))


def _describe_gamma(layer: Any, record: np.ndarray, layout: Layout, deviations: int) -> None:
    """Describe gamma, beta and what a normalization keeps; it divides by so many standard deviations."""
    width, rows = int(record["width"][0]), layout.capacity * int(record["positions"][0])
    record["epsilon"], record["has_bias"] = layer.epsilon, layer.center
    record["rows"] = 1
    trained = (layer.gamma, layer.beta if layer.center else None)
    record["weights"], record["bias"] = (layout.take_parameters(each, width) for each in trained)
    record["centred"], record["inverse"] = layout.take("kept", rows * width), layout.take("kept", deviations)
    record["l1"], record["l2"] = prices_of(layer.gamma.regularizer)
    if layer.center:
        record["bias_l1"], record["bias_l2"] = prices_of(layer.beta.regularizer)


def describe_slopes(layer: keras.layers.PReLU, record: np.ndarray, layout: Layout) -> None:
    """Describe the slopes of a PReLU."""
    record["kind"], record["rows"] = arrays.TRAINED_SLOPE, 1
    record["weights"] = layout.take_parameters(layer.alpha, int(record["width"][0]))
    record["l1"], record["l2"] = prices_of(layer.alpha.regularizer)
