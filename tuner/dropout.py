"""Dropout masks from a counter hash: what TensorFlow's generators cost ten times the network for, nearly free."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def hashed_layers(model: keras.Model) -> list[keras.layers.Dropout]:
    """List the layers whose masks can be hashed: plain `Dropout` that drops anything, in the model's order."""
    layers = model._flatten_layers(include_self=False)
    return [layer for layer in layers if type(layer) is keras.layers.Dropout and _plain(layer)]


def dropout_rates(model: keras.Model) -> np.ndarray:
    """Give the rates of `hashed_layers`, float32 `(n_layers,)`."""
    return np.array([layer.rate for layer in hashed_layers(model)], np.float32)


def keep_mask(shape: Any, rate: Any, key: Any, step: Any, call: int) -> Any:
    """Draw a boolean mask of `shape` that is False with probability `rate`.

    A pure function of its arguments. `key` is uint32 `(2,)`, `step` an int32 scalar, `call` numbers the
    masks of one step. Every element hashes its index with two words that are themselves hashed from
    (key, step, call), so that two masks never are shifted copies of each other.

    The mixing constants are those of Wellons' `lowbias32` successor, "prospecting for hash functions"
    (https://github.com/skeeto/hash-prospector).
    """
    count = tf.reduce_prod(shape)
    first, second = _stream_words(key, step, call)
    hashed = tf.range(tf.cast(count, tf.int32))
    hashed = tf.cast(hashed, tf.uint32) * _u32(0x9E3779B1) + first
    hashed = _xor_shift(hashed, 16) * _u32(0x21F0AAAD) + second
    hashed = _xor_shift(hashed, 15) * _u32(0x735A2D97)
    hashed = _xor_shift(hashed, 15)
    uniform = tf.cast(tf.bitwise.right_shift(hashed, _u32(8)), tf.int32)
    return tf.reshape(uniform >= tf.cast(rate * 2.0**24, tf.int32), shape)


@contextmanager
def hashed_dropout(model: keras.Model, rates: Any, key: Any, step: Any) -> Iterator[None]:
    """Make the model's plain `Dropout` layers draw hashed masks while a training step is traced.

    `rates` is float32 `(n_layers,)` in the order of `hashed_layers`. The layers are as before afterwards.
    """
    layers = hashed_layers(model)
    calls = iter(range(2**31))

    def call_of(index: int) -> Any:
        def call(inputs: Any, training: bool = False) -> Any:
            if not training:
                return inputs
            rate = rates[index]
            keep = keep_mask(tf.shape(inputs), rate, key, step, next(calls))
            scale = tf.where(keep, 1.0 / (1.0 - rate), 0.0)
            return inputs * tf.cast(scale, inputs.dtype)

        return call

    for index, layer in enumerate(layers):
        layer.__dict__["call"] = call_of(index)
    try:
        yield
    finally:
        for layer in layers:
            del layer.__dict__["call"]


def _plain(layer: keras.layers.Dropout) -> bool:
    return layer.rate > 0 and layer.noise_shape is None and "call" not in vars(layer)


def _stream_words(key: Any, step: Any, call: int) -> tuple[Any, Any]:
    """Hash (key, step, call) into two uint32 words."""
    step = tf.cast(step, tf.uint32)
    word = _mix(key[0] + step * _u32(0x9E3779B9)) + _u32(call * 0x85EBCA6B)
    first = _mix(word)
    return first, _mix(first + key[1])


def _mix(word: Any) -> Any:
    word = _xor_shift(word, 16) * _u32(0x21F0AAAD)
    return _xor_shift(_xor_shift(word, 15) * _u32(0x735A2D97), 15)


def _xor_shift(word: Any, bits: int) -> Any:
    return tf.bitwise.bitwise_xor(word, tf.bitwise.right_shift(word, _u32(bits)))


def _u32(value: int) -> Any:
    return tf.constant(value & 0xFFFFFFFF, tf.uint32)
