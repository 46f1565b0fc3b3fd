"""An epoch of a network of layers: forward, backward and update, step after step, in one call."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from keras_search.tuner.training.kernels.apart import Addresses, call, compare
from keras_search.tuner.training.kernels.arithmetic.bits import flush_denormals, restore_denormals
from keras_search.tuner.training.kernels.arithmetic.elementwise import (
    activate,
    activate_back,
    copy,
    drop,
    move,
)
from keras_search.tuner.training.kernels.arrays import (
    ACTIVATION,
    ARRANGING,
    BATCH_SUM,
    CONVOLUTION,
    DENSE,
    DEPTHWISE,
    DROPOUT,
    INPUT,
    LAYER_NORMALIZATION,
    LOSS_SUM,
    MERGING,
    NORMALIZATION,
    POOLED_CONVOLUTION,
    RARE,
    RARE_LOSS,
    RESCALING,
    SOFTMAX,
    STEP,
    Answers,
    Floats,
    Memory,
    Sums,
    Targets,
)
from keras_search.tuner.training.kernels.compiled import compiled, inlined
from keras_search.tuner.training.kernels.losses.losses import column_loss, cross_entropy, measure, smooth
from keras_search.tuner.training.kernels.optimizers.updating import COLLECT
from keras_search.tuner.training.kernels.passes.layers import (
    dense,
    dense_to_inputs,
    layer_normalization,
    layer_normalization_back,
    normalization,
    normalization_back,
    price_of,
    rescaling,
    rescaling_back,
    update_parameters,
)
from keras_search.tuner.training.kernels.passes.positions import arranged, arranged_back


@compiled
def run(
    layers: Any,
    losses: Any,
    x: Floats,
    places: NDArray[np.int32],
    first_step: int,
    end_step: int,
    targets: Targets,
    order: NDArray[np.int32],
    batch_size: int,
    training: bool,
    words: NDArray[np.uint32],
    rule: Any,
    numbers: Floats,
    memory: Memory,
    sums: Sums,
    apart: Addresses,
) -> None:
    """Take some steps of an epoch on the examples `order` of the targets, or test; add what is measured to `sums`.

    The same examples are the rows `places` of x `(n, features)`, which may hold only those of these steps. `layers`
    are records of LAYER, `losses` of LOSS, `rule` is one of RULE; `words` `(steps, 2)` and `numbers` `(steps, NUMBERS)`
    are those of dropout and the rule for each step of the epoch; `apart` is the result of `addresses_of`.
    """
    before = flush_denormals()
    for step in range(first_step, end_step):
        first, last = step * batch_size, (step + 1) * batch_size
        batch = order[first:last]
        forward(layers, x, places[first:last], training, words[step], rule, numbers[step], memory, apart)
        for number in range(len(losses)):
            judge(losses[number], targets, batch, memory, sums[number], apart)
            if losses[number].kept:
                keep(losses[number], len(order), step * batch_size, len(batch), memory)
        for number in range(len(layers)):
            sums[len(losses), 1, LOSS_SUM] += len(batch) * price_of(layers[number], memory)
        if training:
            backward(layers, len(batch), words[step], rule, numbers[step], memory, apart)
            if rule.kind == COLLECT:
                call(apart[STEP, 0], layers[0], len(batch), rule, numbers[step], words[step], memory)
    restore_denormals(before)


@inlined
def judge(loss: Any, targets: Targets, batch: NDArray[np.int32], memory: Memory, sums: Sums, apart: Addresses) -> None:
    """Set the gradient of the outputs that a loss takes; add the batch's losses and measurements to its sums."""
    n, of_all, before = len(batch), len(targets.weights), sums[1, LOSS_SUM]
    own = Targets(targets.labels[of_all * loss.labels :], targets.values[of_all * loss.numbers :], targets.weights)
    outputs = memory.values[loss.after : loss.after + n * loss.width]
    answers, gradient = Answers(outputs, loss.width, loss.columns, own, batch), memory.gradients[loss.gradient]
    if loss.kind == SOFTMAX:
        cross_entropy(loss, answers, gradient, sums)
        if loss.smoothing:
            smooth(loss, answers, gradient, sums)
    elif loss.kind < RARE:
        column_loss(loss, answers, gradient, sums)
    else:
        compare(apart[RARE_LOSS, 0], loss, answers, gradient, sums)
    if loss.measured:
        measure(answers, memory.scratch, sums)
    sums[1, BATCH_SUM] += (sums[1, LOSS_SUM] - before) / n


@inlined
def keep(loss: Any, of_all: int, first: int, n: int, memory: Memory) -> None:
    """Keep the outputs for `n` examples, from number `first` of an epoch on, for its metrics."""
    start = of_all * loss.told + first * loss.width
    copy(memory.values[loss.after : loss.after + n * loss.width], memory.told[start : start + n * loss.width])


@inlined
def forward(
    layers: Any,
    x: Floats,
    places: NDArray[np.int32],
    training: bool,
    words: NDArray[np.uint32],
    rule: Any,
    numbers: Floats,
    memory: Memory,
    apart: Addresses,
) -> None:
    """Set the outputs of all layers for a batch, the rows `places` of x."""
    n, values = len(places), memory.values
    for number in range(len(layers)):
        layer = layers[number]
        rows = n * layer.positions
        come = values[layer.before : layer.before + n * layer.input_positions * layer.input_width]
        out = values[layer.after : layer.after + rows * layer.width]
        if layer.kind == INPUT:
            for i in range(n):
                copy(x[places[i], layer.column : layer.column + layer.columns], out[i * layer.width :])
        elif layer.kind == DENSE:
            dense(layer, rows, memory)
        elif layer.kind == ACTIVATION:
            activate(layer.activation, come, out)
        elif layer.kind == NORMALIZATION:
            normalization(layer, rows, training, memory)
        elif layer.kind == DROPOUT:
            copy(come, out)
            if training:
                drop(out, layer.columns, layer.width, layer.index * n, words, layer.threshold, layer.scale)
        elif layer.kind == RESCALING:
            rescaling(layer, n, memory)
        elif layer.kind == LAYER_NORMALIZATION:
            layer_normalization(layer, rows, memory)
        elif layer.kind == MERGING:
            move(come, layer.input_width, 0, layer.inputs, layer.adds, out, layer.width, layer.column)
        elif layer.kind == ARRANGING:
            arranged(layer, come, out)
        elif apart[layer.kind, 0]:
            call(apart[layer.kind, 0], layer, n, rule, numbers, words if training else words[:0], memory)


@inlined
def backward(
    layers: Any, n: int, words: NDArray[np.uint32], rule: Any, numbers: Floats, memory: Memory, apart: Addresses
) -> None:
    """Update the parameters of all layers, the last first, by the gradients of what the losses take."""
    for number in range(len(layers) - 1, -1, -1):
        layer = layers[number]
        if not layer.learns:
            continue
        rows = n * layer.positions
        gradient = memory.gradients[layer.gradient, : rows * layer.width]
        passed = memory.gradients[layer.passed, : n * layer.input_positions * layer.input_width]
        if layer.kind == DENSE:
            if layer.passes:
                dense_to_inputs(layer, rows, gradient, passed, memory)
        elif layer.kind == ACTIVATION:
            activate_back(layer.activation, memory.values[layer.before : layer.before + rows * layer.width], gradient)
        elif layer.kind == NORMALIZATION:
            normalization_back(layer, rows, gradient, memory)
        elif layer.kind == DROPOUT:
            drop(gradient, layer.columns, layer.width, layer.index * n, words, layer.threshold, layer.scale)
        elif layer.kind == RESCALING:
            rescaling_back(layer, gradient, memory)
        elif layer.kind == LAYER_NORMALIZATION:
            layer_normalization_back(layer, rows, gradient, memory)
        elif layer.kind == MERGING:
            move(gradient, layer.width, layer.column, layer.inputs, False, passed, layer.input_width, 0)
        elif layer.kind == ARRANGING:
            arranged_back(layer, gradient, passed)
        elif apart[layer.kind, 1]:
            call(apart[layer.kind, 1], layer, n, rule, numbers, words, memory)
        if layer.kind in (DENSE, NORMALIZATION, LAYER_NORMALIZATION, CONVOLUTION, POOLED_CONVOLUTION, DEPTHWISE):
            update_parameters(layer, rows, gradient, rule, numbers, memory)
        if layer.joins:
            joined, width = memory.gradients[layer.joined], layer.input_width
            move(passed, width, 0, width, True, joined, width, 0)
