"""Recognise Keras models that are chains of plain layers, and their parts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled.architecture import architecture_of
from keras_search.tuner.training.kernels import arrays

ACTIVATIONS = {
    keras.activations.relu: arrays.RELU,
    keras.activations.gelu: arrays.GELU,
    keras.activations.silu: arrays.SILU,
    keras.activations.tanh: arrays.TANH,
    keras.activations.sigmoid: arrays.SIGMOID,
    keras.activations.elu: arrays.ELU,
    keras.activations.selu: arrays.SELU,
}
METRICS = {"accuracy", "acc"}
LEAST = float(np.finfo(np.float32).tiny)
"""The smallest epsilon that does not count as zero."""
LOSSES = {
    "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
    "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
}


@dataclass(frozen=True)
class Chain:
    """The layers of a classifier, one after the other, that end in the logits of its classes.

    Each is a `Dense` without its activation, a `BatchNormalization`, a `Dropout` or the number of an activation.
    """

    layers: list[Any]
    metric: str | None
    """The name of its accuracy, if it measures one."""
    one_hot: bool
    """Whether its loss takes labels `(n, classes)`."""

    @property
    def metric_names(self) -> list[str]:
        """Keras's names of the values that an epoch reports, in its order."""
        return ["loss"] if self.metric is None else ["loss", self.metric]


def chain_of(model: keras.Model) -> Chain | None:
    """Take a compiled model apart; None if it is anything but a plain classifier, compiled with plain means."""
    layers = _layers_of(model)
    if layers is None or architecture_of(model) is None or not all(_is_plain(layer) for layer in layers):
        return None
    parts = [part for layer in layers for part in _parts(layer)]
    says_logits = _from_logits(model)
    ends_in_softmax = bool(parts) and parts[-1] is keras.activations.softmax
    if says_logits is None or says_logits is ends_in_softmax:
        return None
    parts = parts[:-1] if ends_in_softmax else parts
    if not parts or type(parts[-1]) is not keras.layers.Dense or not _metrics_are_plain(model):
        return None
    if parts[-1].units < 2:  # for one class, Keras uses another accuracy
        return None
    if not all(part in layers or part in ACTIVATIONS for part in parts) or not _learns_all(model):
        return None
    metrics = _metrics(model)
    numbered = [part if part in layers else ACTIVATIONS[part] for part in parts]
    one_hot = _loss_kind(model) is keras.losses.CategoricalCrossentropy
    return Chain(numbered, metrics[0] if metrics else None, one_hot)


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
    """Return whether all weights are trained, and only for the loss."""
    layers = tf_private.layers_of(model, include_self=False)
    weights = [weight for layer in layers for weight in tf_private.own_trainable_variables(layer)]
    trained = {id(variable) for variable in model.trainable_variables}
    free = all(weight.regularizer is None and weight.constraint is None for weight in weights)
    return not model.losses and free and trained == {id(weight) for weight in weights}


def _is_plain(layer: Any) -> bool:
    """Return whether a layer does only what its class does, on rows of single-precision numbers."""
    if layer.compute_dtype != "float32" or layer.variable_dtype != "float32":
        return False
    if not layer.trainable or getattr(layer, "activity_regularizer", None) is not None or "call" in vars(layer):
        return False
    return type(layer) in _CHECKS and bool(_CHECKS[type(layer)](layer))


def _plain_dense(layer: Any) -> bool:
    own = ("kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint", "lora_rank")
    no_more = all(getattr(layer, name, None) is None for name in (*own, "quantization_mode"))
    return no_more and _takes_rows(layer)


def _plain_normalization(layer: Any) -> bool:
    own = ("beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint")
    no_more = all(getattr(layer, name, None) is None for name in own)
    usual = layer.scale and layer.epsilon >= LEAST and not layer.synchronized and not layer.renorm
    return no_more and usual and layer.axis in (-1, 1) and _takes_rows(layer)


def _plain_flatten(layer: Any) -> bool:
    return layer.data_format == "channels_last" or _takes_rows(layer)


def _takes_rows(layer: Any) -> bool:
    return len(layer.input.shape) == 2


_CHECKS: dict[type, Callable[[Any], bool]] = {
    keras.layers.InputLayer: lambda layer: not layer.sparse,
    keras.layers.Flatten: _plain_flatten,
    keras.layers.Dense: _plain_dense,
    keras.layers.BatchNormalization: _plain_normalization,
    keras.layers.Dropout: lambda layer: layer.noise_shape is None and _takes_rows(layer),
    keras.layers.Activation: _takes_rows,
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


def _from_logits(model: keras.Model) -> bool | None:
    """Return whether the model's plain cross-entropy takes logits; None if it has another loss."""
    compiled = tf_private.compiled_loss(model)
    if compiled is None or compiled[1] is not None:
        return None
    kind = _loss_kind(model)
    if isinstance(model.loss, str) or kind is None:
        return None if kind is None else False
    config, plain = model.loss.get_config(), kind()
    usual = plain.get_config() | {name: config[name] for name in ("name", "from_logits")}
    same = (
        config == usual
        and model.loss.dtype == plain.dtype
        and tf_private.loss_arguments(model.loss).get("axis", -1) == -1
    )
    same = same and model.loss.fn is plain.fn
    return bool(config["from_logits"]) if same else None


def _loss_kind(model: keras.Model) -> type | None:
    kind = LOSSES.get(model.loss) if isinstance(model.loss, str) else type(model.loss)
    return kind if kind in LOSSES.values() else None


def _metrics(model: keras.Model) -> list[Any]:
    metrics, _ = tf_private.compiled_metrics(model)
    return [*(metrics or [])]


def _metrics_are_plain(model: keras.Model) -> bool:
    metrics, (_, weighted) = _metrics(model), tf_private.compiled_metrics(model)
    return not weighted and len(metrics) <= 1 and all(isinstance(m, str) and m in METRICS for m in metrics)
