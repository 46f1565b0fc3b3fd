"""An epoch of a chain of layers: forward, backward and update, step after step, in one call."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.plain.arrays import ACTIVATION, DENSE, DROPOUT, Memory
from keras_search.tuner.plain.bits import flush_denormals, restore_denormals
from keras_search.tuner.plain.compiled import compiled, inlined
from keras_search.tuner.plain.elementwise import (
    activate,
    activate_back,
    add_to_rows,
    copy,
    cross_entropy,
    drop,
    drop_back,
    normalize,
    normalize_back,
    normalize_by,
    sum_rows,
)
from keras_search.tuner.plain.products import multiply, multiply_transposed
from keras_search.tuner.plain.sparse import multiply_packed, pack
from keras_search.tuner.plain.tiles import GROUP, ROWS
from keras_search.tuner.plain.updating import update

BLOCK = 4096
"""Gradients of weights that are computed before these weights are updated, if that is no less than some rows."""


@compiled
def run(
    layers: Any,
    x: NDArray[np.float32],
    labels: NDArray[np.int64],
    order: NDArray[np.int32],
    batch_size: int,
    training: bool,
    words: NDArray[np.uint32],
    rule: Any,
    numbers: NDArray[np.float32],
    memory: Memory,
) -> tuple[float, int]:
    """Train on the examples `order` of x `(n, features)`, or test; give the sum of their losses and the right answers.

    `layers` are records of LAYER, `rule` is one of RULE; `words` `(steps, 2)` and `numbers` `(steps, NUMBERS)` are what
    dropout and the rule take in each step.
    """
    loss, right = 0.0, 0
    last = layers[len(layers) - 1]
    before = flush_denormals()
    for step in range(len(words)):
        batch = order[step * batch_size : (step + 1) * batch_size]
        n = len(batch)
        forward(layers, x, batch, training, words[step], memory)
        logits = memory.values[last.after : last.after + n * last.width]
        found = cross_entropy(logits, last.width, last.columns, labels, batch, memory.gradients[0])
        loss += found[0]
        right += found[1]
        if training:
            backward(layers, n, words[step], rule, numbers[step], memory)
    restore_denormals(before)
    return loss, right


@inlined
def forward(
    layers: Any,
    x: NDArray[np.float32],
    batch: NDArray[np.int32],
    training: bool,
    words: NDArray[np.uint32],
    memory: Memory,
) -> None:
    """Set the outputs of all layers for a batch."""
    values, parameters, running, kept = memory.values, memory.parameters, memory.running, memory.kept
    n = len(batch)
    width = layers[0].input_width
    for i in range(n):
        copy(x[batch[i]], values[i * width : (i + 1) * width])
    for number in range(len(layers)):
        layer = layers[number]
        w = layer.width
        come = values[layer.before : layer.before + n * layer.input_width]
        out = values[layer.after : layer.after + n * w]
        if layer.kind == DENSE:
            if layer.sparse:
                inputs = layer.inputs
                pack(
                    values, layer.before, layer.input_width, 1, n, inputs, memory.amounts, memory.places, memory.counts
                )
                for group in range((n + GROUP - 1) // GROUP):
                    multiply_packed(
                        memory.amounts, memory.places, memory.counts, group, inputs,
                        parameters, layer.weights, w, values, layer.after + group * GROUP * w,
                    )  # fmt: skip
            else:
                multiply(
                    values, layer.before, layer.input_width, 1, parameters, layer.weights, w,
                    values, layer.after, n, layer.inputs,
                )  # fmt: skip
            if layer.has_bias:
                add_to_rows(out, parameters[layer.bias : layer.bias + w])
        elif layer.kind == ACTIVATION:
            activate(layer.activation, come, out)
        elif layer.kind == DROPOUT and training:
            drop(come, out, layer.columns, w, layer.index * n, words, layer.threshold, layer.scale)
        elif layer.kind == DROPOUT:
            copy(come, out)
        else:
            gamma, beta = parameters[layer.weights : layer.weights + w], parameters[layer.bias : layer.bias + w]
            mean, variance = running[layer.mean : layer.mean + w], running[layer.variance : layer.variance + w]
            if training:
                centred, inverse = kept[layer.centred : layer.centred + n * w], kept[layer.inverse : layer.inverse + w]
                normalize(come, out, centred, inverse, gamma, beta, mean, variance, layer.momentum, layer.epsilon)
            else:
                normalize_by(come, out, gamma, beta, mean, variance, layer.epsilon)


@inlined
def backward(
    layers: Any, n: int, words: NDArray[np.uint32], rule: Any, numbers: NDArray[np.float32], memory: Memory
) -> None:
    """Update the parameters of all layers, the last first; `gradients[0]` is at first that of the logits."""
    values, gradients, parameters, kept = memory.values, memory.gradients, memory.parameters, memory.kept
    scratch = memory.scratch
    here = 0
    for number in range(len(layers) - 1, -1, -1):
        layer = layers[number]
        if not layer.learns:
            break
        w = layer.width
        come = values[layer.before : layer.before + n * layer.input_width]
        gradient = gradients[here, : n * w]
        if layer.kind == DENSE:
            if number and layers[number - 1].learns:
                there = gradients[1 - here]
                multiply_transposed(gradient, 0, w, parameters, layer.weights, layer.input_width, there, 0, n)
            if layer.has_bias:
                sum_rows(gradient, scratch[:w])
                apply(rule, numbers, memory, layer.bias, w, 0)
            if layer.sparse:
                inputs = layer.inputs
                pack(
                    values, layer.before, 1, layer.input_width, inputs, n, memory.amounts, memory.places, memory.counts
                )
            block = max(1, BLOCK // (ROWS * GROUP * w)) * ROWS * GROUP
            for begin in range(0, layer.inputs, block):
                rows = min(block, layer.inputs - begin)
                if layer.sparse:
                    for r in range(0, rows, GROUP):
                        multiply_packed(
                            memory.amounts, memory.places, memory.counts, (begin + r) // GROUP, n,
                            gradient, 0, w, scratch, r * w,
                        )  # fmt: skip
                else:
                    multiply(values, layer.before + begin, 1, layer.input_width, gradient, 0, w, scratch, 0, rows, n)
                apply(rule, numbers, memory, layer.weights + begin * w, rows * w, 0)
            here = 1 - here
        elif layer.kind == ACTIVATION:
            activate_back(layer.activation, come, gradient)
        elif layer.kind == DROPOUT:
            drop_back(gradient, layer.columns, w, layer.index * n, words, layer.threshold, layer.scale)
        else:
            centred, inverse = kept[layer.centred : layer.centred + n * w], kept[layer.inverse : layer.inverse + w]
            gamma = parameters[layer.weights : layer.weights + w]
            normalize_back(gradient, centred, inverse, gamma, scratch[:w], scratch[w : 2 * w])
            apply(rule, numbers, memory, layer.weights, w, 0)
            if layer.has_bias:
                apply(rule, numbers, memory, layer.bias, w, w)


@compiled
def apply(rule: Any, numbers: NDArray[np.float32], memory: Memory, start: int, size: int, at: int) -> None:
    """Update `size` parameters from `start` on by their gradient, which is in `scratch` from `at` on."""
    update(
        rule,
        numbers,
        memory.parameters[start : start + size],
        memory.first_slots[start : start + size],
        memory.second_slots[start : start + size],
        memory.scratch[at : at + size],
    )
