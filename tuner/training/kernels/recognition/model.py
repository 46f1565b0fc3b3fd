"""Recognise Keras models that are made of plain layers, and their parts."""

import math
from typing import Any

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled.architecture import architecture_of
from keras_search.tuner.training.kernels.recognition import activations, operators, tensors
from keras_search.tuner.training.kernels.recognition.activations import Formula
from keras_search.tuner.training.kernels.recognition.attention import PARTS as ATTENDING
from keras_search.tuner.training.kernels.recognition.attention import takes_usual_arguments
from keras_search.tuner.training.kernels.recognition.called_dropout import drawn_by_call, draws_by_call
from keras_search.tuner.training.kernels.recognition.calls import Call, Calls, calls_of
from keras_search.tuner.training.kernels.recognition.chains import (
    append_chain,
    before_loss,
    operations_at,
    with_pooling_first,
)
from keras_search.tuner.training.kernels.recognition.depthwise import Depthwise, Pointwise
from keras_search.tuner.training.kernels.recognition.distortions import DISTORTIONS
from keras_search.tuner.training.kernels.recognition.ends import Ends, ends_of
from keras_search.tuner.training.kernels.recognition.graph import Graph, Part
from keras_search.tuner.training.kernels.recognition.grouped import GroupConvolution
from keras_search.tuner.training.kernels.recognition.masks import MASKED, READING
from keras_search.tuner.training.kernels.recognition.operators import Combination
from keras_search.tuner.training.kernels.recognition.plain import WHOLE, WITH_KERNELS, is_plain_layer, learns_all
from keras_search.tuner.training.kernels.recognition.pooled import with_pooled_convolutions
from keras_search.tuner.training.kernels.recognition.recurrences import PARTS, MaskedSteps, Projection, Recurrence
from keras_search.tuner.training.kernels.recognition.shapes import SHAPING
from keras_search.tuner.training.kernels.recognition.tensors import Shaping, Shares
from keras_search.tuner.training.kernels.recognition.transposed import TRANSPOSED

OF_ANY_SHAPE = (keras.layers.InputLayer, keras.layers.Activation, keras.layers.Dropout, *activations.LAYERS)
"""The layers that do the same to inputs of any shape."""
MADE = (int, Formula, Combination, Depthwise, Pointwise, GroupConvolution, *PARTS, *ATTENDING, *tensors.PARTS)
"""The operations that are no layers, but made of them."""


def graph_of(model: keras.Model) -> Graph | None:
    """Take a compiled model apart; None if it has anything but plain layers, or is compiled with more than plain means.

    Each example is a row of numbers, whatever the shape of the input.
    """
    calls = calls_of(model)
    if calls is None or architecture_of(model) is None:
        return None
    if not all(_is_known(call) for call in calls.each):
        return None
    ends = ends_of(model)
    if ends is None or not learns_all(model):
        return None
    return _graph(calls, model.outputs, ends, draws_by_call(model))


def _is_known(call: Call) -> bool:
    """Return whether a call is that of a plain layer on tensors alone, or of a known operator."""
    if not isinstance(call.operation, keras.Layer):
        return operators.operations_of(call.node) is not None
    return _takes_tensors_alone(call) and is_plain_layer(call.operation) and _takes_usual_shapes(call)


def _takes_tensors_alone(call: Call) -> bool:
    """Return whether a layer is called only on outputs of others, and perhaps on a known mask."""
    if isinstance(call.operation, keras.layers.MultiHeadAttention):
        return takes_usual_arguments(call)
    if isinstance(call.operation, READING) and call.masks:  # a product leaves out what is masked, as does a maximum
        return False
    arguments = call.node.arguments
    others = {name: value for name, value in arguments.kwargs.items() if name != "training"}
    if isinstance(call.operation, MASKED) and call.mask is not None:
        del others["mask"]
    inputs = isinstance(call.operation, keras.layers.InputLayer)
    return len(arguments.args) == (0 if inputs else 1) and all(value is None for value in others.values())


def _takes_usual_shapes(call: Call) -> bool:
    """Return whether what a layer says of its inputs, which are those of its first call, holds for this one."""
    if isinstance(call.operation, OF_ANY_SHAPE):
        return True
    usual = [tensor.shape[1:] for tensor in keras.tree.flatten(call.operation.input)]
    return usual == [tensor.shape[1:] for tensor in call.node.input_tensors]


def _graph(calls: Calls, tensors: list[Any], ends: Ends, by_call: bool) -> Graph | None:
    """Return the parts up to what the losses take; None if one is not known, or a loss takes something else."""
    parts: list[Part] = []
    outputs: list[int] = []
    objectives = {number: end.objective for number, end in zip(calls.outputs, ends.each, strict=True)}
    for number, call in enumerate(calls.each):
        takes = tuple(outputs[each] for each in call.takes)
        operations = before_loss(operations_at(call), objectives.get(number))
        if operations is None:
            return None
        if number in objectives and len(call.output.shape) > 2:
            operations = [*operations, Shaping((None, math.prod(call.output.shape[1:])))]
        softmax = Shares(tuple(call.output.shape))
        operations = [softmax if each is keras.activations.softmax else each for each in operations]
        outputs.append(append_chain(parts, operations, takes)[0])
    layers = [call.operation for call in calls.each]
    sized = all(None not in tensor.shape[1:] for call in calls.each for tensor in call.node.outputs)
    known = sized and all(isinstance(part.what, MADE) or part.what in layers for part in parts)
    compared = tuple(outputs[number] for number in calls.outputs)
    apart = len(set(compared)) == len(compared) and not any(_is_shared(parts, number) for number in compared)
    rows = all(len(tensor.shape) > 1 and tf_private.mask_of(tensor) is None for tensor in tensors)
    known = known and all(_takes_its_kind(parts, part) for part in parts)
    learns = any(isinstance(part.what, (*WITH_KERNELS, *TRANSPOSED, GroupConvolution)) for part in parts)
    if not (known and apart and rows and learns):
        return None
    drawn = drawn_by_call(parts) if by_call else parts
    joined, compared = with_pooled_convolutions(with_pooling_first(drawn), compared)
    return Graph(joined, ends, compared)


def _takes_its_kind(parts: list[Part], part: Part) -> bool:
    """Return whether an embedding takes an input of the model, any other part no whole numbers.

    A distortion takes nothing that is learned, because TensorFlow's gradient of it is not that of its formula. What
    masks steps takes nothing that is rounded, because TensorFlow may round it otherwise.
    """
    if isinstance(part.what, DISTORTIONS) and any(_is_learned(parts, each) for each in part.takes):
        return False
    if isinstance(part.what, MaskedSteps) and not all(_is_given(parts, each) for each in part.takes):
        return False
    inputs = [parts[number].what for number in part.takes if isinstance(parts[number].what, keras.layers.InputLayer)]
    if isinstance(part.what, keras.layers.Embedding):
        return bool(inputs)
    return all(layer.output.dtype not in WHOLE for layer in inputs)


def _is_given(parts: list[Part], number: int) -> bool:
    """Return whether the outputs of a part are numbers that the model is given, perhaps elsewhere."""
    part = parts[number]
    given = isinstance(part.what, (keras.layers.InputLayer, MaskedSteps, tensors.Gathering, *SHAPING))
    return given and all(_is_given(parts, each) for each in part.takes)


def _is_learned(parts: list[Part], number: int) -> bool:
    """Return whether parameters have a share in the outputs of a part."""
    part = parts[number]
    with_weights = (Projection, Recurrence, *ATTENDING, Depthwise, Pointwise, GroupConvolution)
    own = isinstance(part.what, with_weights) or bool(getattr(part.what, "trainable_weights", ()))
    return own or any(_is_learned(parts, each) for each in part.takes)


def _is_shared(parts: list[Part], compared: int) -> bool:
    """Return whether other parts take what a loss takes, or the same numbers in another shape."""
    takers = sum(part.takes.count(compared) for part in parts)
    while isinstance(parts[compared].what, SHAPING):
        (compared,) = parts[compared].takes
        takers += sum(part.takes.count(compared) for part in parts) - 1
    return takers > 0
