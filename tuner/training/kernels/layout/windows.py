"""The places of what looks at examples through windows, in the memory of a network."""

import math
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.layout.places import Layout
from keras_search.tuner.training.kernels.recognition.depthwise import Depthwise
from keras_search.tuner.training.kernels.recognition.grouped import GroupConvolution
from keras_search.tuner.training.kernels.recognition.regularization import limit_of, prices_of
from keras_search.tuner.training.kernels.recognition.windows import (
    CONVOLUTIONS,
    MAXIMA,
    WHOLE_MAXIMA,
    Geometry,
    block_of,
    geometry_of,
    inputs_of,
    outputs_of,
    taps_of,
)


def describe_windows(layer: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe a convolution or a pooling in its record of LAYER, and in a new one of WINDOW."""
    window, geometry = add_window(layer, record, layout)
    if isinstance(layer, CONVOLUTIONS):
        describe_kernel(layer, record, window, geometry, layout)
        _describe_convolution(record, window, geometry, layout)
    elif isinstance(layer, MAXIMA):
        record["kind"] = arrays.MAXIMUM
    else:
        record["kind"] = arrays.GLOBAL_MAXIMUM if isinstance(layer, WHOLE_MAXIMA) else arrays.AVERAGE


def _describe_convolution(record: np.ndarray, window: np.ndarray, geometry: Geometry, layout: Layout) -> None:
    record["kind"] = arrays.CONVOLUTION
    window["outputs"] = listed(outputs_of(geometry, int(window["block"][0])), layout)
    if record["passes"][0]:
        _describe_passing(window, geometry, int(record["columns"][0]), layout)


def describe_group(part: GroupConvolution, record: np.ndarray, layout: Layout) -> None:
    """Describe the convolution of a group of channels, whose parameters are behind those of the groups before it."""
    layer, geometry = part.layer, replace(geometry_of(part.layer), channels=part.taken[-1])
    window = add_geometry(geometry, record, layout)
    width, groups = int(record["width"][0]), layer.groups
    size, variables = math.prod(geometry.size) * geometry.channels * width, (layer.kernel, layer.bias)
    if part.number == 0:
        for variable, each, blocks in zip(variables, (size, width), (-groups, groups), strict=True):
            layout.starts[id(variable)] = layout.take_parameters(variable, groups * each)
            layout.blocks[id(variable)] = blocks
    starts = [layout.starts[id(variable)] for variable in variables]
    record["weights"], record["bias"] = (
        start + part.number * each for start, each in zip(starts, (size, width), strict=True)
    )
    record["learns"] = True
    _describe_kernel(layer, record, window, geometry, layout)
    _describe_convolution(record, window, geometry, layout)


def add_window(layer: Any, record: np.ndarray, layout: Layout) -> tuple[np.ndarray, Geometry]:
    """Append a record of WINDOW to the layout for a layer; return it and the windows."""
    geometry = geometry_of(layer)
    return add_geometry(geometry, record, layout), geometry


def add_geometry(geometry: Geometry, record: np.ndarray, layout: Layout) -> np.ndarray:
    """Append a record of WINDOW to the layout; return it."""
    window = np.zeros(1, arrays.WINDOW)
    for name, pair in (
        ("", geometry.image),
        ("out_", geometry.outputs),
        ("size_", geometry.size),
        ("stride_", geometry.strides),
        ("dilation_", geometry.dilation),
        ("bordered_", geometry.bordered),
    ):
        window[f"{name}height"], window[f"{name}width"] = pair
    window["top"], window["left"] = geometry.before
    window["channels"] = geometry.channels
    record["window"] = len(layout.windows)
    layout.windows.append(window)
    return window


def describe_kernel(layer: Any, record: np.ndarray, window: np.ndarray, geometry: Geometry, layout: Layout) -> None:
    """Describe the parameters of a convolution, and the inputs with zeros around them."""
    width, rows = int(record["width"][0]), math.prod(geometry.size) * geometry.channels
    record["weights"] = layout.take_parameters(layer.kernel, rows * width)
    record["bias"] = layout.take_parameters(layer.bias, width)
    _describe_kernel(layer, record, window, geometry, layout)


def _describe_kernel(layer: Any, record: np.ndarray, window: np.ndarray, geometry: Geometry, layout: Layout) -> None:
    input_width = int(record["input_width"][0])
    record["rows"] = math.prod(geometry.size) * geometry.channels
    record["l1"], record["l2"] = prices_of(layer.kernel.regularizer)
    record["most"], record["epsilon"] = limit_of(layer.kernel), keras.config.epsilon()
    record["has_bias"] = layer.use_bias
    if layer.use_bias:
        record["bias_l1"], record["bias_l2"] = prices_of(layer.bias.regularizer)
    positions, size = int(record["input_positions"][0]), math.prod(geometry.bordered) * geometry.channels
    window["step"] = geometry.channels if positions == 1 else input_width
    window["copied"] = copied = geometry.bordered != geometry.image or positions * input_width != size
    window["bordered"] = layout.take("values", layout.capacity * size) if copied else record["before"][0]
    window["taps"], window["block"] = listed(taps_of(geometry), layout), block_of(math.prod(geometry.outputs))


def _describe_passing(window: np.ndarray, geometry: Geometry, columns: int, layout: Layout) -> None:
    """Describe the convolution of the outputs' gradient that gives the inputs' gradient."""
    width = padded(geometry.channels)
    window["back_block"] = block = block_of(math.prod(geometry.image))
    window["spread_height"], window["spread_width"] = geometry.spread
    window["spread"] = layout.take("values", block * math.prod(geometry.spread) * columns)
    window["turned"] = layout.take("values", math.prod(geometry.size) * columns * width)
    window["zeros"] = layout.take("values", width)
    window["inputs"] = listed(inputs_of(geometry, columns, block), layout)


def listed(places: np.ndarray, layout: Layout) -> int:
    """Append places to the layout's lists; return where they begin."""
    begin = sum(map(len, layout.tables))
    layout.tables.append(places)
    return begin


def describe_depthwise(part: Depthwise, record: np.ndarray, layout: Layout) -> None:
    """Describe such a convolution in its record of LAYER, and its windows in one of WINDOW."""
    width = int(record["width"][0])
    record["kind"] = arrays.DEPTHWISE
    _, geometry = add_window(part.layer, record, layout)
    record["rows"] = rows = math.prod(geometry.size)
    record["weights"] = layout.take_parameters(part.kernel, rows * width)
    record["bias"] = layout.take_parameters(part.bias, width)
    layout.blocks[id(part.kernel)] = 0
    record["l1"], record["l2"] = prices_of(part.kernel.regularizer)
    record["has_bias"] = part.bias is not None
    if part.bias is not None:
        record["bias_l1"], record["bias_l2"] = prices_of(part.bias.regularizer)
