"""Decide whether larger batches give the same results, so that many examples may be validated at once, and how many."""

from collections.abc import Iterator
from typing import Any

import keras
from keras import losses

from keras_search.tuner.data.tree import Tree, leaves
from keras_search.tuner.system import tf_private

MOST_EXAMPLES = 2000
MOST_BYTES = 2**25
"""The limit for the inputs of a batch: the outputs of layers on a picture are many times its size."""

BATCHWISE = (losses.Dice, losses.Tversky, losses.Circle)
"""Keras losses that compare the examples of a batch with each other, or treat them as one."""

SUMS = ("sum", "none")
"""Reductions of a loss by which it grows with the batch."""


def most_at_once(x: Tree) -> int:
    """Return the number of examples that may go through a network at once, limited by memory."""
    each = sum(array.nbytes // max(1, len(array)) for array in leaves(x).values())
    return max(1, min(MOST_EXAMPLES, MOST_BYTES // max(1, each)))


def takes_examples_alone(model: keras.Model) -> bool:
    """Return whether a compiled model's loss and metrics do not depend on which examples share a batch.

    This holds for Keras's own layers, losses and metrics. It may not hold for a user's function: the score of a whole
    batch, such as F1, differs between 32 and 2,000 examples; so does a loss that is summed.
    """
    if not all(map(_is_layer_of_keras, _operations(model))):
        return False
    return all(isinstance(part, str) or _is_keras_own(part) for part in _compiled_parts(model))


def _operations(model: keras.Model) -> Iterator[Any]:
    """List the layers of a model and, if it is a graph, the operations between them."""
    for layer in tf_private.layers_of(model):
        yield layer
        yield from getattr(layer, "operations", ())


def _is_layer_of_keras(operation: Any) -> bool:
    return (
        isinstance(operation, keras.Layer) and _of_keras(operation) and not isinstance(operation, keras.layers.Lambda)
    )


def _compiled_parts(model: keras.Model) -> list[Any]:
    """List the losses and metrics that a model is compiled with."""
    compiled = [model.loss, *tf_private.compiled_metrics(model)]
    return [part for part in keras.tree.flatten(compiled) if part is not None]


def _is_keras_own(part: Any) -> bool:
    """Return whether a loss or a metric and the function inside it are Keras's own."""
    inside = tf_private.function_of(part) or part
    summed = getattr(part, "reduction", None) in SUMS
    return _of_keras(part) and _of_keras(inside) and not isinstance(part, BATCHWISE) and not summed


def _of_keras(part: Any) -> bool:
    module = getattr(part, "__module__", None) or type(part).__module__
    return str(module).partition(".")[0] == "keras"
