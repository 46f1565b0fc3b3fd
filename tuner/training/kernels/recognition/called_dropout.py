"""Dropout in inner models, where each call of a step draws its mask by words of its own."""

from dataclasses import dataclass, replace

import keras

from keras_search.tuner.system import tf_private
from keras_search.tuner.training.compiled.dropout import is_hashed
from keras_search.tuner.training.kernels.recognition.attention import Attention
from keras_search.tuner.training.kernels.recognition.graph import Part


@dataclass(frozen=True)
class CalledDropout:
    """A call of a `Dropout`, which is number `call` among all of a step."""

    rate: float
    call: int


def draws_by_call(model: keras.Model) -> bool:
    """Return whether the calls of a model's dropout have words of their own, as where some are in inner models."""
    inner = [layer for layer in tf_private.layers_of(model, include_self=False) if layer not in model.layers]
    return any(is_hashed(layer) for layer in inner)


def drawn_by_call(parts: list[Part]) -> list[Part]:
    """Number the calls of dropout among the parts."""
    changed, calls = list(parts), 0
    for number, part in enumerate(parts):
        if isinstance(part.what, keras.layers.Dropout):
            changed[number] = replace(part, what=CalledDropout(part.what.rate, calls))
            calls += 1
        elif isinstance(part.what, Attention) and part.what.rate > 0:
            changed[number] = replace(part, what=replace(part.what, call=calls))
            calls += 1
    return changed
