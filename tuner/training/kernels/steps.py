"""An epoch of a chain of layers: forward, backward and update, step after step, in one call."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.arrays import (
    ACTIVATION,
    DENSE,
    DROPOUT,
    LOSS_SUM,
    NORMALIZATION,
    RESCALING,
    SOFTMAX,
    Floats,
    Memory,
    Targets,
)
from keras_search.tuner.training.kernels.bits import flush_denormals, restore_denormals
from keras_search.tuner.training.kernels.compiled import compiled, inlined
from keras_search.tuner.training.kernels.elementwise import (
    activate,
    activate_back,
    copy,
    drop,
    drop_back,
)
from keras_search.tuner.training.kernels.layers import (
    dense,
    dense_back,
    dense_to_inputs,
    normalization,
    normalization_back,
    price_of,
    rescaling,
    rescaling_back,
)
from keras_search.tuner.training.kernels.losses import Sums, column_loss, cross_entropy, measure, smooth


@compiled
def run(
    layers: Any,
    loss: Any,
    x: Floats,
    targets: Targets,
    order: NDArray[np.int32],
    batch_size: int,
    training: bool,
    words: NDArray[np.uint32],
    rule: Any,
    numbers: Floats,
    memory: Memory,
    sums: Sums,
) -> None:
    """Train on the examples `order` of x `(n, features)`, or test; add losses and measurements to `sums`.

    `layers` are records of LAYER, `loss` is one of LOSS, `rule` is one of RULE; `words` `(steps, 2)` and `numbers`
    `(steps, NUMBERS)` are those of dropout and the rule for each step.
    """
    before = flush_denormals()
    for step in range(len(words)):
        batch = order[step * batch_size : (step + 1) * batch_size]
        forward(layers, x, batch, training, words[step], memory)
        compare(layers[len(layers) - 1], loss, targets, batch, memory, sums)
        for number in range(len(layers)):
            sums[1, LOSS_SUM] += len(batch) * price_of(layers[number], memory)
        if training:
            backward(layers, len(batch), words[step], rule, numbers[step], memory)
    restore_denormals(before)


@inlined
def compare(last: Any, loss: Any, targets: Targets, batch: NDArray[np.int32], memory: Memory, sums: Sums) -> None:
    """Set the gradient of the last layer's outputs; add the batch's losses and measurements to `sums`."""
    outputs, width, columns = memory.values[last.after : last.after + len(batch) * last.width], last.width, last.columns
    if loss.kind == SOFTMAX:
        cross_entropy(outputs, width, columns, targets, batch, memory.gradients[0], sums)
        if loss.smoothing:
            smooth(loss.smoothing, outputs, width, columns, targets, batch, memory.gradients[0], sums)
    else:
        column_loss(loss, outputs, width, columns, targets, batch, memory.gradients[0], sums)
        if loss.measured:
            measure(outputs, width, columns, targets, batch, sums)


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
        elif layer.kind == DROPOUT and training:
            drop(come, out, layer.columns, layer.width, layer.index * n, words, layer.threshold, layer.scale)
        elif layer.kind == DROPOUT:
            copy(come, out)
        elif layer.kind == RESCALING:
            rescaling(layer, n, memory)


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
        elif layer.kind == DROPOUT:
            drop_back(gradient, layer.columns, layer.width, layer.index * n, words, layer.threshold, layer.scale)
        elif layer.kind == RESCALING:
            rescaling_back(layer, gradient, memory)
