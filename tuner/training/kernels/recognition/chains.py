"""Split layers and operators into their successive operations, and chain these as the parts of a network."""

from dataclasses import replace
from typing import Any

import keras

from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.kinds import LINEAR
from keras_search.tuner.training.kernels.recognition import activations, operators
from keras_search.tuner.training.kernels.recognition.attention import attention_of
from keras_search.tuner.training.kernels.recognition.calls import Call
from keras_search.tuner.training.kernels.recognition.depthwise import BY_CHANNEL, by_channel
from keras_search.tuner.training.kernels.recognition.graph import Part
from keras_search.tuner.training.kernels.recognition.grouped import by_group
from keras_search.tuner.training.kernels.recognition.noise import LAYERS as NOISE
from keras_search.tuner.training.kernels.recognition.noise import amount_of
from keras_search.tuner.training.kernels.recognition.objectives import Objective
from keras_search.tuner.training.kernels.recognition.operators import Combination
from keras_search.tuner.training.kernels.recognition.placements import keeps_rows
from keras_search.tuner.training.kernels.recognition.plain import BY_COLUMN, last_axes
from keras_search.tuner.training.kernels.recognition.recurrences import (
    RECURRENT,
    ColumnDropout,
    MaskedAverage,
    MaskedSteps,
    SideBySide,
    operations_of,
    sequences_of,
)
from keras_search.tuner.training.kernels.recognition.tensors import Chosen, OfEach, Repeated, moved, shares
from keras_search.tuner.training.kernels.recognition.windows import CONVOLUTIONS, MAXIMA

ACTIVATIONS = {
    keras.activations.relu: arrays.RELU,
    keras.activations.gelu: arrays.GELU,
    keras.activations.silu: arrays.SILU,
    keras.activations.tanh: arrays.TANH,
    keras.activations.sigmoid: arrays.SIGMOID,
    keras.activations.elu: arrays.ELU,
    keras.activations.selu: arrays.SELU,
}


def append_chain(parts: list[Part], operations: list[Any], takes: tuple[int, ...]) -> tuple[int, ...]:
    """Append operations, each of which takes the outputs of the one before; return the number of the last."""
    for operation in operations:
        if isinstance(operation, SideBySide):
            takes = tuple(append_chain(parts, chain, takes)[0] for chain in operation.chains)
        elif isinstance(operation, OfEach):
            pairs = zip(operation.chains, takes, strict=True)
            takes = tuple(append_chain(parts, chain, (take,))[0] for chain, take in pairs)
        elif isinstance(operation, Chosen):
            takes = tuple(takes[place] for place in operation.places)
        elif isinstance(operation, Repeated):
            takes *= operation.times
        elif isinstance(operation, Combination) and operation.kind != LINEAR and len(takes) > 2:
            takes = _folded(parts, replace(operation, factors=(1.0, 1.0)), takes)
        else:
            parts.append(Part((ACTIVATIONS | activations.FORMULAS).get(operation, operation), takes))
            takes = (len(parts) - 1,)
    return takes


def _folded(parts: list[Part], operation: Combination, takes: tuple[int, ...]) -> tuple[int, ...]:
    """Combine several tensors two by two, from the first on."""
    before = takes[0]
    for take in takes[1:]:
        parts.append(Part(operation, (before, take)))
        before = len(parts) - 1
    return (before,)


def operations_at(call: Call) -> list[Any]:
    """Return the successive operations of a layer, or that of an operator on tensors."""
    if isinstance(call.operation, keras.layers.MultiHeadAttention):
        return attention_of(call)
    if isinstance(call.operation, keras.layers.Masking):
        return [MaskedSteps(float(call.operation.mask_value), call.output)]
    if isinstance(call.operation, keras.Layer):
        return _operations(call.operation, call.mask)
    return operators.operations_of(call.node) or []


def _operations(layer: Any, mask: Any) -> list[Any]:
    """Split a layer into its successive operations: layers, and functions of Keras.

    `mask` is what skips steps, if anything does: see `Recurrence`.
    """
    if isinstance(layer, activations.LAYERS):
        return [activations.activation_of(layer)]
    if isinstance(layer, NOISE):
        return [layer] if amount_of(layer) > 0 else []
    if isinstance(layer, operators.LAYERS):
        return operators.combination_of(layer)
    if isinstance(layer, (*RECURRENT, keras.layers.Bidirectional)):
        return operations_of(layer, mask)
    if isinstance(layer, keras.layers.Softmax):
        last = layer.axis in last_axes(layer.input)
        return [keras.activations.softmax] if last else shares(tuple(layer.input.shape), layer.axis)
    if isinstance(layer, keras.layers.Permute) and not keeps_rows(layer):
        axes = (0, *layer.dims)
        return moved(tuple(layer.input.shape), tuple(layer.output.shape), lambda numbers: numbers.transpose(axes))
    if isinstance(layer, BY_CHANNEL):
        return by_channel(layer)
    if getattr(layer, "groups", 1) > 1 and isinstance(layer, CONVOLUTIONS):
        return by_group(layer)
    if mask is not None:
        return [MaskedAverage(sequences_of(layer), mask)]
    if isinstance(layer, BY_COLUMN):
        return [ColumnDropout(layer.rate, layer.input)] if layer.rate > 0 else []
    if isinstance(layer, keras.layers.Dropout):
        return [layer] if layer.rate > 0 else []
    if isinstance(layer, keras.layers.Flatten) and len(layer.input.shape) == 2:
        return []
    own = [] if isinstance(layer, keras.layers.Activation) else [layer]
    activation = getattr(layer, "activation", keras.activations.linear)
    if isinstance(activation, activations.LAYERS):
        return [*own, activations.activation_of(activation)]
    return own if activation is keras.activations.linear else [*own, activation]


def before_loss(operations: list[Any], objective: Objective | None) -> list[Any] | None:
    """Leave out the activation whose inputs a loss takes; None if the loss takes something else."""
    if objective is None or objective.end is None:
        return operations
    ends = bool(operations) and operations[-1] is objective.end
    if objective.from_logits is ends:
        return None
    return operations[:-1] if ends else operations


def with_pooling_first(parts: list[Part]) -> list[Part]:
    """Exchange relu and a max pooling that alone takes it: the numbers are the same, and relu has fewer to go over."""
    changed = list(parts)
    for number, part in enumerate(parts):
        if not isinstance(part.what, MAXIMA) or parts[part.takes[0]].what != arrays.RELU:
            continue
        (before,) = part.takes
        if sum(other.takes.count(before) for other in parts) == 1:
            changed[before] = replace(changed[before], what=part.what)
            changed[number] = replace(part, what=arrays.RELU)
    return changed
