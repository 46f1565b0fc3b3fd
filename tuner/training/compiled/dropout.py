"""Dropout masks from a counter hash: nearly free, where TensorFlow's generators cost ten times the network."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled import hashing


class Drop(NamedTuple):
    """The constants of a dropout rate: NumPy scalars or tensors."""

    threshold: Any
    """int32: random numbers below it, out of 2**24, drop an element."""
    scale: Any
    """float32: the factor for an element that stays."""


Draw = Callable[[Any, Drop], Any]
"""Returns the mask of one call for its inputs: boolean, in their shape, False where an element is dropped."""


def hashed_layers(model: keras.Model) -> list[keras.layers.Dropout]:
    """List the layers whose masks can be hashed: plain `Dropout` that drops anything, in the model's order."""
    layers = tf_private.layers_of(model, include_self=False)
    return [layer for layer in layers if is_hashed(layer)]


def drops_of(model: keras.Model) -> list[Drop]:
    """Return the constants of the rates of `hashed_layers`."""
    return [drop_of(layer.rate) for layer in hashed_layers(model)]


def drop_of(rate: float) -> Drop:
    """Return the constants of a rate, in single precision as TensorFlow computes them."""
    single, one = np.float32(rate), np.float32(1)
    return Drop(np.int32(single * np.float32(2**24)), one / (one - single))


def dropout_calls(model: keras.Model) -> list[tuple[int, int]] | None:
    """List the calls of `hashed_layers` in a training step, as Keras runs them: layer and elements per example.

    None if the model's graph does not show them.
    """
    own_step = type(model).train_step is not keras.Model.train_step or "train_step" in vars(model)
    layers, nodes_at = hashed_layers(model), tf_private.nodes_by_depth(model)
    if own_step or nodes_at is None or any(layer not in model.layers for layer in layers):
        return None
    depths = sorted(nodes_at.items(), reverse=True)
    nodes = [node for _, depth in depths for node in depth if node.operation in layers]
    shapes = [node.outputs[0].shape[1:] for node in nodes]
    if any(None in shape for shape in shapes):
        return None
    return [(layers.index(node.operation), math.prod(shape)) for node, shape in zip(nodes, shapes, strict=True)]


def masks_of(calls: list[tuple[int, int]], batch_size: int, drops: Sequence[Drop], key: Any, step: Any) -> list[Any]:
    """Draw the masks of all `dropout_calls` of a step, each boolean `(batch_size * elements,)`."""
    counts = [batch_size * elements for _, elements in calls]
    parts = tf.split(uniform(sum(counts), key, step), counts) if calls else []
    return [keep_mask(part, drops[layer]) for (layer, _), part in zip(calls, parts, strict=True)]


def uniform(count: Any, key: Any, step: Any, call: int = 0) -> Any:
    """Draw `count` integers below 2**24, int32 `(count,)`.

    A pure function of its arguments. `key` is uint32 `(2,)`, `step` an int32 scalar, `call` numbers the draws
    of one step. Every element hashes its index with two words that are themselves hashed from (key, step,
    call), so that two draws never are shifted copies of each other.
    """
    first, second = _stream_words(key, step, call)
    hashed = tf.range(tf.cast(count, tf.int32))
    hashed = tf.cast(hashed, tf.uint32) * _u32(hashing.INDEX) + first
    hashed = _xor_shift(hashed, 16) * _u32(hashing.FIRST_MIX) + second
    hashed = _xor_shift(hashed, 15) * _u32(hashing.SECOND_MIX)
    hashed = _xor_shift(hashed, 15)
    return tf.cast(tf.bitwise.right_shift(hashed, _u32(8)), tf.int32)


def drawn_before(masks: list[Any]) -> Draw:
    """Hand out the `masks_of` a step, one for each call."""
    left = iter(masks)
    return lambda inputs, _: tf.reshape(next(left), tf.shape(inputs))


def drawn_when_needed(key: Any, step: Any) -> Draw:
    """Draw the mask of each call of a step anew."""
    calls = itertools.count()

    def draw(inputs: Any, drop: Drop) -> Any:
        return tf.reshape(keep_mask(uniform(tf.size(inputs), key, step, next(calls)), drop), tf.shape(inputs))

    return draw


def keep_mask(numbers: Any, drop: Drop) -> Any:
    """Return a boolean mask of the shape of the uniform `numbers`, False if they drop an element."""
    return numbers >= drop.threshold


@contextmanager
def hashed_dropout(model: keras.Model, drops: Sequence[Drop], draw: Draw) -> Iterator[None]:
    """Make the model's plain `Dropout` layers draw hashed masks while a training step is traced.

    `drops` are tensors in the order of `hashed_layers`. The layers are restored afterwards.
    """
    layers = hashed_layers(model)

    def call_of(index: int) -> Any:
        def call(inputs: Any, training: bool = False) -> Any:
            if not training:
                return inputs
            scale = tf.where(draw(inputs, drops[index]), drops[index].scale, 0.0)
            return inputs * tf.cast(scale, inputs.dtype)

        return call

    for index, layer in enumerate(layers):
        layer.__dict__["call"] = call_of(index)
    try:
        yield
    finally:
        for layer in layers:
            del layer.__dict__["call"]


def is_hashed(layer: keras.Layer) -> bool:
    """Return whether the masks of a layer are hashed, at a rate that a program takes as a value."""
    plain = type(layer) is keras.layers.Dropout and layer.rate > 0 and layer.noise_shape is None
    return plain and "call" not in vars(layer)


def _stream_words(key: Any, step: Any, call: int) -> tuple[Any, Any]:
    """Hash (key, step, call) into two uint32 words."""
    step = tf.cast(step, tf.uint32)
    word = _mix(key[0] + step * _u32(hashing.STEP)) + _u32(call * hashing.CALL)
    first = _mix(word)
    return first, _mix(first + key[1])


def _mix(word: Any) -> Any:
    word = _xor_shift(word, 16) * _u32(hashing.FIRST_MIX)
    return _xor_shift(_xor_shift(word, 15) * _u32(hashing.SECOND_MIX), 15)


def _xor_shift(word: Any, bits: int) -> Any:
    return tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _u32(bits)))


def _u32(value: int) -> Any:
    return tf.constant(value & 0xFFFFFFFF, tf.uint32)
