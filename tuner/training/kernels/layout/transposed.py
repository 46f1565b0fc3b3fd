"""The places of a transposed convolution in the memory of a network."""

import math
from typing import Any

import numpy as np

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.layout.places import Layout
from keras_search.tuner.training.kernels.layout.windows import add_geometry, listed
from keras_search.tuner.training.kernels.recognition.regularization import prices_of
from keras_search.tuner.training.kernels.recognition.transposed import Phases, phases_of, reached_by
from keras_search.tuner.training.kernels.recognition.windows import Geometry, block_of, outputs_of, taps_of


def describe_transposed(layer: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe such a layer in its record of LAYER, and the windows on its outputs in one of WINDOW."""
    geometry = reached_by(layer)
    window = add_geometry(geometry, record, layout)
    width, input_width = int(record["width"][0]), int(record["input_width"][0])
    record["kind"] = arrays.TRANSPOSED
    record["rows"] = rows = math.prod(geometry.size) * geometry.channels
    record["weights"] = layout.take_parameters(layer.kernel, rows * input_width)
    record["bias"] = layout.take_parameters(layer.bias, width)
    record["l1"], record["l2"] = prices_of(layer.kernel.regularizer)
    record["has_bias"] = layer.use_bias
    if layer.use_bias:
        record["bias_l1"], record["bias_l2"] = prices_of(layer.bias.regularizer)
    _describe_back(window, geometry, input_width, layout)
    _describe_phases(window, phases_of(geometry), geometry, record, layout)


def _describe_back(window: np.ndarray, geometry: Geometry, input_width: int, layout: Layout) -> None:
    """Describe the convolution of the outputs' gradient that gives the inputs' gradient."""
    window["block"] = block = block_of(math.prod(geometry.outputs))
    window["bordered"] = layout.take("values", block * math.prod(geometry.bordered) * geometry.channels)
    window["taps"] = listed(taps_of(geometry), layout)
    window["outputs"] = listed(outputs_of(geometry, block), layout)
    window["zeros"] = layout.take("values", input_width)


def _describe_phases(
    window: np.ndarray, phases: Phases, geometry: Geometry, record: np.ndarray, layout: Layout
) -> None:
    """List the phases: the lists of windows and of outputs of each, how many these are, lines, pixels, first tap."""
    channels, width = int(record["inputs"][0]), int(record["width"][0])
    pixels, outputs = math.prod(phases.bordered), math.prod(geometry.image)
    window["back_block"] = block = block_of(outputs)
    window["spread_height"], window["spread_width"] = phases.bordered
    window["before_height"], window["before_width"] = phases.before
    window["spread"] = layout.take("values", block * pixels * channels)
    window["turned"] = layout.take("values", math.prod(geometry.size) * channels * width)
    window["products"] = layout.take("values", block * max(len(each.outputs) for each in phases.each) * width)
    window["turns"] = listed(np.concatenate([each.taps for each in phases.each]), layout)
    rows, first = [], 0
    for each in phases.each:
        begins = listed(_repeated(each.begins, pixels, block) * channels, layout)
        reached = listed(_repeated(each.outputs, outputs, block), layout)
        rows.append((begins, reached, len(each.outputs), each.lines, each.count, first))
        first += len(each.taps)
    window["phase_count"] = len(rows)
    window["phases"] = listed(np.asarray(rows, np.int64).reshape(-1), layout)


def _repeated(places: np.ndarray, size: int, block: int) -> np.ndarray:
    """Return places in each of several examples of some size."""
    begins = np.arange(block, dtype=np.int64) * size
    return np.asarray(begins[:, None] + places, np.int64).reshape(-1)
