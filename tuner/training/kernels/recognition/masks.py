"""The masks of embeddings: the steps of a sequence that later layers skip, because their number is 0."""

from typing import Any

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels.recognition.recurrences import RECURRENT

MASKED = (*RECURRENT, keras.layers.Bidirectional, keras.layers.GlobalAveragePooling1D)
"""The layers that the kernels know with a mask."""

Masks = dict[int, Any]
"""By the identity of a mask's tensor, the tensor of whose numbers it is made."""


def masks_of(nodes: list[Any]) -> Masks:
    """Return the masks that embeddings make of the numbers that they take."""
    found = {}
    for node in nodes:
        mask = tf_private.mask_of(node.outputs[0]) if type(node.operation) is keras.layers.Embedding else None
        if mask is not None:
            found[id(mask)] = node.input_tensors[0]
    return found
