"""Recognise Keras models that are made of plain layers, and their parts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled.architecture import architecture_of
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.recognition import activations, operators
from keras_search.tuner.training.kernels.recognition.activations import Formula
from keras_search.tuner.training.kernels.recognition.depthwise import BY_CHANNEL, Depthwise, Pointwise, by_channel
from keras_search.tuner.training.kernels.recognition.distortions import DISTORTIONS, is_plain_distortion
from keras_search.tuner.training.kernels.recognition.ends import Ends, ends_of
from keras_search.tuner.training.kernels.recognition.graph import Graph, Part
from keras_search.tuner.training.kernels.recognition.masks import MASKED, Masks, mask_at, masks_of
from keras_search.tuner.training.kernels.recognition.noise import LAYERS as NOISE
from keras_search.tuner.training.kernels.recognition.noise import amount_of, is_plain_noise
from keras_search.tuner.training.kernels.recognition.objectives import Objective
from keras_search.tuner.training.kernels.recognition.operators import Combination
from keras_search.tuner.training.kernels.recognition.placements import PLACEMENTS, is_plain_placement
from keras_search.tuner.training.kernels.recognition.pooled import with_pooled_convolutions
from keras_search.tuner.training.kernels.recognition.recurrences import (
    PARTS,
    RECURRENT,
    ColumnDropout,
    MaskedAverage,
    Projection,
    SideBySide,
    is_plain_bidirectional,
    is_plain_recurrent,
    operations_of,
    sequences_of,
)
from keras_search.tuner.training.kernels.recognition.regularization import is_plain
from keras_search.tuner.training.kernels.recognition.shapes import SHAPING
from keras_search.tuner.training.kernels.recognition.windows import CONVOLUTIONS, MAXIMA, WINDOWED

ACTIVATIONS = {
    keras.activations.relu: arrays.RELU,
    keras.activations.gelu: arrays.GELU,
    keras.activations.silu: arrays.SILU,
    keras.activations.tanh: arrays.TANH,
    keras.activations.sigmoid: arrays.SIGMOID,
    keras.activations.elu: arrays.ELU,
    keras.activations.selu: arrays.SELU,
}
BY_COLUMN = (keras.layers.SpatialDropout1D, keras.layers.SpatialDropout2D)
WHOLE = ("int32", "int64")
MOST_ENTRIES = 2**24
"""The number of whole numbers that single precision has from 0 on without a gap."""
WITH_KERNELS = (keras.layers.Dense, *CONVOLUTIONS)
MADE = (int, Formula, Combination, Depthwise, Pointwise, *PARTS)
"""The operations that are no layers, but made of them."""
LEAST = float(np.finfo(np.float32).tiny)
"""The smallest epsilon that does not count as zero."""


def graph_of(model: keras.Model) -> Graph | None:
    """Take a compiled model apart; None if it has anything but plain layers, or is compiled with more than plain means.

    Each example is a row of numbers, whatever the shape of the input.
    """
    nodes = _nodes_of(model)
    if nodes is None or architecture_of(model) is None:
        return None
    masks = masks_of(nodes)
    if not all(_is_known(node, masks) for node in nodes):
        return None
    ends = ends_of(model)
    return _graph(nodes, masks, model.outputs, ends) if ends is not None and _learns_all(model) else None


def _nodes_of(model: keras.Model) -> list[Any] | None:
    """List the calls of a model's layers in the order in which Keras makes them; None unless each is called once."""
    nodes_at = tf_private.nodes_by_depth(model)
    if nodes_at is None:
        return None
    every = [node for depth in sorted(nodes_at, reverse=True) for node in nodes_at[depth]]
    masks = masks_of(every)
    nodes = [node for node in every if id(node.outputs[0]) not in masks]
    once = len({id(node.operation) for node in nodes}) == len(nodes)
    return nodes if once else None


def _is_known(node: Any, masks: Masks) -> bool:
    """Return whether a call is that of a plain layer on tensors alone, or of a known operator."""
    if not isinstance(node.operation, keras.Layer):
        return operators.operation_of(node) is not None
    return _takes_tensors_alone(node, masks) and _is_plain(node.operation)


def _takes_tensors_alone(node: Any, masks: Masks) -> bool:
    """Return whether a layer is called only on outputs of others, and perhaps on the mask of an embedding."""
    others = {name: value for name, value in node.arguments.kwargs.items() if name != "training"}
    if isinstance(node.operation, MASKED) and id(others.get("mask")) in masks:
        del others["mask"]
    inputs = isinstance(node.operation, keras.layers.InputLayer)
    return len(node.arguments.args) == (0 if inputs else 1) and all(value is None for value in others.values())


def _graph(nodes: list[Any], masks: Masks, tensors: list[Any], ends: Ends) -> Graph | None:
    """Return the parts up to what the losses take; None if one is not known, or a loss takes something else."""
    parts: list[Part] = []
    outputs: dict[int, int] = {}
    objectives = {id(tensor): end.objective for tensor, end in zip(tensors, ends.each, strict=True)}
    for node in nodes:
        takes = tuple(outputs[id(tensor)] for tensor in node.input_tensors if id(tensor) not in masks)
        operations = _before_loss(_operations_at(node, masks), objectives.get(id(node.outputs[0])))
        if operations is None:
            return None
        outputs[id(node.outputs[0])] = _chain(parts, operations, takes)[0]
    layers = [node.operation for node in nodes]
    sized = all(None not in tensor.shape[1:] for node in nodes for tensor in node.outputs)
    known = sized and all(
        isinstance(part.what, (int, Formula, Combination, Depthwise, Pointwise, *PARTS)) or part.what in layers
        for part in parts
    )
    recurrent = [id(part.what.layer) for part in parts if isinstance(part.what, Projection)]
    known = known and len(set(recurrent)) == len(recurrent)
    compared = tuple(outputs[id(tensor)] for tensor in tensors)
    apart = len(set(compared)) == len(compared) and not any(_is_shared(parts, number) for number in compared)
    rows = all(len(tensor.shape) == 2 and tf_private.mask_of(tensor) is None for tensor in tensors)
    known = known and all(_takes_its_kind(parts, part) for part in parts)
    learns = any(isinstance(part.what, WITH_KERNELS) for part in parts)
    if not (known and apart and rows and learns):
        return None
    joined, compared = with_pooled_convolutions(_with_pooling_first(parts), compared)
    return Graph(joined, ends, compared)


def _with_pooling_first(parts: list[Part]) -> list[Part]:
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


def _chain(parts: list[Part], operations: list[Any], takes: tuple[int, ...]) -> tuple[int, ...]:
    """Append operations, each of which takes the outputs of the one before; return the number of the last."""
    for operation in operations:
        if isinstance(operation, SideBySide):
            takes = tuple(_chain(parts, chain, takes)[0] for chain in operation.chains)
        else:
            parts.append(Part((ACTIVATIONS | activations.FORMULAS).get(operation, operation), takes))
            takes = (len(parts) - 1,)
    return takes


def _takes_its_kind(parts: list[Part], part: Part) -> bool:
    """Return whether an embedding takes an input of the model, any other part no whole numbers.

    A distortion takes nothing that is learned, because TensorFlow's gradient of it is not that of its formula.
    """
    if isinstance(part.what, DISTORTIONS) and _is_learned(parts, part):
        return False
    inputs = [parts[number].what for number in part.takes if isinstance(parts[number].what, keras.layers.InputLayer)]
    if isinstance(part.what, keras.layers.Embedding):
        return bool(inputs)
    return all(layer.output.dtype not in WHOLE for layer in inputs)


def _is_learned(parts: list[Part], part: Part) -> bool:
    """Return whether parameters have a share in the outputs of a part."""
    own = isinstance(part.what, (*PARTS, Depthwise, Pointwise)) or bool(getattr(part.what, "trainable_weights", ()))
    return own or any(_is_learned(parts, parts[number]) for number in part.takes)


def _is_shared(parts: list[Part], compared: int) -> bool:
    """Return whether other parts take what a loss takes, or the same numbers in another shape."""
    takers = sum(part.takes.count(compared) for part in parts)
    while isinstance(parts[compared].what, SHAPING):
        (compared,) = parts[compared].takes
        takers += sum(part.takes.count(compared) for part in parts) - 1
    return takers > 0


def _before_loss(operations: list[Any], objective: Objective | None) -> list[Any] | None:
    """Leave out the activation whose inputs a loss takes; None if the loss takes something else."""
    if objective is None or objective.end is None:
        return operations
    ends = bool(operations) and operations[-1] is objective.end
    if objective.from_logits is ends:
        return None
    return operations[:-1] if ends else operations


def _learns_all(model: keras.Model) -> bool:
    """Return whether all weights are trained, and only for the loss and their regularization."""
    layers = tf_private.layers_of(model, include_self=False)
    weights = [weight for layer in layers for weight in tf_private.own_trainable_variables(layer)]
    trained = {id(variable) for variable in model.trainable_variables}
    kernels = {id(layer.kernel) for layer in layers if isinstance(layer, WITH_KERNELS) and layer.built}
    known = all(is_plain(weight, id(weight) in kernels) for weight in weights)
    regularized = sum(weight.regularizer is not None for weight in weights)
    return known and len(model.losses) == regularized and trained == {id(weight) for weight in weights}


def _is_plain(layer: Any) -> bool:
    """Return whether a layer does only what its class does, on single-precision numbers."""
    if isinstance(layer, keras.layers.InputLayer):
        return not layer.sparse and layer.output.dtype in ("float32", *WHOLE)
    if layer.compute_dtype != "float32" or layer.variable_dtype != "float32":
        return False
    if not layer.trainable or getattr(layer, "activity_regularizer", None) is not None or "call" in vars(layer):
        return False
    activation = getattr(layer, "activation", None)
    if isinstance(activation, keras.Layer) and not (type(activation) in activations.LAYERS and _is_plain(activation)):
        return False
    return type(layer) in _CHECKS and bool(_CHECKS[type(layer)](layer))


def _has_only_its_weights(layer: Any) -> bool:
    """Return whether a layer's weights are neither quantized nor adapted by LoRA."""
    return all(getattr(layer, name, None) is None for name in ("lora_rank", "quantization_mode"))


def _plain_windows(layer: Any) -> bool:
    """Return whether a convolution or a pooling looks at all channels of pixels, or at each for itself.

    The channels are last.
    """
    alone = getattr(layer, "groups", 1) == 1 and getattr(layer, "depth_multiplier", 1) == 1
    return alone and _has_only_its_weights(layer) and layer.data_format == "channels_last"


def _plain_normalization(layer: Any) -> bool:
    usual = layer.scale and layer.epsilon >= LEAST and not layer.synchronized and not layer.renorm
    return usual and layer.axis in _last_axis(layer.input)


def _plain_layer_normalization(layer: Any) -> bool:
    usual = layer.scale and layer.epsilon >= LEAST and not layer.rms_scaling
    return usual and layer.axis in [[axis] for axis in _last_axis(layer.input)]


def _plain_flatten(layer: Any) -> bool:
    return layer.data_format == "channels_last" or len(layer.input.shape) == 2


def _plain_rescaling(layer: Any) -> bool:
    """Return whether there is one finite factor, and offset, for all numbers of an example, or for each."""
    if keras.config.image_data_format() == "channels_first":
        return False
    each, shape = [np.asarray(given, np.float32) for given in (layer.scale, layer.offset)], layer.input.shape[1:]
    fitting = all(given.ndim <= len(shape) and np.broadcast_shapes(given.shape, shape) == shape for given in each)
    return fitting and all(np.isfinite(given).all() for given in each)


def _plain_embedding(layer: Any) -> bool:
    """Return whether a layer looks up the numbers of a sequence that the model is given."""
    usual = layer.embeddings.regularizer is None and layer.input_dim < MOST_ENTRIES
    return usual and _has_only_its_weights(layer) and len(layer.input.shape) == 2


def _last_axis(tensor: Any) -> tuple[int, int]:
    return -1, len(tensor.shape) - 1


def _takes_equal_shapes(layer: Any) -> bool:
    return len({tuple(tensor.shape) for tensor in layer.input}) == 1


def _joins_rows(layer: Any) -> bool:
    return layer.axis in _last_axis(layer.input[0]) and len({tuple(each.shape[:-1]) for each in layer.input}) == 1


_CHECKS: dict[type, Callable[[Any], bool]] = {
    keras.layers.Flatten: _plain_flatten,
    keras.layers.Dense: _has_only_its_weights,
    **dict.fromkeys((*WINDOWED, *BY_CHANNEL), _plain_windows),
    **dict.fromkeys(DISTORTIONS, is_plain_distortion),
    **dict.fromkeys(PLACEMENTS, is_plain_placement),
    keras.layers.BatchNormalization: _plain_normalization,
    keras.layers.Dropout: lambda layer: layer.noise_shape is None,
    **dict.fromkeys(BY_COLUMN, lambda layer: getattr(layer, "data_format", "channels_last") == "channels_last"),
    keras.layers.LayerNormalization: _plain_layer_normalization,
    keras.layers.Add: _takes_equal_shapes,
    **dict.fromkeys(operators.LAYERS, operators.combines_few),
    **dict.fromkeys(NOISE, is_plain_noise),
    keras.layers.Concatenate: _joins_rows,
    keras.layers.Reshape: lambda _: True,
    keras.layers.Embedding: _plain_embedding,
    **dict.fromkeys(RECURRENT, is_plain_recurrent),
    keras.layers.Bidirectional: lambda layer: is_plain_bidirectional(layer, _is_plain),
    keras.layers.Activation: lambda _: True,
    keras.layers.Rescaling: _plain_rescaling,
    **dict.fromkeys(activations.LAYERS, activations.has_plain_numbers),
    keras.layers.PReLU: activations.trains_columns,
    keras.layers.Softmax: lambda layer: layer.axis == -1,
}


def _operations_at(node: Any, masks: Masks) -> list[Any]:
    """Return the successive operations of a layer, or that of an operator on tensors."""
    if isinstance(node.operation, keras.Layer):
        return _operations(node.operation, mask_at(node, masks))
    return [operators.operation_of(node)]


def _operations(layer: Any, mask: Any) -> list[Any]:
    """Split a layer into its successive operations: layers, and functions of Keras.

    `mask` is the input of the model whose zeros are steps that the layer skips, if there is one.
    """
    if isinstance(layer, activations.LAYERS):
        return [activations.activation_of(layer)]
    if isinstance(layer, NOISE):
        return [layer] if amount_of(layer) > 0 else []
    if isinstance(layer, operators.LAYERS):
        return [operators.combination_of(layer)]
    if isinstance(layer, (*RECURRENT, keras.layers.Bidirectional)):
        return operations_of(layer, mask)
    if isinstance(layer, keras.layers.Softmax):
        return [keras.activations.softmax]
    if isinstance(layer, BY_CHANNEL):
        return by_channel(layer)
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
