"""Text for Keras, which accepts it only as tensors."""

from typing import Any

import tensorflow as tf

from keras_search.tuner.data.tree import Tree, mapped


def with_text_tensors(tree: Tree) -> Any:
    """Return arrays of text as tensors, all else as it is."""
    return mapped(lambda array: tf.constant(array) if array.dtype.kind == "U" else array, tree)
