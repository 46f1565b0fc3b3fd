"""Find where the user's own model does not seem to fit the data, although Keras would train it."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import layers

from keras_search.tuner.data.pieces import all_of
from keras_search.tuner.data.splits import Splits
from keras_search.tuner.data.tree import Array, leaves
from keras_search.tuner.study.messages import Vocabulary
from keras_search.tuner.system import tf_private
from keras_search.tuner.training.averages import averages_weights

PIXEL_SCALE = 1 / 64
"""The factor below which a `Rescaling` is meant for pixels up to 255."""
WIDE = 64
"""A range that no input of a network without normalisation should have."""
AVERAGED = (
    "The optimizer averages the weights (use_ema): epochs are scored by the current weights, as in model.fit, "
    "and a retrained model is saved and measured with the averages, as model.fit leaves it."
)
PASSED_THROUGH = (
    layers.InputLayer, layers.Reshape, layers.Flatten, layers.ZeroPadding2D, layers.Cropping2D, layers.Permute,
    layers.RandomFlip, layers.RandomRotation, layers.RandomTranslation, layers.RandomZoom, layers.RandomCrop,
    layers.RandomContrast, layers.Resizing, layers.CenterCrop,
)  # fmt: skip
"""Layers that leave the range of numbers as it is."""
NORMALISING = (
    layers.Rescaling, layers.Normalization, layers.BatchNormalization, layers.LayerNormalization,
    layers.GroupNormalization, layers.UnitNormalization, layers.Embedding, layers.CategoryEncoding,
    layers.Discretization, layers.Hashing, layers.IntegerLookup, layers.Lambda,
)  # fmt: skip


def mismatches(model: keras.Model, seen: Splits) -> list[str]:
    """Describe, one line each, what looks wrong between a model and its inputs.

    A `Rescaling` for pixels on numbers from 0 to 1, an `Embedding` on numbers that are not its indices, numbers of a
    wide range into a layer with weights; and scores that are not of the saved weights. Only the layers of Sequential
    and functional models are examined.
    """
    return [*_unlike(model, seen), *([AVERAGED] if averages_weights(model) else [])]


def vocabularies(model: keras.Model, seen: Splits) -> list[Vocabulary]:
    """List the embeddings that take an input of the model as it is."""
    return [
        Vocabulary(name, layer.name, layer.input_dim)
        for name, _, layer in _entered(model, seen)
        if isinstance(layer, layers.Embedding)
    ]


def _unlike(model: keras.Model, seen: Splits) -> list[str]:
    texts = [_mismatch(layer, array, name or "x") for name, array, layer in _entered(model, seen)]
    return list(dict.fromkeys(text for text in texts if text))


def _entered(model: keras.Model, seen: Splits) -> Iterator[tuple[str, Array, keras.Layer]]:
    """Yield each input's name, "" if it is the only one, its training examples, and the first layers that take it."""
    inputs = getattr(model, "inputs", None) or []
    arrays = list(leaves(seen.x_fit).values())
    if isinstance(seen.x_fit, dict):
        arrays = [seen.x_fit[each.name] for each in inputs if each.name in seen.x_fit]
    if not inputs or len(inputs) != len(arrays):
        return
    for tensor, array in zip(inputs, arrays, strict=True):
        if array.dtype.kind != "U":
            for layer in _first_layers(model, tensor):
                yield tensor.name if len(inputs) > 1 else "", array, layer


def _mismatch(layer: keras.Layer, array: Array, name: str) -> str | None:
    low, high = float(array.min()), float(array.max())
    reach = f"{name} ranges from {low:.6g} to {high:.6g}"
    if isinstance(layer, layers.Rescaling):
        scale = np.max(np.abs(np.asarray(layer.scale)))
        if scale <= PIXEL_SCALE and max(abs(low), abs(high)) <= 1:
            return f"{layer.name} multiplies by {scale:.3g}, but {reach}: leave it out, or pass pixels from 0 to 255."
    if isinstance(layer, layers.Embedding):
        if array.dtype.kind == "f" and not all_of(lambda part: part == np.floor(part), array):
            return f"{layer.name} is an Embedding, but {name} holds fractions: it takes the indices of tokens."
        if low < 0 or high >= layer.input_dim:
            return f"{layer.name} knows the tokens from 0 to {layer.input_dim - 1:,}, but {reach}."
    if max(abs(low), abs(high)) > WIDE and not isinstance(layer, NORMALISING) and layer.weights:
        return f"{reach}, and no layer scales it before {layer.name}: begin with Rescaling or Normalization."
    return None


def _first_layers(model: keras.Model, tensor: Any) -> Iterator[keras.Layer]:
    """Yield the first layers after an input, past those that keep its range, and into nested models."""
    for operation, node in _consumers(model, tensor):
        if isinstance(operation, keras.Model) and getattr(operation, "inputs", None):
            yield from _first_layers(operation, operation.inputs[0])
        elif isinstance(operation, PASSED_THROUGH):
            for output in keras.tree.flatten(node.outputs):
                yield from _first_layers(model, output)
        elif isinstance(operation, keras.Layer):
            yield operation


def _consumers(model: keras.Model, tensor: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the operations of a model's graph that take a tensor, each with its node."""
    for nodes in (tf_private.nodes_by_depth(model) or {}).values():
        for node in nodes:
            if any(each is tensor for each in node.input_tensors):
                yield node.operation, node
