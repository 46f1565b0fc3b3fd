"""Describe the parts of a network that take sequences: embeddings, recurrences, and masked averages."""

import math
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.compiled.dropout import drop_of
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.layout.places import Layout, Outputs
from keras_search.tuner.training.kernels.passes.gated import gated_size
from keras_search.tuner.training.kernels.passes.recurrent import store_size
from keras_search.tuner.training.kernels.recognition.recurrences import (
    MaskedAverage,
    MaskedSteps,
    Projection,
    Recurrence,
    gates_of,
)
from keras_search.tuner.training.kernels.recognition.regularization import prices_of


def describe_projection(part: Projection, record: np.ndarray, layout: Layout) -> None:
    """Describe a dense layer whose columns are those of all gates; the biases of a GRU are two rows."""
    cell, width = part.layer.cell, int(record["width"][0])
    record["kind"], record["has_bias"], record["rows"] = arrays.DENSE, cell.use_bias, record["inputs"]
    record["weights"] = layout.take_blocks(cell.kernel, part.layer, int(record["input_width"][0]) * width)
    record["l1"], record["l2"] = prices_of(cell.kernel.regularizer)
    if cell.use_bias:
        record["bias"] = layout.take_blocks(cell.bias, part.layer, math.prod(cell.bias.shape[:-1]) * width)
        record["bias_l1"], record["bias_l2"] = prices_of(cell.bias.regularizer)
    if part.rate:
        gates, positions, inputs = (
            gates_of(part.layer),
            *(int(record[name][0]) for name in ("positions", "input_width")),
        )
        record["kind"], record["cell"] = arrays.GATED, part.cell
        record["store"] = layout.take("kept", gated_size(positions, layout.capacity, inputs, width, gates))
        _describe_masks(part.rate, gates * int(record["inputs"][0]), record, layout)


def describe_recurrence(part: Recurrence, record: np.ndarray, layout: Layout) -> None:
    """Describe the steps; their bias is the second row of a GRU's, after that of its projection."""
    layer, cell = part.layer, part.layer.cell
    steps, width, gates = (int(record[name][0]) for name in ("input_positions", "width", "input_width"))
    record["kind"], record["cell"], record["rows"] = arrays.RECURRENT, part.cell, record["columns"]
    record["sequences"], record["backwards"] = layer.return_sequences, layer.go_backwards
    record["reversed"], record["blank"] = part.reversed, layer.zero_output_for_mask
    _describe_mask(part.mask, record, layout)
    record["weights"] = layout.take_blocks(cell.recurrent_kernel, layer, width * gates)
    record["l1"], record["l2"] = prices_of(cell.recurrent_kernel.regularizer)
    record["has_bias"] = part.cell == arrays.GRU and cell.use_bias
    if record["has_bias"]:
        record["bias"] = layout.starts[id(cell.bias)] + gates
        record["bias_l1"], record["bias_l2"] = prices_of(cell.bias.regularizer)
    record["store"] = layout.take("kept", store_size(steps, layout.capacity, width, gates))
    if cell.recurrent_dropout:
        _describe_masks(cell.recurrent_dropout, gates_of(layer) * int(record["columns"][0]), record, layout)


def describe_embedding(layer: keras.layers.Embedding, record: np.ndarray, layout: Layout) -> None:
    """Describe an embedding, with room for the gradients of the rows that a batch looks up."""
    steps, width, entries = int(record["positions"][0]), int(record["width"][0]), int(layer.input_dim)
    record["kind"], record["entries"] = arrays.EMBEDDING, entries
    record["weights"] = layout.take_parameters(layer.embeddings, entries * width)
    marked = min(entries, layout.capacity * steps)
    record["store"] = layout.take("kept", entries + 2 * (marked + 1) * width)


def describe_masked_steps(part: MaskedSteps, record: np.ndarray, layout: Layout) -> None:
    """Describe the steps, and where it is said which of them count."""
    steps = int(record["positions"][0])
    record["kind"], record["first"], record["mask_width"] = arrays.MASKED_STEPS, part.value, padded(steps)
    record["mask"] = start = layout.take("values", layout.capacity * padded(steps))
    layout.taken[id(part.output)] = Outputs(start, steps)


def describe_masked_average(part: MaskedAverage, record: np.ndarray, layout: Layout) -> None:
    """Describe the average of the steps that a mask leaves."""
    record["kind"] = arrays.MASKED_AVERAGE
    _describe_mask(part.mask, record, layout)


def _describe_masks(rate: float, drawn: int, record: np.ndarray, layout: Layout) -> None:
    """Describe what gates drop by masks of their own, with so many numbers for an example."""
    record["threshold"], record["scale"] = drop_of(rate)
    record["index"] = layout.drawn
    layout.drawn += drawn


def _describe_mask(mask: Any, record: np.ndarray, layout: Layout) -> None:
    """Describe where it is said which steps count, if not all do."""
    if mask is not None:
        numbers = layout.taken[id(mask)]
        record["mask"], record["mask_width"] = numbers.start, padded(numbers.columns)
