"""An epoch of a chain of layers: forward, backward and update, step after step, in one call."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.arrays import ACTIVATION, DENSE, NORMALIZATION, Floats, Memory
from keras_search.tuner.training.kernels.bits import flush_denormals, restore_denormals
from keras_search.tuner.training.kernels.compiled import compiled, inlined
from keras_search.tuner.training.kernels.elementwise import (
    activate,
    activate_back,
    copy,
    cross_entropy,
    drop,
    drop_back,
)
from keras_search.tuner.training.kernels.layers import (
    dense,
    dense_back,
    dense_to_inputs,
    normalization,
    normalization_back,
)


@compiled
def run(
    layers: Any,
    x: Floats,
    labels: NDArray[np.int64],
    order: NDArray[np.int32],
    batch_size: int,
    training: bool,
    words: NDArray[np.uint32],
    rule: Any,
    numbers: Floats,
    memory: Memory,
) -> tuple[float, int]:
    """Train on the examples `order` of x `(n, features)`, or test; return the sum of losses and the correct answers.

    `layers` are records of LAYER, `rule` is one of RULE; `words` `(steps, 2)` and `numbers` `(steps, NUMBERS)` are
    those of dropout and the rule for each step.
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
    x: Floats,
    batch: NDArray[np.int32],
    training: bool,
    words: NDArray[np.uint32],
    memory: Memory,
) -> None:
    """Set the outputs of all layers for a batch."""
    n, width, values = len(batch), layers[0].input_width, memory.values
    for i in range(n):
        copy(x[batch[i]], values[i * width : (i + 1) * width])
    for number in range(len(layers)):
        layer = layers[number]
        come = values[layer.before : layer.before + n * layer.input_width]
        out = values[layer.after : layer.after + n * layer.width]
        if layer.kind == DENSE:
            dense(layer, n, memory)
        elif layer.kind == ACTIVATION:
            activate(layer.activation, come, out)
        elif layer.kind == NORMALIZATION:
            normalization(layer, n, training, memory)
        elif training:
            drop(come, out, layer.columns, layer.width, layer.index * n, words, layer.threshold, layer.scale)
        else:
            copy(come, out)


@inlined
def backward(layers: Any, n: int, words: NDArray[np.uint32], rule: Any, numbers: Floats, memory: Memory) -> None:
    """Update the parameters of all layers, the last first; `gradients[0]` is initially that of the logits."""
    here = 0
    for number in range(len(layers) - 1, -1, -1):
        layer = layers[number]
        if not layer.learns:
            break
        gradient = memory.gradients[here, : n * layer.width]
        if layer.kind == DENSE:
            if number and layers[number - 1].learns:
                dense_to_inputs(layer, n, gradient, memory.gradients[1 - here], memory)
            dense_back(layer, n, gradient, rule, numbers, memory)
            here = 1 - here
        elif layer.kind == ACTIVATION:
            activate_back(layer.activation, memory.values[layer.before : layer.before + n * layer.width], gradient)
        elif layer.kind == NORMALIZATION:
            normalization_back(layer, n, gradient, rule, numbers, memory)
        else:
            drop_back(gradient, layer.columns, layer.width, layer.index * n, words, layer.threshold, layer.scale)
