"""The forward and backward passes of layers with parameters, for a batch of `n` examples."""

from typing import Any

import numpy as np

from keras_search.tuner.training.kernels.arithmetic.elementwise import (
    add_slope_of_price,
    add_to_rows,
    limit_columns,
    price,
    rescale,
    rescale_back,
    sum_rows,
)
from keras_search.tuner.training.kernels.arithmetic.products import multiply, multiply_transposed
from keras_search.tuner.training.kernels.arithmetic.sparse import multiply_packed, pack
from keras_search.tuner.training.kernels.arithmetic.tiles import GROUP, ROWS
from keras_search.tuner.training.kernels.arrays import (
    CONVOLUTION,
    DENSE,
    DEPTHWISE,
    POOLED_CONVOLUTION,
    RECURRENT,
    TRANSPOSED,
    Floats,
    Memory,
)
from keras_search.tuner.training.kernels.compiled import inlined, kernel
from keras_search.tuner.training.kernels.optimizers.updating import update
from keras_search.tuner.training.kernels.passes.normalizing import (
    normalize,
    normalize_back,
    normalize_by,
    normalize_rows,
    normalize_rows_back,
)

_0 = np.float32(0)
BLOCK = 4096
"""The number of weights' gradients that are computed before an update, if that covers at least some rows."""


@inlined
def dense(layer: Any, n: int, memory: Memory) -> None:
    """Set the outputs of a dense layer."""
    values, parameters, width, inputs = memory.values, memory.parameters, layer.width, layer.inputs
    if layer.sparse:
        amounts, places, counts = memory.amounts, memory.places, memory.counts
        pack(values, layer.before, layer.input_width, 1, n, inputs, amounts, places, counts)
        for group in range((n + GROUP - 1) // GROUP):
            after = layer.after + group * GROUP * width
            multiply_packed(amounts, places, counts, group, inputs, parameters, layer.weights, width, values, after)
    else:
        before, weights, after = layer.before, layer.weights, layer.after
        multiply(values, before, layer.input_width, 1, parameters, weights, width, values, after, n, inputs)
    if layer.has_bias:
        add_to_rows(values[layer.after : layer.after + n * width], parameters[layer.bias : layer.bias + width])


@inlined
def weights_gradient(layer: Any, n: int, gradient: Floats, begin: int, rows: int, memory: Memory) -> None:
    """Set the first rows of `scratch` to the gradient of `rows` rows of a dense layer's weights, from `begin` on.

    The first call of a batch packs the columns of sparse inputs.
    """
    values, scratch, width = memory.values, memory.scratch, layer.width
    if layer.sparse:
        amounts, places, counts = memory.amounts, memory.places, memory.counts
        if begin == 0:
            pack(values, layer.before, 1, layer.input_width, layer.inputs, n, amounts, places, counts)
        for r in range(0, rows, GROUP):
            group = (begin + r) // GROUP
            multiply_packed(amounts, places, counts, group, n, gradient, 0, width, scratch, r * width)
    else:
        multiply(values, layer.before + begin, 1, layer.input_width, gradient, 0, width, scratch, 0, rows, n)


@inlined
def dense_to_inputs(layer: Any, n: int, gradient: Floats, inputs: Floats, memory: Memory) -> None:
    """Set the gradient of a dense layer's inputs from that of its outputs, before the weights are updated."""
    multiply_transposed(gradient, 0, layer.width, memory.parameters, layer.weights, layer.input_width, inputs, 0, n)


@inlined
def normalization(layer: Any, n: int, training: bool, memory: Memory) -> None:
    """Set the outputs of a batch normalization."""
    w, parameters, running, kept = layer.width, memory.parameters, memory.running, memory.kept
    come = memory.values[layer.before : layer.before + n * w]
    out = memory.values[layer.after : layer.after + n * w]
    gamma, beta = parameters[layer.weights : layer.weights + w], parameters[layer.bias : layer.bias + w]
    mean, variance = running[layer.mean : layer.mean + w], running[layer.variance : layer.variance + w]
    one, two = memory.scratch[:w], memory.scratch[w : 2 * w]
    if training:
        centred, inverse = kept[layer.centred : layer.centred + n * w], kept[layer.inverse : layer.inverse + w]
        normalize(come, out, centred, inverse, gamma, beta, mean, variance, layer.momentum, layer.epsilon, one, two)
    else:
        normalize_by(come, out, gamma, beta, mean, variance, layer.epsilon, one, two)


@inlined
def normalization_back(layer: Any, n: int, gradient: Floats, memory: Memory) -> None:
    """Convert the gradient of a batch normalization's outputs to that of its inputs; compute gamma's and beta's."""
    w, kept, scratch = layer.width, memory.kept, memory.scratch
    centred, inverse = kept[layer.centred : layer.centred + n * w], kept[layer.inverse : layer.inverse + w]
    gamma = memory.parameters[layer.weights : layer.weights + w]
    normalize_back(gradient, centred, inverse, gamma, scratch[:w], scratch[w : 2 * w])


@inlined
def layer_normalization(layer: Any, n: int, memory: Memory) -> None:
    """Set the outputs of a layer normalization."""
    w, parameters, kept = layer.width, memory.parameters, memory.kept
    come = memory.values[layer.before : layer.before + n * w]
    out = memory.values[layer.after : layer.after + n * w]
    gamma, beta = parameters[layer.weights : layer.weights + w], parameters[layer.bias : layer.bias + w]
    centred, inverse = kept[layer.centred : layer.centred + n * w], kept[layer.inverse : layer.inverse + n]
    normalize_rows(come, out, layer.columns, centred, inverse, gamma, beta, layer.epsilon)


@inlined
def layer_normalization_back(layer: Any, n: int, gradient: Floats, memory: Memory) -> None:
    """Convert the gradient of a layer normalization's outputs to that of its inputs; compute gamma's and beta's."""
    w, kept, scratch = layer.width, memory.kept, memory.scratch
    centred, inverse = kept[layer.centred : layer.centred + n * w], kept[layer.inverse : layer.inverse + n]
    gamma = memory.parameters[layer.weights : layer.weights + w]
    normalize_rows_back(gradient, layer.columns, centred, inverse, gamma, scratch[:w], scratch[w : 2 * w])


@inlined
def rescaling(layer: Any, n: int, memory: Memory) -> None:
    """Set the outputs of a rescaling."""
    w, constants = layer.positions * layer.width, memory.constants
    come = memory.values[layer.before : layer.before + n * w]
    out = memory.values[layer.after : layer.after + n * w]
    rescale(come, out, constants[layer.factor : layer.factor + w], constants[layer.offset : layer.offset + w])


@inlined
def rescaling_back(layer: Any, gradient: Floats, memory: Memory) -> None:
    """Convert the gradient of a rescaling's outputs to that of its inputs."""
    w = layer.positions * layer.width
    rescale_back(gradient, memory.constants[layer.factor : layer.factor + w])


@inlined
def update_parameters(layer: Any, n: int, gradient: Floats, rule: Any, numbers: Floats, memory: Memory) -> None:
    """Update a dense layer by the gradient of its outputs, or parameters whose gradients are in `scratch`.

    The weights of a dense layer are updated block by block, the vectors of any layer after them, all in one loop,
    because the machine code of the rules is long.
    """
    width, inputs, scratch, is_dense = layer.width, layer.inputs, memory.scratch, layer.kind == DENSE
    behind = width if is_dense else layer.rows * width
    block = max(1, BLOCK // (ROWS * GROUP * width)) * ROWS * GROUP
    blocks = (inputs + block - 1) // block if is_dense else 1
    for part in range(blocks + 1 if layer.has_bias else blocks):
        begin, at, l1, l2 = part * block, 0, layer.l1, layer.l2
        start, size = layer.weights + begin * width, layer.rows * width
        if part == blocks:
            start, size, at, l1, l2 = layer.bias, width, behind, layer.bias_l1, layer.bias_l2
            if is_dense or layer.kind in (CONVOLUTION, POOLED_CONVOLUTION, DEPTHWISE):
                sum_rows(gradient, scratch[at : at + width])
        elif is_dense:
            rows = min(block, inputs - begin)
            size = rows * width
            weights_gradient(layer, n, gradient, begin, rows, memory)
        apply(rule, numbers, memory, start, size, at, l1, l2)
    if layer.most:
        weights = memory.parameters[layer.weights : layer.weights + layer.rows * width]
        limit_columns(weights, layer.most, layer.epsilon, scratch[:width])


@kernel
def price_of(layer: Any, memory: Memory) -> Any:
    """Return the regularization loss of a layer."""
    total, width = _0, layer.input_width if layer.kind == RECURRENT else layer.width
    if layer.l1 or layer.l2:
        size = layer.rows * (layer.input_width if layer.kind == TRANSPOSED else width)
        total += price(memory.parameters[layer.weights : layer.weights + size], layer.l1, layer.l2)
    if layer.bias_l1 or layer.bias_l2:
        total += price(memory.parameters[layer.bias : layer.bias + width], layer.bias_l1, layer.bias_l2)
    return total


@kernel
def apply(rule: Any, numbers: Floats, memory: Memory, start: int, size: int, at: int, l1: Any, l2: Any) -> None:
    """Update `size` parameters from `start` on by their gradient, which is in `scratch` from `at` on.

    The gradient of their regularization, by `l1` and `l2`, is added to it.
    """
    if l1 or l2:
        parameters = memory.parameters[start : start + size]
        add_slope_of_price(parameters, l1, l2, memory.scratch[at : at + size])
    update(
        rule,
        numbers,
        memory.parameters[start : start + size],
        memory.first_slots[start : start + size],
        memory.second_slots[start : start + size],
        memory.scratch[at : at + size],
    )
