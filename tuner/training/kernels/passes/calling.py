"""The passes of dropout in inner models, each call of which has words of its own; compiled apart."""

from typing import Any

from keras_search.tuner.training.kernels.arithmetic.elementwise import copy, drop
from keras_search.tuner.training.kernels.arrays import CALLED_DROPOUT, Floats, Memory
from keras_search.tuner.training.kernels.words import Words


def _dropped(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Set the outputs of a dropout, in training; without words copy its inputs."""
    size, own = n * layer.positions * layer.width, words[2 * layer.index : 2 * layer.index + 2]
    out = memory.values[layer.after : layer.after + size]
    copy(memory.values[layer.before : layer.before + size], out)
    if len(words) > 0:
        drop(out, layer.columns, layer.width, 0, own, layer.threshold, layer.scale)


def _dropped_back(layer: Any, n: int, _rule: Any, _numbers: Floats, words: Words, memory: Memory) -> None:
    """Convert the gradient of its outputs to that of its inputs."""
    own = words[2 * layer.index : 2 * layer.index + 2]
    gradient = memory.gradients[layer.gradient, : n * layer.positions * layer.width]
    drop(gradient, layer.columns, layer.width, 0, own, layer.threshold, layer.scale)


CALLING_PASSES = {CALLED_DROPOUT: (_dropped, _dropped_back)}
"""The forward and backward passes, for `addresses_of`."""
