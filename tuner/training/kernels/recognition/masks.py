"""The masks of embeddings and of `Masking`: the steps of a sequence that later layers skip."""

from typing import Any

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels.recognition.recurrences import RECURRENT

MASKED = (*RECURRENT, keras.layers.Bidirectional, keras.layers.GlobalAveragePooling1D)
"""The layers that the kernels know with a mask as an argument."""
_KEEPING = (
    keras.layers.Add,
    keras.layers.Average,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Subtract,
)
"""The layers that give a mask if all that they take have one."""

Masks = dict[int, Any]
"""By the identity of a mask's tensor, its origin: the numbers of which an embedding makes it, or what `Masking` gives.
"""


def masks_of(nodes: list[Any]) -> Masks:
    """Return the masks that embeddings and `Masking` make, and that sums make of equal masks, with what leads there."""
    found: Masks = {}
    for node in nodes:
        mask = tf_private.mask_of(node.outputs[0]) if _makes(node) else None
        if mask is not None:
            embeds = type(node.operation) is keras.layers.Embedding
            found[id(mask)] = node.input_tensors[0] if embeds else node.outputs[0]
    for node in nodes:
        name, made = tf_private.operator_name(node.operation), id(node.outputs[0])
        if name == "LogicalOr":
            origin = _common([found.get(id(tensor)) for tensor in node.input_tensors])
            if origin is not None:
                found[made] = origin
        elif name == "Any" and made in found:
            found[id(node.input_tensors[0])] = found[made]
    return found


def carried_masks(nodes: list[Any], masks: Masks) -> dict[int, Masks]:
    """Return the masks that the tensors carry which attentions and products take, by the identities of node and tensor.

    An attention takes the masks off its tensors while the model runs, so that what takes them later finds none,
    although Keras's graph shows masks there. A mask of unknown origin is there without a tensor.
    """
    carried: Masks = {}
    found: dict[int, Masks] = {}
    for node in nodes:
        taken = [id(tensor) for tensor in node.input_tensors if id(tensor) not in masks]
        output = node.outputs[0]
        if isinstance(node.operation, keras.layers.MultiHeadAttention | keras.layers.Multiply):
            found[id(node)] = {tensor: carried[tensor] for tensor in taken if tensor in carried}
        if isinstance(node.operation, keras.layers.MultiHeadAttention):
            given = carried.get(taken[0])
            if taken[0] in carried:
                carried[id(output)] = given
            for tensor in taken:
                carried.pop(tensor, None)
        elif isinstance(node.operation, _KEEPING):
            if all(tensor in carried for tensor in taken):
                carried[id(output)] = _common([carried[tensor] for tensor in taken])
        elif (mask := tf_private.mask_of(output)) is not None:
            origin = masks.get(id(mask))
            makes = _makes(node) or node.arguments.kwargs.get("mask") is not None
            if makes or (any if origin is None else all)(tensor in carried for tensor in taken):
                carried[id(output)] = origin
    return found


def _makes(node: Any) -> bool:
    return type(node.operation) in (keras.layers.Embedding, keras.layers.Masking)


def _common(origins: list[Any]) -> Any:
    """Return the origin that masks have in common; None if they have several, or one is unknown."""
    first, *others = origins
    return first if all(each is first for each in others) else None
