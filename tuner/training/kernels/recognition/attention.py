"""Recognise attention of several heads, and split it: products of its inputs, the heads, a product of their outputs."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from keras_search.tuner.system.cpu import padded
from keras_search.tuner.training.kernels.recognition.calls import Call
from keras_search.tuner.training.kernels.recognition.tensors import Chosen, OfEach, Shape

_INPUTS = ("query", "value", "key")


@dataclass(frozen=True, eq=False)
class HeadProduct:
    """The product of rows with the kernel of one of an attention's dense layers, and its bias."""

    dense: Any
    shape: Shape
    """That of what it takes."""
    columns: int
    """The number of columns that it gives: those of each head padded, if it gives heads."""


@dataclass(frozen=True, eq=False)
class Attention:
    """What the heads of an attention make of their queries, keys and values."""

    layer: Any
    causal: bool
    """Whether a step sees none after it."""
    query_mask: Any
    """What hides steps of the query, which see nothing: see `Recurrence`."""
    mask: Any
    """The same for steps of the values that are not seen."""
    call: int = 0
    """Its number among the calls of dropout."""

    @property
    def rate(self) -> float:
        """The share of the scores that are dropped."""
        return float(self.layer.dropout)

    @property
    def columns(self) -> int:
        """The number of columns of all heads."""
        return int(self.layer.num_heads * self.layer.value_dim)


PARTS = (HeadProduct, Attention)
"""What is made of an attention."""


def attention_of(call: Call) -> list[Any]:
    """Take a call of an attention apart."""
    layer, given = call.operation, _given(call)
    steps = given["query"].shape[1]
    query, key, value = (given.get(name, given["value"]) for name in ("query", "key", "value"))
    heads = [
        (layer.query_dense, query, layer.key_dim),
        (layer.key_dense, key, layer.key_dim),
        (layer.value_dense, value, layer.value_dim),
    ]
    products = tuple(
        [HeadProduct(dense, tuple(tensor.shape), layer.num_heads * padded(columns))] for dense, tensor, columns in heads
    )
    taken = [each for each in call.node.input_tensors if any(each is tensor for tensor in given.values())]
    places = tuple(next(place for place, each in enumerate(taken) if each is tensor) for _, tensor, _ in heads)
    attention = Attention(
        layer,
        bool(call.node.arguments.kwargs.get("use_causal_mask")),
        call.masks.get(id(query)),
        call.masks.get(id(value)),
    )
    output = layer.output_dense
    shape = (None, steps, attention.columns)
    return [Chosen(places), OfEach(products), attention, HeadProduct(output, shape, int(output.kernel.shape[-1]))]


def takes_usual_arguments(call: Call) -> bool:
    """Return whether an attention takes sequences, perhaps with known masks, and gives one."""
    arguments = call.node.arguments
    others = {name: each for name, each in arguments.kwargs.items() if name not in (*_INPUTS, "training")}
    causal = others.pop("use_causal_mask", False)
    if not isinstance(causal, bool) or not _are_absent(others) or len(arguments.args) > len(_INPUTS):
        return False
    given = _given(call)
    if not {"query", "value"} <= given.keys() or any(each is None for each in call.masks.values()):
        return False
    of_key = call.masks.get(id(given.get("key")))
    known = of_key is None or of_key is call.masks.get(id(given["value"]))
    return known and all(len(getattr(each, "shape", ())) == 3 for each in given.values())


def _are_absent(arguments: dict[str, Any]) -> bool:
    return all(each is None or each is False for each in arguments.values())


def _given(call: Call) -> dict[str, Any]:
    """Return the tensors that an attention takes by their names."""
    arguments = call.node.arguments
    named = {name: arguments.kwargs[name] for name in _INPUTS if arguments.kwargs.get(name) is not None}
    return dict(zip(_INPUTS, arguments.args, strict=False)) | named


def is_plain_attention(layer: Any, has_only_its_weights: Callable[[Any], bool]) -> bool:
    """Return whether an attention looks along the steps of sequences, and does no more than its heads."""
    dense = (layer.query_dense, layer.key_dense, layer.value_dense, layer.output_dense)
    config = layer.get_config()
    extra = config["use_gate"] or config["sliding_window"] is not None or keras.config.is_flash_attention_enabled()
    single = all((one.compute_dtype, one.variable_dtype) == ("float32", "float32") for one in dense)
    plain = all("call" not in vars(one) and one.trainable and has_only_its_weights(one) for one in dense)
    usual = layer.attention_axes == (1,) and len(layer.output_dense.kernel.shape) == 3 and layer.dropout < 1
    return bool(single and plain and usual and not extra and all(one.activity_regularizer is None for one in dense))


def scale_of(layer: Any) -> float:
    """Return the factor of an attention's scores."""
    return 1.0 / math.sqrt(float(layer.key_dim))
