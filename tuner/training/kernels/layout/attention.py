"""Describe attention: the products of its heads, and what the heads do."""

import numpy as np

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.compiled.dropout import drop_of
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.layout.places import Layout
from keras_search.tuner.training.kernels.layout.weights import describe_product
from keras_search.tuner.training.kernels.passes.attending import store_size
from keras_search.tuner.training.kernels.recognition.attention import Attention, HeadProduct, scale_of


def describe_head_product(part: HeadProduct, record: np.ndarray, layout: Layout) -> None:
    """Describe a dense layer whose columns are those of all heads, each padded, or whose inputs are heads."""
    describe_product(part.dense.kernel, part.dense.bias, record, layout)


def describe_attention(part: Attention, records: np.ndarray, layout: Layout) -> None:
    """Describe the heads, in a record for each of the query, the keys and the values."""
    layer, (query, key, value) = part.layer, records["before"].tolist()
    positions, steps = int(records["positions"][0]), int(records["input_positions"][1])
    records["kind"], records["role"] = arrays.ATTENTION, (arrays.QUERY, arrays.KEY, arrays.VALUE)
    records["query"], records["key"], records["value"] = query, key, value
    records["steps"], records["heads"], records["causal"] = steps, layer.num_heads, part.causal
    records["key_columns"], records["value_columns"] = layer.key_dim, layer.value_dim
    records["first"], records["blank"] = scale_of(layer), part.rate > 0
    for name, mask in (("query_mask", part.query_mask), ("mask", part.mask)):
        if mask is not None:
            numbers = layout.taken[id(mask)]
            records[name], records[f"{name}_width"] = numbers.start, padded(numbers.columns)
    if part.rate > 0:
        records["threshold"], records["scale"] = drop_of(part.rate)
        records["index"], layout.calls = part.call, max(layout.calls, part.call + 1)
    widths = padded(layer.key_dim), padded(layer.value_dim)
    records["store"] = layout.take("kept", store_size(layout.capacity * layer.num_heads, positions, steps, *widths))
