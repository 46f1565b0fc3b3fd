"""The masks of embeddings and of `Masking`: the steps of a sequence that later layers skip."""

from typing import Any

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels.recognition.noise import LAYERS as NOISE
from keras_search.tuner.training.kernels.recognition.recurrences import RECURRENT

MASKED = (*RECURRENT, keras.layers.Bidirectional, keras.layers.GlobalAveragePooling1D)
"""The layers that the kernels know with a mask as an argument."""
READING = (keras.layers.MultiHeadAttention, keras.layers.Multiply, keras.layers.Maximum, keras.layers.Minimum)
"""The layers that see the masks which their tensors carry while the model runs."""
_KEEPING = (keras.layers.Add, keras.layers.Average, keras.layers.Subtract)
"""The layers that give a mask if all that they take have one, and compute the same without."""
_IDLE_IN_TESTS = (*NOISE, keras.layers.Dropout, keras.layers.SpatialDropout1D, keras.layers.SpatialDropout2D)
"""The layers that give the very tensor that they take, except while a model trains."""

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


def carried_masks(nodes: list[Any], masks: Masks) -> dict[int, Masks] | None:
    """Return the masks that the tensors carry which READING layers take, by the identities of node and tensor.

    An attention takes the masks off its tensors while the model runs, so that what takes them later finds none,
    although Keras's graph shows masks there. A mask of unknown origin is there without a tensor. None if a mask is
    there while the model trains and not while it is tested.
    """
    trained, tested = (_carried(nodes, masks, trains) for trains in (True, False))
    return trained if _identities(trained) == _identities(tested) else None


def _carried(nodes: list[Any], masks: Masks, trains: bool) -> dict[int, Masks]:
    """Follow the masks through a model while it trains or is tested; what gives on a tensor gives that very one."""
    carried: Masks = {}
    found: dict[int, Masks] = {}
    origins: dict[int, int] = {}
    for node in nodes:
        tensors = [id(tensor) for tensor in node.input_tensors if id(tensor) not in masks]
        taken = [origins.get(tensor, tensor) for tensor in tensors]
        operation, output = node.operation, node.outputs[0]
        if isinstance(operation, READING):
            pairs = zip(tensors, taken, strict=True)
            found[id(node)] = {tensor: carried[origin] for tensor, origin in pairs if origin in carried}
        if isinstance(operation, keras.layers.MultiHeadAttention):
            query = id(node.arguments.args[0] if node.arguments.args else node.arguments.kwargs.get("query"))
            if query in found[id(node)]:
                carried[id(output)] = found[id(node)][query]
            for origin in taken:
                carried.pop(origin, None)
        elif _gives_what_it_takes(operation, trains):
            origins[id(output)] = taken[0]
        elif isinstance(operation, _KEEPING):
            if all(origin in carried for origin in taken):
                carried[id(output)] = _common([carried[origin] for origin in taken])
        elif (mask := tf_private.mask_of(output)) is not None:
            made = masks.get(id(mask))
            makes = _makes(node) or node.arguments.kwargs.get("mask") is not None
            if makes or (any if made is None else all)(origin in carried for origin in taken):
                carried[id(output)] = made
    return found


def _gives_what_it_takes(operation: Any, trains: bool) -> bool:
    """Return whether a layer gives the very tensor that it takes, from which an attention then takes the mask too."""
    if isinstance(operation, keras.layers.Activation):
        return operation.activation is keras.activations.linear
    if not isinstance(operation, _IDLE_IN_TESTS):
        return False
    return not trains or not (getattr(operation, "rate", 0.0) or getattr(operation, "stddev", 0.0))


def _identities(found: dict[int, Masks]) -> dict[int, dict[int, int]]:
    return {node: {tensor: id(origin) for tensor, origin in masks.items()} for node, masks in found.items()}


def _makes(node: Any) -> bool:
    return type(node.operation) in (keras.layers.Embedding, keras.layers.Masking)


def _common(origins: list[Any]) -> Any:
    """Return the origin that masks have in common; None if they have several, or one is unknown."""
    first, *others = origins
    return first if all(each is first for each in others) else None
