"""The passes of the layers of sequences that are compiled apart: recurrent ones and embeddings."""

from typing import Any

from keras_search.tuner.training.kernels.apart import Pass
from keras_search.tuner.training.kernels.arrays import EMBEDDING, RECURRENT, Floats, Memory
from keras_search.tuner.training.kernels.compiled import inlined
from keras_search.tuner.training.kernels.optimizers.stepping import ADAMAX
from keras_search.tuner.training.kernels.optimizers.tables import update_entries
from keras_search.tuner.training.kernels.optimizers.updating import COLLECT
from keras_search.tuner.training.kernels.passes.dropping import draw_masks
from keras_search.tuner.training.kernels.passes.embedding import collect_by_entry, look_up, mark, sum_by_entry
from keras_search.tuner.training.kernels.passes.recurrent import Shape, find_slopes, recur, recur_back, renew, store_in
from keras_search.tuner.training.kernels.words import Words


@inlined
def shape_of(layer: Any, n: int, drops: bool) -> Shape:
    """Return the sizes of a recurrent layer for a batch, and whether it drops states."""
    return Shape(
        layer.cell,
        layer.input_positions,
        n,
        layer.columns,
        layer.width,
        layer.input_width,
        layer.sequences,
        layer.backwards,
        layer.reversed,
        layer.mask_width,
        layer.blank,
        drops,
    )


@inlined
def mask_of(layer: Any, n: int, memory: Memory) -> Floats:
    """Return the numbers of a batch's steps, of which those of 0 do not count; none if all count."""
    return memory.values[layer.mask : layer.mask + n * layer.mask_width]


def recurrent(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Set the outputs of a recurrent layer."""
    w, wide, values, parameters = layer.width, layer.input_width, memory.values, memory.parameters
    shape = shape_of(layer, n, layer.scale > 0 and len(words) > 0)
    store = store_in(shape, memory.kept[layer.store :])
    if shape.drops:
        draw_masks(layer, n, shape.units, w, wide, words, store.masks)
    x = values[layer.before : layer.before + n * shape.steps * wide]
    y = values[layer.after : layer.after + n * layer.positions * w]
    weights = parameters[layer.weights : layer.weights + w * wide]
    bias = parameters[layer.bias : layer.bias + (wide if layer.has_bias else 0)]
    recur(shape, x, mask_of(layer, n, memory), weights, bias, store, y)


def recurrent_back(layer: Any, n: int, rule: Any, numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of a recurrent layer's inputs, and update its recurrent kernel and the bias of its product."""
    w, wide = layer.width, layer.input_width
    shape = shape_of(layer, n, layer.scale > 0)
    store = store_in(shape, memory.kept[layer.store :])
    weights = memory.parameters[layer.weights : layer.weights + w * wide]
    gradient = memory.gradients[layer.gradient, : n * layer.positions * w]
    passed = memory.gradients[layer.passed, : n * shape.steps * wide]
    recur_back(shape, gradient, mask_of(layer, n, memory), weights, store, passed)
    find_slopes(shape, store)
    renew(layer, w * wide, wide, store.slopes, rule, numbers, memory)


def embedding(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of an embedding."""
    w, steps = layer.width, layer.positions
    table = memory.parameters[layer.weights : layer.weights + layer.entries * w]
    numbers = memory.values[layer.before : layer.before + n * layer.input_width]
    look_up(numbers, layer.input_width, steps, table, w, memory.values[layer.after : layer.after + n * steps * w])


def embedding_back(layer: Any, n: int, rule: Any, numbers: Floats, _words: Words, memory: Memory) -> None:
    """Update the table of an embedding by the gradient of its outputs."""
    w, steps, start, size = layer.width, layer.positions, layer.weights, layer.entries * layer.width
    taken = memory.values[layer.before : layer.before + n * layer.input_width]
    gradient = memory.gradients[layer.gradient, : n * steps * w]
    if rule.kind == COLLECT:
        table = memory.parameters[start : start + size]
        if numbers[0]:
            for i in range(size):
                table[i] -= table[i] * numbers[0]
        sums, others = memory.first_slots[start : start + size], memory.second_slots[start : start + size]
        if rule.clipvalue:
            for i in range(len(gradient)):
                gradient[i] = min(max(gradient[i], -rule.clipvalue), rule.clipvalue)
        collect_by_entry(taken, layer.input_width, steps, w, gradient, rule.method == ADAMAX, sums, others)
        return
    marks = memory.kept[layer.store : layer.store + layer.entries]
    most = mark(taken, layer.input_width, steps, marks)
    begin, room = layer.store + layer.entries, (most + 1) * w
    sums, squares = memory.kept[begin : begin + room], memory.kept[begin + room : begin + 2 * room]
    sum_by_entry(taken, layer.input_width, steps, marks, gradient, sums, squares)
    update_entries(
        rule,
        numbers,
        memory.parameters[start : start + size],
        memory.first_slots[start : start + size],
        memory.second_slots[start : start + size],
        marks,
        sums,
        squares,
    )


SEQUENCE_PASSES: dict[int, tuple[Pass, ...]] = {
    RECURRENT: (recurrent, recurrent_back),
    EMBEDDING: (embedding, embedding_back),
}
"""The forward and backward passes by the kinds of layers, for `addresses_of`."""
