"""Which Keras models are chains of plain layers, and what they are made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_search.tuner.architecture import architecture_of
from keras_search.tuner.plain import elementwise

ACTIVATIONS = {
    keras.activations.relu: elementwise.RELU,
    keras.activations.gelu: elementwise.GELU,
    keras.activations.silu: elementwise.SILU,
    keras.activations.tanh: elementwise.TANH,
    keras.activations.sigmoid: elementwise.SIGMOID,
    keras.activations.elu: elementwise.ELU,
    keras.activations.selu: elementwise.SELU,
}
METRICS = {"accuracy", "acc"}
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
    """The name of its accuracy, where it measures that."""


def chain_of(model: keras.Model) -> Chain | None:
    """Take a compiled model apart; None where it is anything but a plain classifier, compiled with plain means."""
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
    if not all(isinstance(part, keras.Layer) or part in ACTIVATIONS for part in parts):
        return None
    metrics = _metrics(model)
    numbered = [part if isinstance(part, keras.Layer) else ACTIVATIONS[part] for part in parts]
    return Chain(numbered, metrics[0] if metrics else None)


def _layers_of(model: keras.Model) -> list[keras.Layer] | None:
    """List the layers of a model in which each gives to the next alone."""
    graph = model._functional if isinstance(model, keras.Sequential) else model
    if not hasattr(graph, "_nodes_by_depth") or len(model.inputs) != 1 or len(model.outputs) != 1:
        return None
    depths = [graph._nodes_by_depth[depth] for depth in sorted(graph._nodes_by_depth, reverse=True)]
    layers = [nodes[0].operation for nodes in depths]
    if any(len(nodes) != 1 for nodes in depths) or len({id(layer) for layer in layers}) != len(layers):
        return None
    return layers


def _is_plain(layer: Any) -> bool:
    """Whether a layer does what its class says and nothing more, on rows of numbers of single precision."""
    kind = type(layer)
    if kind in (keras.layers.InputLayer, keras.layers.Flatten):
        return bool(layer.dtype == "float32")
    if kind not in _CHECKS or layer.compute_dtype != "float32" or layer.variable_dtype != "float32":
        return False
    if not layer.trainable or layer.activity_regularizer is not None or "call" in vars(layer):
        return False
    return len(layer.input.shape) == 2 and bool(_CHECKS[kind](layer))


def _plain_dense(layer: Any) -> bool:
    own = ("kernel_regularizer", "bias_regularizer", "kernel_constraint", "bias_constraint", "lora_rank")
    return all(getattr(layer, name, None) is None for name in own) and layer.quantization_mode is None


def _plain_normalization(layer: Any) -> bool:
    own = ("beta_regularizer", "gamma_regularizer", "beta_constraint", "gamma_constraint")
    no_more = all(getattr(layer, name, None) is None for name in own)
    return (
        no_more
        and layer.scale
        and layer.axis in (-1, 1)
        and not layer.synchronized
        and not getattr(layer, "renorm", False)
    )


_CHECKS: dict[type, Callable[[Any], bool]] = {
    keras.layers.Dense: _plain_dense,
    keras.layers.BatchNormalization: _plain_normalization,
    keras.layers.Dropout: lambda layer: layer.noise_shape is None,
    keras.layers.Activation: lambda _: True,
    keras.layers.ReLU: lambda layer: (layer.max_value, layer.negative_slope, layer.threshold) == (None, 0, 0),
    keras.layers.Softmax: lambda layer: layer.axis == -1,
}


def _parts(layer: Any) -> list[Any]:
    """Split a layer into what it does one after the other: layers, and functions of Keras."""
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
    """Whether the plain cross-entropy that the model is compiled with takes logits; None where it has another loss."""
    if model._compile_loss is None or model._compile_loss._user_loss_weights is not None:
        return None
    if isinstance(model.loss, str):
        return False if model.loss in LOSSES else None
    kind = type(model.loss)
    if kind not in LOSSES.values():
        return None
    config = model.loss.get_config()
    plain = kind().get_config() | {name: config[name] for name in ("name", "from_logits")}
    return bool(config["from_logits"]) if config == plain else None


def _metrics(model: keras.Model) -> list[Any]:
    metrics = model._compile_metrics
    return [] if metrics is None else [*(metrics._user_metrics or [])]


def _metrics_are_plain(model: keras.Model) -> bool:
    metrics = _metrics(model)
    weighted = model._compile_metrics is not None and model._compile_metrics._user_weighted_metrics
    return not weighted and len(metrics) <= 1 and all(isinstance(m, str) and m in METRICS for m in metrics)
