"""Decide whether XLA compiles a model's epochs: if it can, and if that costs less than it saves.

The answer depends on the model, the batch size and the number of steps, never on the clock, because XLA's results
differ from those of TensorFlow's own kernels in the last bits.
"""

import math
from collections.abc import Sequence
from typing import Any

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled.dropout import hashed_layers
from keras_search.tuner.training.compiled.updates import is_fused

SECONDS = 0.25
SECONDS_A_VARIABLE = 0.045
"""The cost of compiling, in seconds of one core of 2025; the number of kernels grows with the trained variables."""
SAVED_A_LAYER = 8e-6
"""Seconds saved in a step for each elementwise layer, such as an activation."""
SAVED_A_NUMBER = 1.2e-9
"""Seconds saved in a step for each output of such a layer."""
SAVED_A_PARAMETER = 0.25e-9
"""Seconds saved in a step by the update of a parameter by Adam's own kernel."""
SAVED_A_SLOT = 0.5e-9
"""Seconds saved in a step by the update of a parameter without such a kernel, for each of the optimizer's slots."""

CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv1D,
    keras.layers.SeparableConv2D,
)
"""XLA makes them 15 times slower on a processor."""


def xla_compiles(model: keras.Model, batch_size: int, steps: int) -> bool:
    """Return whether XLA can compile the model and pays off within `steps`; its optimizer must be built."""
    return _can(model) and steps * _saved(model, batch_size) > _cost(model)


def _can(model: keras.Model) -> bool:
    """Exclude what is slow in XLA, including TensorFlow's random generators, and what has no kernels there."""
    own = {id(layer.seed_generator) for layer in hashed_layers(model)}
    layers = tf_private.layers_of(model)
    generators = [layer.seed_generator for layer in layers if getattr(layer, "seed_generator", None)]
    supported = all(getattr(layer, "supports_jit", True) and not isinstance(layer, CONVOLUTIONS) for layer in layers)
    return supported and all(id(generator) in own for generator in generators)


def _cost(model: keras.Model) -> float:
    return SECONDS + SECONDS_A_VARIABLE * len(model.trainable_variables)


def _saved(model: keras.Model, batch_size: int) -> float:
    """Estimate the seconds that XLA saves in a step."""
    sizes = [_size(layer) for layer in tf_private.layers_of(model) if _is_elementwise(layer)]
    parameters = _elements(model.trainable_variables)
    in_layers = SAVED_A_LAYER * len(sizes) + SAVED_A_NUMBER * batch_size * sum(sizes)
    return in_layers + parameters * _saved_a_parameter(model.optimizer, parameters)


def _is_elementwise(layer: keras.Layer) -> bool:
    """Return whether a layer, or the activation of one that multiplies matrices, is elementwise."""
    if isinstance(layer, keras.Model | keras.layers.InputLayer | keras.layers.Flatten | keras.layers.Reshape):
        return False
    return not hasattr(layer, "kernel") or getattr(layer, "activation", None) is not keras.activations.linear


def _size(layer: keras.Layer) -> int:
    """Return the number of outputs of a layer per example; 0 if that is unknown."""
    try:
        shapes = [output.shape[1:] for output in keras.tree.flatten(layer.output)]
    except (AttributeError, ValueError):
        return 0
    return sum(math.prod(side or 0 for side in shape) for shape in shapes)


def _saved_a_parameter(optimizer: Any, parameters: int) -> float:
    if isinstance(optimizer, keras.optimizers.SGD):
        return 0.0
    if is_fused(optimizer):
        return SAVED_A_PARAMETER
    return SAVED_A_SLOT * _elements(optimizer.variables) / max(parameters, 1)


def _elements(variables: Sequence[keras.Variable]) -> int:
    return sum(int(math.prod(variable.shape)) for variable in variables)
