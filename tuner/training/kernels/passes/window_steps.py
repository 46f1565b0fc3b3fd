"""The passes of the layers that look at examples through windows, which are compiled apart."""

from typing import Any

from keras_search.tuner.training.kernels.arrays import AVERAGE, CONVOLUTION, GLOBAL_MAXIMUM, MAXIMUM, Floats, Memory
from keras_search.tuner.training.kernels.passes.convolving import convolution, convolution_back
from keras_search.tuner.training.kernels.passes.pooling import pooling, pooling_back
from keras_search.tuner.training.kernels.words import Words


def convolved(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a convolution for a batch of `n` examples."""
    convolution(layer, memory.windows[layer.window], memory.tables, n, memory)


def convolved_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of a convolution's inputs, and in `scratch` that of its kernel."""
    gradient = memory.gradients[layer.gradient, : n * layer.positions * layer.width]
    passed = memory.gradients[layer.passed, : n * layer.input_positions * layer.input_width]
    convolution_back(layer, memory.windows[layer.window], memory.tables, n, gradient, passed, memory)


def pooled(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the outputs of a pooling."""
    come = memory.values[layer.before : layer.before + n * layer.input_positions * layer.input_width]
    out = memory.values[layer.after : layer.after + n * layer.positions * layer.width]
    pooling(layer, memory.windows[layer.window], come, out)


def pooled_back(layer: Any, n: int, _rule: Any, _numbers: Floats, _words: Words, memory: Memory) -> None:
    """Set the gradient of a pooling's inputs."""
    come = memory.values[layer.before : layer.before + n * layer.input_positions * layer.input_width]
    out = memory.values[layer.after : layer.after + n * layer.positions * layer.width]
    gradient = memory.gradients[layer.gradient, : len(out)]
    pooling_back(layer, memory.windows[layer.window], come, out, gradient, memory.gradients[layer.passed, : len(come)])


WINDOW_PASSES = {
    CONVOLUTION: (convolved, convolved_back),
    **dict.fromkeys((MAXIMUM, AVERAGE, GLOBAL_MAXIMUM), (pooled, pooled_back)),
}
"""The forward and backward passes by the kinds of layers, for `addresses_of`."""
