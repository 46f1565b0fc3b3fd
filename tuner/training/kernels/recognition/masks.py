"""The masks of embeddings: the steps of a sequence that later layers skip, because their number is 0."""

from typing import Any

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels.recognition.recurrences import RECURRENT

MASKED = (*RECURRENT, keras.layers.Bidirectional, keras.layers.GlobalAveragePooling1D)
"""The layers that the kernels know with a mask as an argument."""

Masks = dict[int, Any]
"""By the identity of a mask's tensor, the tensor of whose numbers it is made."""


def masks_of(nodes: list[Any]) -> Masks:
    """Return the masks that embeddings make of the numbers that they take, and that sums make of equal masks."""
    found: Masks = {}
    for node in nodes:
        mask = tf_private.mask_of(node.outputs[0]) if type(node.operation) is keras.layers.Embedding else None
        if mask is not None:
            found[id(mask)] = node.input_tensors[0]
    for node in nodes:
        if tf_private.operator_name(node.operation) == "LogicalOr":
            first, *others = [found.get(id(tensor)) for tensor in node.input_tensors]
            if first is not None and all(each is first for each in others):
                found[id(node.outputs[0])] = first
    return found


def carried_masks(nodes: list[Any], masks: Masks) -> dict[int, Masks]:
    """Return the masks that the tensors carry which each attention takes, by the identities of node and tensor.

    An attention takes the masks off its tensors while the model runs, so that what takes them later finds none,
    although Keras's graph shows masks there. A mask that no embedding makes is there without a tensor.
    """
    carried: Masks = {}
    found: dict[int, Masks] = {}
    for node in nodes:
        taken = [id(tensor) for tensor in node.input_tensors if id(tensor) not in masks]
        output = node.outputs[0]
        if isinstance(node.operation, keras.layers.MultiHeadAttention):
            found[id(node)] = {tensor: carried[tensor] for tensor in taken if tensor in carried}
            given = carried.get(taken[0])
            if taken[0] in carried:
                carried[id(output)] = given
            for tensor in taken:
                carried.pop(tensor, None)
        elif (mask := tf_private.mask_of(output)) is not None:
            origin = masks.get(id(mask))
            makes = type(node.operation) is keras.layers.Embedding or node.arguments.kwargs.get("mask") is not None
            if makes or (any if origin is None else all)(tensor in carried for tensor in taken):
                carried[id(output)] = origin
    return found
