"""The places of a convolution before a max pooling, in the memory of a network."""

import math

import numpy as np

from keras_search.tuner.system.cpu import WIDTH, padded
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.arithmetic.minimal_filters import PLACES
from keras_search.tuner.training.kernels.layout.places import Layout
from keras_search.tuner.training.kernels.layout.windows import add_window, describe_kernel, listed
from keras_search.tuner.training.kernels.recognition.pooled import PooledConvolution, is_patched, outputs_by_pool
from keras_search.tuner.training.kernels.recognition.windows import Geometry, block_of, geometry_of

NUMBERS = 8192
"""The inputs that are read at a time, if those of an example are not more: what the nearest cache holds."""
PATCHES = 64
"""The patches whose outputs are computed at a time, if there are as many."""
LISTING = 4
"""How many products of vectors it takes to list a gradient."""


def describe_pooled_convolution(part: PooledConvolution, record: np.ndarray, layout: Layout) -> None:
    """Describe both in the record of LAYER, and in a new one of WINDOW."""
    record["kind"], pools = arrays.POOLED_CONVOLUTION, geometry_of(part.pooling)
    window, windows = add_window(part.layer, record, layout)
    describe_kernel(part.layer, record, window, windows, layout)
    layout.take("values", WIDTH)  # a vector may be read that begins among the inputs
    width, outputs = int(record["width"][0]), math.prod(pools.outputs)
    pool = math.prod(pools.size)
    window["pool"], window["patched"] = pool, is_patched(windows, pools)
    window["block"] = -(-PATCHES // outputs) if window["patched"][0] else block_of(outputs * pool)
    block, line = int(window["block"][0]), windows.bordered[1] * windows.channels
    steps = math.prod(windows.bordered) * windows.channels, windows.strides[0] * line
    window["outputs"] = listed(outputs_by_pool(pools, (*steps, windows.strides[1] * windows.channels), block), layout)
    if window["patched"][0]:
        window["factors"] = layout.take("values", PLACES * windows.channels * width)
        window["patches"] = layout.take("values", PLACES * block * outputs * padded(windows.channels))
        window["products"] = layout.take("values", PLACES * block * outputs * width)
    else:
        window["convolved"] = layout.take("values", block * outputs * pool * width)
    window["chosen"] = layout.take("kept", layout.capacity * outputs * width)
    window["line"] = padded(windows.size[1] * windows.channels)
    window["listed"] = record["passes"] | _is_listed(windows, pool)
    if window["listed"][0]:
        _describe_lists(window, windows, pools, record, layout)
    else:
        window["pooled"] = listed(outputs_by_pool(pools, (0, windows.outputs[1], 1)), layout)
        window["unpooled"] = layout.take("values", math.prod(windows.outputs) * width)


def _is_listed(windows: Geometry, pool: int) -> bool:
    """Return whether listing takes fewer products of vectors than all outputs of a pooling's window."""
    taps = math.prod(windows.size) * windows.channels
    by_list = windows.size[0] * padded(windows.size[1] * windows.channels) // WIDTH + LISTING
    return by_list < pool * taps / WIDTH


def _describe_lists(window: np.ndarray, windows: Geometry, pools: Geometry, record: np.ndarray, layout: Layout) -> None:
    bordered, columns, wide = math.prod(windows.bordered), int(record["columns"][0]), int(record["input_width"][0])
    window["back_block"] = block = max(1, NUMBERS // (bordered * windows.channels))
    most = block * math.prod(pools.outputs) + 1
    steps = 0, windows.strides[0] * windows.bordered[1], windows.strides[1]
    window["pooled"] = listed(outputs_by_pool(pools, steps), layout)
    window["listing"] = listed(np.zeros(most, np.int64), layout)
    window["amounts"] = layout.take("values", padded(most))
    window["slopes"] = layout.take("values", columns * windows.size[0] * int(window["line"][0]))
    if record["passes"][0]:
        window["spread"] = layout.take("values", block * bordered * wide)
        window["turned"] = layout.take("values", columns * math.prod(windows.size) * wide)
