"""Recognise Keras models that are chains of plain layers, and their parts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled.architecture import architecture_of
from keras_search.tuner.training.kernels import arrays
from keras_search.tuner.training.kernels.objectives import Measure, Objective, measures_of, objective_of
from keras_search.tuner.training.kernels.regularization import is_plain

ACTIVATIONS = {
    keras.activations.relu: arrays.RELU,
    keras.activations.gelu: arrays.GELU,
    keras.activations.silu: arrays.SILU,
    keras.activations.tanh: arrays.TANH,
    keras.activations.sigmoid: arrays.SIGMOID,
    keras.activations.elu: arrays.ELU,
    keras.activations.selu: arrays.SELU,
}
LEAST = float(np.finfo(np.float32).tiny)
"""The smallest epsilon that does not count as zero."""


@dataclass(frozen=True)
class Chain:
    """The layers of a model, one after the other; for a cross-entropy they end in its logits.

    Each is a `Dense` without its activation, a `BatchNormalization`, a `Dropout`, a `Rescaling` or the number of an
    activation.
    """

    layers: list[Any]
    objective: Objective
    measures: tuple[Measure, ...]

    @property
    def metric_names(self) -> list[str]:
        """Keras's names of the values that an epoch reports, in its order."""
        return ["loss", *(measure.name for measure in self.measures)]


def chain_of(model: keras.Model) -> Chain | None:
    """Take a compiled model apart; None if it is anything but a plain chain, compiled with plain means."""
    layers = _layers_of(model)
    if layers is None or architecture_of(model) is None or not all(_is_plain(layer) for layer in layers):
        return None
    objective = objective_of(model)
    parts = None if objective is None else _before_loss([part for layer in layers for part in _parts(layer)], objective)
    if objective is None or parts is None or not _learns_all(model):
        return None
    if not all(part in layers or part in ACTIVATIONS for part in parts):
        return None
    columns = model.output_shape[-1]
    measures = measures_of(model, objective, columns)
    if measures is None or (objective.kind == arrays.SOFTMAX and columns < 2):
        return None
    return Chain([part if part in layers else ACTIVATIONS[part] for part in parts], objective, measures)


def _before_loss(parts: list[Any], objective: Objective) -> list[Any] | None:
    """Return the parts whose outputs the loss takes; None if it takes others, or no dense layer is among them."""
    if objective.end is not None:
        ends = bool(parts) and parts[-1] is objective.end
        if objective.from_logits is ends:
            return None
        parts = parts[:-1] if ends else parts
    return parts if any(type(part) is keras.layers.Dense for part in parts) else None


def _layers_of(model: keras.Model) -> list[keras.Layer] | None:
    """List the layers of a model in which each feeds only the next."""
    nodes_at = tf_private.nodes_by_depth(model)
    if nodes_at is None or len(model.inputs) != 1 or len(model.outputs) != 1:
        return None
    depths = [nodes_at[depth] for depth in sorted(nodes_at, reverse=True)]
    layers = [nodes[0].operation for nodes in depths]
    if any(len(nodes) != 1 for nodes in depths) or len({id(layer) for layer in layers}) != len(layers):
        return None
    return layers if all(_takes_one(nodes[0]) for nodes in depths[1:]) else None


def _takes_one(node: Any) -> bool:
    """Return whether a layer is called only on the outputs of the one before it, and not on a mask."""
    others = {name: value for name, value in node.arguments.kwargs.items() if name != "training"}
    return len(node.arguments.args) == 1 and all(value is None for value in others.values())


def _learns_all(model: keras.Model) -> bool:
    """Return whether all weights are trained, and only for the loss and their regularization."""
    layers = tf_private.layers_of(model, include_self=False)
    weights = [weight for layer in layers for weight in tf_private.own_trainable_variables(layer)]
    trained = {id(variable) for variable in model.trainable_variables}
    kernels = {id(layer.kernel) for layer in layers if isinstance(layer, keras.layers.Dense) and layer.built}
    known = all(is_plain(weight, id(weight) in kernels) for weight in weights)
    regularized = sum(weight.regularizer is not None for weight in weights)
    return known and len(model.losses) == regularized and trained == {id(weight) for weight in weights}


def _is_plain(layer: Any) -> bool:
    """Return whether a layer does only what its class does, on rows of single-precision numbers."""
    if layer.compute_dtype != "float32" or layer.variable_dtype != "float32":
        return False
    if not layer.trainable or getattr(layer, "activity_regularizer", None) is not None or "call" in vars(layer):
        return False
    return type(layer) in _CHECKS and bool(_CHECKS[type(layer)](layer))


def _plain_dense(layer: Any) -> bool:
    no_more = all(getattr(layer, name, None) is None for name in ("lora_rank", "quantization_mode"))
    return no_more and _takes_rows(layer)


def _plain_normalization(layer: Any) -> bool:
    usual = layer.scale and layer.epsilon >= LEAST and not layer.synchronized and not layer.renorm
    return usual and layer.axis in (-1, 1) and _takes_rows(layer)


def _plain_flatten(layer: Any) -> bool:
    return layer.data_format == "channels_last" or _takes_rows(layer)


def _plain_rescaling(layer: Any) -> bool:
    """Return whether there is one finite factor, and offset, for all numbers of an example, or for each."""
    if keras.config.image_data_format() == "channels_first":
        return False
    each, shape = [np.asarray(given, np.float32) for given in (layer.scale, layer.offset)], layer.input.shape[1:]
    fitting = all(given.ndim <= len(shape) and np.broadcast_shapes(given.shape, shape) == shape for given in each)
    return fitting and all(np.isfinite(given).all() for given in each)


def _takes_rows(layer: Any) -> bool:
    return len(layer.input.shape) == 2


_CHECKS: dict[type, Callable[[Any], bool]] = {
    keras.layers.InputLayer: lambda layer: not layer.sparse,
    keras.layers.Flatten: _plain_flatten,
    keras.layers.Dense: _plain_dense,
    keras.layers.BatchNormalization: _plain_normalization,
    keras.layers.Dropout: lambda layer: layer.noise_shape is None and _takes_rows(layer),
    keras.layers.Activation: _takes_rows,
    keras.layers.Rescaling: _plain_rescaling,
    keras.layers.ReLU: lambda layer: (
        (layer.max_value, layer.negative_slope, layer.threshold) == (None, 0, 0) and _takes_rows(layer)
    ),
    keras.layers.Softmax: lambda layer: layer.axis == -1 and _takes_rows(layer),
}


def _parts(layer: Any) -> list[Any]:
    """Split a layer into its successive operations: layers, and functions of Keras."""
    if isinstance(layer, keras.layers.ReLU):
        return [keras.activations.relu]
    if isinstance(layer, keras.layers.Softmax):
        return [keras.activations.softmax]
    if isinstance(layer, keras.layers.InputLayer | keras.layers.Flatten):
        return []
    if isinstance(layer, keras.layers.Dropout):
        return [layer] if layer.rate > 0 else []
    own = [] if isinstance(layer, keras.layers.Activation) else [layer]
    activation = getattr(layer, "activation", keras.activations.linear)
    return own if activation is keras.activations.linear else [*own, activation]
