"""Recognise layers that do only what their class does, in single precision, and whose weights are all trained."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.kernels.recognition import activations, operators
from keras_search.tuner.training.kernels.recognition.attention import is_plain_attention
from keras_search.tuner.training.kernels.recognition.depthwise import BY_CHANNEL
from keras_search.tuner.training.kernels.recognition.distortions import DISTORTIONS, is_plain_distortion
from keras_search.tuner.training.kernels.recognition.noise import LAYERS as NOISE
from keras_search.tuner.training.kernels.recognition.noise import is_plain_noise
from keras_search.tuner.training.kernels.recognition.placements import PLACEMENTS, is_plain_placement
from keras_search.tuner.training.kernels.recognition.recurrences import (
    RECURRENT,
    is_plain_bidirectional,
    is_plain_recurrent,
)
from keras_search.tuner.training.kernels.recognition.regularization import is_plain
from keras_search.tuner.training.kernels.recognition.transposed import TRANSPOSED, has_its_windows
from keras_search.tuner.training.kernels.recognition.windows import CONVOLUTIONS, WINDOWED

BY_COLUMN = (keras.layers.SpatialDropout1D, keras.layers.SpatialDropout2D)
WHOLE = ("int32", "int64")
MOST_ENTRIES = 2**24
"""The number of whole numbers that single precision has from 0 on without a gap."""
MOST = float(np.finfo(np.float32).max)
LEAST = float(np.finfo(np.float32).tiny)
"""The smallest epsilon that does not count as zero."""
WITH_KERNELS = (keras.layers.Dense, *CONVOLUTIONS)


def learns_all(model: keras.Model) -> bool:
    """Return whether all weights are trained, only for the loss and their regularization, and each is of one layer."""
    layers = tf_private.layers_of(model, include_self=False)
    weights = [weight for layer in layers for weight in tf_private.own_trainable_variables(layer)]
    trained = {id(variable) for variable in model.trainable_variables}
    kernels = {id(layer.kernel) for layer in layers if isinstance(layer, WITH_KERNELS) and layer.built}
    known = all(is_plain(weight, id(weight) in kernels) for weight in weights)
    regularized = sum(weight.regularizer is not None for weight in weights)
    tied = len({id(weight) for weight in weights}) < len(weights)
    return known and not tied and len(model.losses) == regularized and trained == {id(weight) for weight in weights}


def is_plain_layer(layer: Any) -> bool:
    """Return whether a layer does only what its class does, on single-precision numbers."""
    if isinstance(layer, keras.layers.InputLayer):
        return not layer.sparse and layer.output.dtype in ("float32", *WHOLE)
    if layer.compute_dtype != "float32" or layer.variable_dtype != "float32":
        return False
    if not layer.trainable or getattr(layer, "activity_regularizer", None) is not None or "call" in vars(layer):
        return False
    activation = getattr(layer, "activation", None)
    if isinstance(activation, keras.Layer):
        return type(activation) in activations.LAYERS and is_plain_layer(activation) and _checks(layer)
    return _checks(layer)


def _checks(layer: Any) -> bool:
    return type(layer) in _CHECKS and bool(_CHECKS[type(layer)](layer))


def _has_only_its_weights(layer: Any) -> bool:
    """Return whether a layer's weights are neither quantized nor adapted by LoRA."""
    return all(getattr(layer, name, None) is None for name in ("lora_rank", "quantization_mode"))


def _plain_windows(layer: Any) -> bool:
    """Return whether the channels of a convolution or a pooling are last, and of a known number if it divides them."""
    divided = getattr(layer, "groups", 1) > 1 or getattr(layer, "depth_multiplier", 1) > 1
    if divided and None in layer.input.shape[1:]:
        return False
    return _has_only_its_weights(layer) and layer.data_format == "channels_last"


def _plain_normalization(layer: Any) -> bool:
    usual = layer.scale and layer.epsilon >= LEAST and not layer.synchronized and not layer.renorm
    return usual and layer.axis in last_axes(layer.input)


def _plain_layer_normalization(layer: Any) -> bool:
    usual = layer.scale and layer.epsilon >= LEAST and not layer.rms_scaling
    return usual and layer.axis in [[axis] for axis in last_axes(layer.input)]


def _plain_flatten(layer: Any) -> bool:
    return layer.data_format == "channels_last" or len(layer.input.shape) == 2


def _plain_rescaling(layer: Any) -> bool:
    """Return whether there is one finite factor, and offset, for all numbers of an example, or for each."""
    if keras.config.image_data_format() == "channels_first":
        return False
    each, shape = [np.asarray(given, np.float32) for given in (layer.scale, layer.offset)], layer.input.shape[1:]
    fitting = all(given.ndim <= len(shape) and np.broadcast_shapes(given.shape, shape) == shape for given in each)
    return fitting and all(np.isfinite(given).all() for given in each)


def _plain_embedding(layer: Any) -> bool:
    """Return whether a layer looks up the numbers of a sequence that the model is given."""
    usual = layer.embeddings.regularizer is None and layer.input_dim < MOST_ENTRIES
    return usual and _has_only_its_weights(layer) and len(layer.input.shape) == 2


def _plain_masking(layer: Any) -> bool:
    """Return whether the steps of a sequence are masked by a number."""
    value = layer.mask_value
    return isinstance(value, int | float) and abs(value) <= MOST and len(layer.input.shape) == 3


def last_axes(tensor: Any) -> tuple[int, int]:
    return -1, len(tensor.shape) - 1


def _joins_rows(layer: Any) -> bool:
    return layer.axis in last_axes(layer.input[0]) and len({tuple(each.shape[:-1]) for each in layer.input}) == 1


_CHECKS: dict[type, Callable[[Any], bool]] = {
    keras.layers.Flatten: _plain_flatten,
    keras.layers.Dense: _has_only_its_weights,
    **dict.fromkeys((*WINDOWED, *BY_CHANNEL), _plain_windows),
    **dict.fromkeys(DISTORTIONS, is_plain_distortion),
    **dict.fromkeys(PLACEMENTS, is_plain_placement),
    **dict.fromkeys(TRANSPOSED, lambda layer: _plain_windows(layer) and has_its_windows(layer)),
    keras.layers.BatchNormalization: _plain_normalization,
    keras.layers.Dropout: lambda layer: layer.noise_shape is None,
    **dict.fromkeys(BY_COLUMN, lambda layer: getattr(layer, "data_format", "channels_last") == "channels_last"),
    keras.layers.LayerNormalization: _plain_layer_normalization,
    **dict.fromkeys(operators.LAYERS, operators.combines),
    **dict.fromkeys(NOISE, is_plain_noise),
    keras.layers.Concatenate: _joins_rows,
    keras.layers.Reshape: lambda _: True,
    keras.layers.Embedding: _plain_embedding,
    **dict.fromkeys(RECURRENT, is_plain_recurrent),
    keras.layers.Bidirectional: lambda layer: is_plain_bidirectional(layer, is_plain_layer),
    keras.layers.MultiHeadAttention: lambda layer: is_plain_attention(layer, _has_only_its_weights),
    keras.layers.Masking: _plain_masking,
    keras.layers.Activation: lambda _: True,
    keras.layers.Rescaling: _plain_rescaling,
    **dict.fromkeys(activations.LAYERS, activations.has_plain_numbers),
    keras.layers.PReLU: activations.trains_columns,
    keras.layers.Softmax: lambda layer: isinstance(layer.axis, int) and layer.axis != 0,
}
